"""A proof as JUnit XML: a test case for each thing that its verdict asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from advisor.evaluation.proof import ArmResult, Proof, ProofFiles
from advisor.report.proof_figures import ANSWERS
from advisor.report.visible_text import on_one_line, visible

_MOST_NAMED: Final = 50  # failed items in the text of a case


class _Case(NamedTuple):
    """One requirement: `outcome` passed, failure or skipped, with a sentence and further lines."""

    suite: str
    name: str
    outcome: Literal["passed", "failure", "skipped"] = "passed"
    message: str = ""
    lines: str = ""


def proof_junit(files: ProofFiles) -> str:
    """One suite: the verdict, the leak check, whether the run is whole, and each arm with its gates.

    What failed is a failure; an arm or gate that did not run, or showed nothing, is skipped.
    """
    cases = list(_cases(files))
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.outcome == "failure" for case in cases)),
        "skipped": str(sum(case.outcome == "skipped" for case in cases)),
    }
    suites = Element("testsuites", counts)
    suite = SubElement(suites, "testsuite", name=f"advisor prove {on_one_line(files.proof.run)}", attrib=counts)
    for case in cases:
        made = SubElement(suite, "testcase", classname=case.suite, name=case.name)
        if case.outcome != "passed":
            SubElement(made, case.outcome, message=case.message).text = visible(case.lines) or None
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'


def _cases(files: ProofFiles) -> Iterator[_Case]:
    proof = files.proof
    yield _verdict(proof)
    leaked = proof.test_set.leaked_rows
    said = f"{leaked} of {proof.test_set.rows} test items also stand in the training rows"
    yield _failed_if(bool(leaked), _Case("advisor.prove.test_set", "no_leaked_rows", message=said))
    said = "the run ended before every arm had every item"
    yield _failed_if(proof.is_partial, _Case("advisor.prove.run", "complete", message=said))
    for arm in proof.arms:
        yield from _arm(arm, files)


def _verdict(proof: Proof) -> _Case:
    found = proof.verdict
    said = f"{ANSWERS[found.answer]}: {on_one_line(found.why)}"
    lines = f"Next step: {found.next_step}"
    return _failed_if(found.answer != "worth_it", _Case("advisor.prove", "verdict", message=said, lines=lines))


def _arm(arm: ArmResult, files: ProofFiles) -> Iterator[_Case]:
    suite = f"advisor.prove.arm.{on_one_line(arm.name)}"
    if not arm.ran:
        yield _Case(suite, "ran", "skipped", on_one_line(arm.why_not or "no reason is recorded"))
        return
    yield _Case(suite, "ran")
    errors = [
        f"{item.id}: {answer.error}"
        for item in files.items
        if (answer := item.answers.get(arm.name)) and answer.error is not None
    ]
    rest = len(errors) - _MOST_NAMED
    lines = "\n".join([*map(on_one_line, errors[:_MOST_NAMED]), *([f"and {rest} more"] if rest > 0 else [])])
    said = f"{arm.failed_items} items failed and count as wrong"
    yield _failed_if(bool(arm.failed_items), _Case(suite, "no_failed_items", message=said, lines=lines))
    for name, gate in (("forgetting", arm.forgetting), ("bias_and_safety", arm.bias_and_safety)):
        if gate is None:
            continue
        said = f"{on_one_line(gate.result)}: {on_one_line(gate.why)}"
        if gate.result == "passed":
            yield _Case(suite, name)
        else:
            yield _Case(suite, name, "failure" if gate.result == "failed" else "skipped", said)


def _failed_if(wrong: bool, case: _Case) -> _Case:
    return case._replace(outcome="failure") if wrong else _Case(case.suite, case.name)
