"""An answer without a language model: the documents' own words with their sources, and the labels of passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from advisor.assistant.library import Passage
from advisor.assistant.specification import Classifier
from advisor.assistant.turn import Found, shown_label

_QUOTED: Final = 2  # passages of different documents
_SHOWN_CHARACTERS: Final = 160


class Quoted(NamedTuple):
    """A text and the places that it cites, in the order of their marks; "" where there is nothing to quote."""

    text: str
    cited: tuple[str, ...]


def quoted_text(found: Found, classifier: Classifier | None) -> Quoted:
    """Quotes for a question, and where passages of the user were labelled a review of them before that."""
    if found.labels and classifier:
        return _review(found, classifier)
    if not found.passages:
        return Quoted("", ())
    first, *others = found.passages
    best = [first, *(one for one in others if one.place != first.place)][:_QUOTED]
    lines = [f"{one.quote} [{number}]" for number, one in enumerate(best, 1)]
    return Quoted("\n\n".join(lines) + _sources(best), tuple(one.place for one in best))


def _review(found: Found, classifier: Classifier) -> Quoted:
    """Each passage with its label, and beside it what the documents have that is nearest; then what else was asked."""
    counts = Counter(one.label for one in found.labels)
    lines = [f"{classifier.name}: " + ", ".join(f"{count} {label}" for label, count in sorted(counts.items()))]
    sources: list[Passage] = []

    def mark(passage: Passage) -> str:
        if passage not in sources:
            sources.append(passage)
        return f"[{sources.index(passage) + 1}]"

    for number, one in enumerate(found.labels, 1):
        if classifier.look_up and one.label not in classifier.look_up:
            continue
        lines.append(f"\n{number}. {shown_label(one)}: {_shown(one.text)}")
        lines += [f"   near: {passage.quote} {mark(passage)}" for passage in found.beside.get(one.text, ())]
    shown = {passage.chunk.id for passages in found.beside.values() for passage in passages}
    lines += [f"\n{one.quote} {mark(one)}" for one in found.passages if one.chunk.id not in shown]
    return Quoted("\n".join(lines) + _sources(sources), tuple(one.place for one in sources))


def _sources(passages: Sequence[Passage]) -> str:
    lines = [
        f"[{number}] {' > '.join((one.place, *one.chunk.headings))}" for number, one in enumerate(passages, start=1)
    ]
    return "\n\nSources:\n" + "\n".join(lines) if lines else ""


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS].rstrip()} …"
