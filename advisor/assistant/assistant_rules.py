"""Loads `rules/assistants.yaml`: the parts of an assistant, the texts for its model, limits of hosted ones."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from advisor.dataset.finding_rules import known_sources
from advisor.decision.fields import Fields
from advisor.files import content, load_documents
from advisor.strict_yaml import Document

SEVERITIES = ("note", "warning", "error")


class PartRule(NamedTuple):
    """A part that M-A1 names, and how bad it is where it is missing."""

    id: str
    missing: str
    what_to_do: str
    source: tuple[str, ...]


class HostedLimit(NamedTuple):
    """What a hosted custom assistant takes at most."""

    id: str
    most: int
    unit: str
    what: str
    source: tuple[str, ...]


class Texts(NamedTuple):
    """What a model is told beside the instructions."""

    material: str
    only_material: str
    confirmed: str
    question: str
    none_found: str


class AssistantRules(NamedTuple):
    """The file; `sources` says what each source id stands for."""

    parts: tuple[PartRule, ...]
    texts: Texts
    hosted: Mapping[str, HostedLimit]
    nearest_coverage: float
    sources: Mapping[str, str]


def load_assistant_rules(path: Path | None = None) -> AssistantRules:
    """The shipped rules, checked. Raises RuleBookError with file:line."""
    path = path or content("rules") / "assistants.yaml"
    return load_documents({"assistants": path}, lambda documents: build_assistant_rules(documents["assistants"]))


def build_assistant_rules(document: Document) -> AssistantRules:
    """The rules of the document. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    sources = known_sources(top)
    parts = []
    for fields in top.rows("parts", "a part"):
        missing = fields.one_of("missing", SEVERITIES, "severity")
        parts.append(PartRule(fields.text("id"), missing, fields.text("what_to_do"), _sources(fields, sources)))
        fields.done()
    hosted = {}
    for fields in top.rows("hosted", "a limit"):
        most = int(fields.number("most") or 0)
        name = fields.text("id")
        hosted[name] = HostedLimit(name, most, fields.text("unit"), fields.text("what"), _sources(fields, sources))
        fields.done()
    top.raw("texts")
    nearest = float(top.number("nearest_coverage") or 0)
    for name in top.texts("nearest_coverage_source", required=True):
        top.must_be_known(name, sources, "source", "nearest_coverage_source")
    told = Fields(document, ("texts",), "the texts")
    texts = Texts(*(told.text(name) for name in Texts._fields))
    told.done()
    top.done()
    return AssistantRules(tuple(parts), texts, hosted, nearest, sources)


def _sources(fields: Fields, known: Mapping[str, str]) -> tuple[str, ...]:
    found = fields.texts("source", required=True)
    for name in found:
        fields.must_be_known(name, known, "source", "source")
    return found
