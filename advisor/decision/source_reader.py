"""Reads `rules/sources.yaml` and `rules/evidence.yaml`: where rules come from, and published results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from advisor.decision.fields import Fields
from advisor.decision.rulebook import Evidence, Source
from advisor.question import Question
from advisor.strict_yaml import Document


def read_evidence(
    document: Document,
    questions: Mapping[str, Question],
    approaches: Sequence[str],
    take_id: Callable[[Fields], str],
) -> tuple[Evidence, ...]:
    """The published results in `document`; `take_id` refuses an id that is used already."""
    top = Fields(document, (), "the file")
    kinds, gaps = questions["task.kind"].options, questions["need.gaps"].options
    found: list[Evidence] = []
    for fields in top.rows("evidence", "a result"):
        numbers = fields.raw("numbers")
        for name, known in (("kinds", kinds), ("approaches", approaches), ("gaps", gaps)):
            for value in fields.texts(name):
                fields.must_be_known(value, known, name, name)
        found.append(
            Evidence(
                id=take_id(fields),
                claim=fields.text("claim"),
                numbers=numbers if isinstance(numbers, dict) else {},
                source=fields.text("source"),
                as_of=fields.text("as_of"),
                caveat=fields.text("caveat", ""),
                kinds=fields.texts("kinds"),
                approaches=fields.texts("approaches"),
                gaps=fields.texts("gaps"),
                direction=fields.one_of("direction", ("for", "against", "mixed"), "direction"),
            )
        )
        fields.done()
    top.done()
    return tuple(found)


def read_sources(document: Document, evidence: Sequence[Evidence]) -> dict[str, Source]:
    """The sources in `document` by id, and each result of `evidence` as one more."""
    top = Fields(document, (), "the file")
    documents = {name: fields.text("title") for name, fields in top.group("documents", "a document").items()}
    found = {
        name: Source(
            id=name,
            says=fields.text("says"),
            read_in=tuple(documents.get(place, place) for place in fields.texts("from", required=True)),
            as_of=fields.text("as_of", ""),
        )
        for name, fields in top.group("sources", "a source").items()
    }
    top.done()
    for item in evidence:
        found[item.id] = Source(item.id, item.claim, (item.source,), item.as_of)
    return found
