"""What was found in a data set, brought together: places by finding, with severity, reason and source."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from advisor.dataset.example import Example, Place
from advisor.dataset.finding_rules import SEVERITIES, FindingRules


class Accumulator(Protocol):
    """Looks at the rows one by one, and tells at the end what it found."""

    def add(self, example: Example) -> None:
        """Take one row; rows come in the order of the file."""

    def places(self) -> Mapping[str, Sequence[Place]]:
        """Where something was found, by the id of the finding, once all rows were added."""


class Finding(NamedTuple):
    """One kind of finding with every place of it, in the order of lines."""

    id: str
    severity: str
    lines: tuple[Place, ...]
    title: str
    why: str
    what_to_do: str
    source: tuple[str, ...]


def accumulators_for(parts: Collection[str]) -> list[Accumulator]:  # noqa: ARG001 - filled in part by part
    """What looks at the content of rows for the chosen parts: duplicates, personal, balance, leakage."""
    return []


def findings_of(places: Mapping[str, Sequence[Place]], rules: FindingRules) -> tuple[Finding, ...]:
    """The findings that have places, the worst first."""
    found = [
        Finding(
            rule.id,
            rule.severity,
            tuple(sorted(places[rule.id], key=_where)),
            rule.title,
            rule.why,
            rule.what_to_do,
            rule.source,
        )
        for rule in rules.of.values()
        if places.get(rule.id)
    ]
    return tuple(sorted(found, key=lambda finding: -SEVERITIES.index(finding.severity)))


def blocked_lines(findings: Collection[Finding]) -> set[int]:
    """The lines of rows that cannot be trained on."""
    return {place.line for finding in findings if finding.severity == "blocking" for place in finding.lines}


def _where(place: Place) -> tuple[int, int]:
    return place.line, place.column or 0
