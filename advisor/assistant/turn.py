"""What an assistant is told and what it answered."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from advisor.assistant.action_calls import Call
from advisor.assistant.assistant_rules import Texts
from advisor.assistant.labelling import Labelled
from advisor.assistant.library import Passage
from advisor.assistant.specification import Specification

_MARK: Final = re.compile(r"\[(\d{1,3})\]")
_FENCE: Final = re.compile(r"<(/?)\s*material", re.IGNORECASE)


class Turn(NamedTuple):
    """One answer. `cited` are places below the assistant's folder, in the order of their marks.

    `refused` where nothing that was found or called holds the answer; `notes` are for who runs the assistant.
    """

    text: str
    cited: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    labels: tuple[Labelled, ...] = ()
    refused: bool = False
    notes: tuple[str, ...] = ()
    input_tokens: int = 0
    output_tokens: int = 0
    finish_reason: str = "stop"


class Found(NamedTuple):
    """What an answer is made from: passages, labels of the user's own passages with what goes beside them, and notes.

    `beside` has the passages for the text of each labelled one that was looked up.
    """

    passages: tuple[Passage, ...]
    labels: tuple[Labelled, ...]
    notes: tuple[str, ...]
    beside: Mapping[str, tuple[Passage, ...]] = {}


def system_text(spec: Specification, texts: Texts, *, with_actions: bool) -> str:
    """What the model is told before the conversation: the instructions of the file, and how material is used."""
    parts = [spec.instructions.role or f"You are {spec.name}. {spec.purpose or ''}".strip()]
    for title, lines in (
        ("Users", spec.users),
        ("What you can do", spec.capabilities),
        ("Principles", spec.instructions.principles),
        ("Process", spec.instructions.process),
        ("Constraints", spec.instructions.constraints),
    ):
        if lines:
            ordered = title == "Process"
            listed = (f"{number}. {line}" if ordered else f"- {line}" for number, line in enumerate(lines, 1))
            parts.append("\n".join((f"{title}:", *listed)))
    parts.append(texts.material)
    if spec.answers_from == "knowledge":
        parts.append(texts.only_material)
    if with_actions:
        parts.append(texts.confirmed)
    return "\n\n".join(parts)


def material_text(passages: Sequence[Passage], labels: Sequence[Labelled], results: Sequence[Call], none: str) -> str:
    """Documents, labels and results as a model is shown them; nothing in them can end the mark around them."""
    parts = [passages_text(passages, 1)] if passages else []
    parts += [f"Labelled {shown_label(one)}: {one.text}" for one in labels]
    parts += [call.result for call in results]
    return unfenced("\n\n".join(parts) or none)


def passages_text(passages: Sequence[Passage], first: int) -> str:
    """Passages with their numbers and places."""
    return "\n\n".join(
        f"[{number}] {' > '.join((one.place, *one.chunk.headings))}\n{one.chunk.text}"
        for number, one in enumerate(passages, first)
    )


def fenced(text: str) -> str:
    """Text between the marks of material, which nothing in it can end."""
    return f"<material>\n{unfenced(text)}\n</material>"


def unfenced(text: str) -> str:
    """Text without the marks of material."""
    return _FENCE.sub(r"(\1material", text)


def shown_label(one: Labelled) -> str:
    """A label with its probability."""
    return one.label if one.probability is None else f"{one.label} ({one.probability:.0%})"


def cited_in(text: str, passages: Sequence[Passage]) -> tuple[list[Passage], list[int]]:
    """The passages whose marks stand in the text, and marks that stand for none."""
    numbers = sorted({int(mark) for mark in _MARK.findall(text)})
    return (
        [passages[number - 1] for number in numbers if 1 <= number <= len(passages)],
        [number for number in numbers if not 1 <= number <= len(passages)],
    )


def sources_text(text: str, passages: Sequence[Passage]) -> str:
    """The list of sources below an answer; "" where it cites none."""
    numbers = sorted({int(mark) for mark in _MARK.findall(text)})
    lines = [
        f"[{number}] {' > '.join((passages[number - 1].place, *passages[number - 1].chunk.headings))}"
        for number in numbers
        if 1 <= number <= len(passages)
    ]
    return "\n\nSources:\n" + "\n".join(lines) if lines else ""
