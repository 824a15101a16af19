"""What was found in a data set, brought together: places by finding, with severity, reason and source."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from advisor.dataset.bias import Fields
from advisor.dataset.boilerplate import Boilerplate, Phrases
from advisor.dataset.example import Example, Place
from advisor.dataset.finding_rules import SEVERITIES, FindingRules
from advisor.dataset.found import Found
from advisor.dataset.labelled_texts import LabelledTexts
from advisor.dataset.labels import Labels
from advisor.dataset.language import Languages
from advisor.dataset.output_format import OutputFormats
from advisor.dataset.personal import PersonalData
from advisor.dataset.secrets import Secrets
from advisor.dataset.system_prompt import SystemPrompts


class Accumulator(Protocol):
    """Looks at the rows one by one, and tells at the end what it found."""

    def add(self, example: Example) -> None:
        """Take one row; rows come in the order of the file."""

    def found(self) -> Sequence[Found]:
        """What was found, once all rows were added."""


class Finding(NamedTuple):
    """One kind of finding with every place of it, in the order of lines."""

    id: str
    severity: str
    lines: tuple[Place, ...]
    title: str
    why: str
    what_to_do: str
    source: tuple[str, ...]


class ContentCheck:
    """Everything that looks at the content of rows; `labels` and `texts` serve the verdict as well."""

    def __init__(self, parts: Collection[str], phrases: Sequence[Phrases], seed: int, *, deep: bool) -> None:
        """`deep` keeps texts for what trains a model."""
        self.labels = Labels() if "balance" in parts else None
        self.fields = Fields() if "balance" in parts else None
        self.texts = LabelledTexts(seed) if "balance" in parts and deep else None
        self._told: list[Accumulator] = [PersonalData(), Secrets()] if "personal" in parts else []
        if self.labels:
            self._told += [self.labels, SystemPrompts(), OutputFormats(), Boilerplate(phrases), Languages()]
        silent = [one for one in (self.fields, self.texts) if one is not None]
        self._adds = [one.add for one in (*self._told, *silent)]

    def add(self, example: Example) -> None:
        """Take one row."""
        for add in self._adds:
            add(example)

    def found(self) -> list[Found]:
        """What was found by all."""
        told = [found for one in self._told for found in one.found()]
        if self.labels and self.fields:
            told += self.fields.found({count.label for count in self.labels.counts()})
        return told


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
