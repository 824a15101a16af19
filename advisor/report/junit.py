"""The result of a data check as JUnit XML: a test case for each kind of finding, failed where it was found."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from advisor.data_check import DataReport
from advisor.dataset.finding_rules import FindingRules, at_least
from advisor.strict_yaml import NO_TEXT


def junit(report: DataReport, rules: FindingRules, fail_on: str) -> str:
    """One suite; findings under `fail_on` are told, but do not fail."""
    found = {finding.id: finding for finding in report.findings}
    suite = Element("testsuite", name=f"advisor data check {_clean(report.file)}")
    failures = 0
    for rule in rules.of.values():
        if rule.part not in report.parts and rule.id not in found:
            continue
        case = SubElement(suite, "testcase", classname=f"advisor.data.{rule.part}", name=rule.id)
        if rule.id not in found:
            continue
        places = "\n".join(
            f"{report.file}:{place.line}:{place.column or 1}: {place.detail}" for place in found[rule.id].lines
        )
        failed = at_least(rule.severity, fail_on)
        failures += failed
        message = f"{rule.title}, {len(found[rule.id].lines)} x: {rule.what_to_do}"
        told = (
            SubElement(case, "failure", message=message, type=rule.severity)
            if failed
            else SubElement(case, "system-out")
        )
        told.text = _clean(places)
    for refusal in report.refusals:
        case = SubElement(suite, "testcase", classname="advisor.data.host", name=refusal.rule)
        failures += 1
        SubElement(case, "failure", message=refusal.problem, type="blocking").text = refusal.what_to_do
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(failures))
    suites = Element("testsuites", tests=str(len(suite)), failures=str(failures))
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}'


def _clean(text: str) -> str:
    """XML has no place for control characters."""
    return NO_TEXT.sub("\ufffd", text)
