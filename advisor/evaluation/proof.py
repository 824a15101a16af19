"""What a proof leaves: the result as it is told, and every item with every arm's answer, as files of its run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, ValidationError

from advisor.errors import InputError
from advisor.files import read_text, write_whole

SCHEMA: Literal["advisor/proof/v1"] = "advisor/proof/v1"
PROOF: Final = "proof.json"
ITEMS: Final = "items.jsonl"
CHUNKS: Final = "chunks.jsonl"
Usd = Annotated[Decimal, PlainSerializer(str)]
Kind = Literal["zero_shot", "few_shot", "rag", "linear", "tuned", "tuned_rag", "model"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class TestSet(_Record):
    """The questions: `leaked_rows` of them also stand in the training rows. `made` says where the set comes from."""

    rows: int
    sha256: str
    leaked_rows: int
    file: str
    made: str


class Score(_Record):
    """One metric with its 95 % interval."""

    metric: str
    value: float
    low: float
    high: float


class Latency(_Record):
    """Milliseconds for an answer, of the items that did not fail; None where all failed."""

    p50: float | None
    p95: float | None


class Spent(_Record):
    """Dollars of all answers and for each correct one; None where no price is known, or nothing is correct."""

    total: Usd | None
    per_correct: Usd | None


class Gate(_Record):
    """A check before and after tuning: passed, failed, not_shown, not_run or does_not_apply, and in words why."""

    result: str
    why: str


class ArmResult(_Record):
    """An arm: what it is, and its figures where it `ran`, else `why_not` with what is missing.

    `model` is the language model that it asks, if any.
    """

    name: str
    kind: Kind
    what: str
    ran: bool
    why_not: str | None = None
    model: str | None = None
    scores: tuple[Score, ...] = ()
    latency_ms: Latency | None = None
    usd: Spent | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    correct_items: int = 0
    empty_items: int = 0
    failed_items: int = 0
    forgetting: Gate | None = None
    bias_and_safety: Gate | None = None


class Compared(_Record):
    """An arm against another by one metric; see `advisor.evaluation.significance.Comparison`."""

    arm: str
    against: str
    metric: str
    difference: float
    low: float
    high: float
    test: str
    p_value: float
    p_adjusted: float
    relative_low: float | None
    relative_high: float | None
    detectable: float | None
    items_to_show: int | None


class Answered(_Record):
    """The verdict."""

    answer: Literal["worth_it", "not_worth_it", "not_shown_yet"]
    best_arm: str | None
    why: str
    next_step: str
    source: tuple[str, ...] = ()


class Retrieval(_Record):
    """How well a method finds the documents that hold the answers, over `questions` with a known source."""

    method: str
    questions: int
    scores: tuple[Score, ...]


class Proof(_Record):
    """The result of a run. `is_partial` where the budget or the user ended it before every arm had every item."""

    schema_: Literal["advisor/proof/v1"] = Field(SCHEMA, alias="schema")
    run: str
    title: str
    made_on: date
    task_kind: str
    task_kind_why: str
    metric: str
    seed: int
    is_partial: bool
    test_set: TestSet
    arms: tuple[ArmResult, ...]
    comparisons: tuple[Compared, ...]
    verdict: Answered
    retrieval: tuple[Retrieval, ...] = ()
    measured: dict[str, str] = {}
    notes: tuple[str, ...] = ()


class ItemAnswer(_Record):
    """One arm's answer to one item; `score` by the primary metric, `chunks` by id, best first."""

    text: str
    correct: bool
    score: float
    latency_ms: float
    input_tokens: int
    output_tokens: int
    usd: Usd | None
    chunks: tuple[str, ...]
    error: str | None


class ProofItem(_Record):
    """One question with the answers of every arm that was asked, by the arm's name."""

    id: str
    question: str
    expected: str
    source: str | None
    answers: dict[str, ItemAnswer]


class ShownChunk(_Record):
    """A part of a document that an arm was shown."""

    id: str
    source: str
    headings: tuple[str, ...]
    text: str


class ProofFiles(_Record):
    """Everything that a run's folder tells."""

    proof: Proof
    items: tuple[ProofItem, ...]
    chunks: dict[str, ShownChunk]


def write_proof(folder: Path, files: ProofFiles) -> None:
    """Write the files of a run, the result last, each whole or not at all."""
    write_whole(folder / ITEMS, "".join(f"{item.model_dump_json()}\n" for item in files.items))
    write_whole(folder / CHUNKS, "".join(f"{chunk.model_dump_json()}\n" for chunk in files.chunks.values()))
    write_whole(folder / PROOF, files.proof.model_dump_json(by_alias=True, indent=2) + "\n")


def read_proof(folder: Path) -> ProofFiles:
    """The files of a run. Raises InputError where it has not ended, or a file is damaged."""
    if not (folder / PROOF).exists():
        raise InputError(
            "there is no result of a proof here", where=str(folder), what_to_do="run `advisor prove CASE --data FILE`"
        )
    chunks = [_read(ShownChunk, line, folder / CHUNKS) for line in _lines(folder / CHUNKS)]
    return ProofFiles(
        proof=_read(Proof, read_text(folder / PROOF), folder / PROOF),
        items=tuple(_read(ProofItem, line, folder / ITEMS) for line in _lines(folder / ITEMS)),
        chunks={chunk.id: chunk for chunk in chunks},
    )


R = TypeVar("R", bound=BaseModel)


def _read(record: type[R], text: str, path: Path) -> R:
    try:
        return record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"{'.'.join(map(str, first['loc'])) or 'a line'}: {first['msg'].lower()}",
            where=str(path),
            what_to_do="run the proof again: what was answered is kept",
        ) from None


def _lines(path: Path) -> list[str]:
    # JSON may hold other line separators as they are, at which `splitlines` would cut.
    return read_text(path).removesuffix("\n").split("\n") if path.exists() and path.stat().st_size else []
