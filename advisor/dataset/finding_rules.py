"""What a finding means: how severe it is, why it matters, what to do, and by which source."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

SEVERITIES: Final = ("note", "warning", "blocking")  # from least to worst
PARTS: Final = ("structure", "tokens", "duplicates", "personal", "balance", "leakage")


class FindingRule(NamedTuple):
    """One kind of finding. `source` names sources of the rule book, or of the file itself."""

    id: str
    part: str
    severity: str
    title: str
    why: str
    what_to_do: str
    source: tuple[str, ...]


class FindingRules(NamedTuple):
    """Every kind of finding by its id, and what the file's own sources stand for."""

    of: Mapping[str, FindingRule]
    sources: Mapping[str, str]


def build_finding_rules(document: Document, rule_sources: Document, evidence: Document) -> FindingRules:
    """The rules in `rules/data_findings.yaml`, their sources looked up. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    own = known_sources(top)
    named = {*own, *rule_sources.value["sources"], *(item["id"] for item in evidence.value["evidence"])}
    rules: dict[str, FindingRule] = {}
    for fields in top.rows("findings", "a finding"):
        rule = FindingRule(
            id=fields.text("id"),
            part=fields.one_of("part", PARTS, "part"),
            severity=fields.one_of("severity", SEVERITIES, "severity"),
            title=fields.text("title"),
            why=fields.text("why"),
            what_to_do=fields.text("what_to_do"),
            source=fields.texts("source", required=True),
        )
        if rule.id in rules:
            raise fields.error(f"the finding {rule.id} is given twice", "id", what_to_do="keep one of the two")
        for name in rule.source:
            fields.must_be_known(name, named, "source", "source")
        fields.done()
        rules[rule.id] = rule
    top.done()
    return FindingRules(rules, own)


def known_sources(top: Fields) -> dict[str, str]:
    """What the ids under `sources` of a file stand for: the document, its day, and whether it is an assumption."""
    found: dict[str, str] = {}
    for name, fields in top.group("sources", "a source").items():
        assumed = "; an assumption" if fields.truth("assumption") else ""
        found[name] = f"{fields.text('says')} ({fields.text('as_of')}{assumed})"
        fields.done()
    return found


def at_least(severity: str, level: str) -> bool:
    """Whether `severity` is as bad as `level`, or worse."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(level)
