"""An answer without a language model: the documents' own words with their sources, and the labels of passages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from advisor.assistant.labelling import Labelled
from advisor.assistant.library import Passage
from advisor.assistant.specification import Classifier
from advisor.assistant.turn import shown_label

_QUOTED: Final = 2  # passages of different documents
_SHOWN_CHARACTERS: Final = 160


class Quoted(NamedTuple):
    """A text and the places that it cites, in the order of their marks; "" where there is nothing to quote."""

    text: str
    cited: tuple[str, ...]


def quoted_text(
    passages: Sequence[Passage],
    labels: Sequence[Labelled],
    classifier: Classifier | None,
    look_up: Callable[[str], tuple[Passage, ...]],
) -> Quoted:
    """Quotes for a question, or where passages were labelled a review of them."""
    if labels and classifier:
        return _review(labels, classifier, look_up)
    if not passages:
        return Quoted("", ())
    best = [passages[0], *(one for one in passages[1:] if one.place != passages[0].place)][:_QUOTED]
    lines = [f"{one.quote} [{number}]" for number, one in enumerate(best, 1)]
    return Quoted("\n\n".join(lines) + _sources(best), tuple(one.place for one in best))


def _review(
    labels: Sequence[Labelled], classifier: Classifier, look_up: Callable[[str], tuple[Passage, ...]]
) -> Quoted:
    """Each passage with its label, and below those that are to be looked up what the documents say on it."""
    counts = Counter(one.label for one in labels)
    lines = [f"{classifier.name}: " + ", ".join(f"{count} {label}" for label, count in sorted(counts.items()))]
    sources: list[Passage] = []
    for number, one in enumerate(labels, 1):
        if classifier.look_up and one.label not in classifier.look_up:
            continue
        lines.append(f"\n{number}. {shown_label(one)}: {_shown(one.text)}")
        for passage in look_up(one.text):
            if passage not in sources:
                sources.append(passage)
            lines.append(f"   {passage.quote} [{sources.index(passage) + 1}]")
    return Quoted("\n".join(lines) + _sources(sources), tuple(one.place for one in sources))


def _sources(passages: Sequence[Passage]) -> str:
    lines = [
        f"[{number}] {' > '.join((one.place, *one.chunk.headings))}" for number, one in enumerate(passages, start=1)
    ]
    return "\n\nSources:\n" + "\n".join(lines) if lines else ""


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS].rstrip()} …"
