"""A sample of rows for experts to judge, and what their judgements say about the whole file."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from heapq import heappushpop
from math import sqrt
from typing import Final, NamedTuple

from advisor.dataset.agreement import Agreement, agreement
from advisor.dataset.example import Example
from advisor.errors import InputError

JUDGEMENTS: Final = ("right", "wrong", "unclear")
COLUMNS: Final = ("item", "line", "reviewer", "judgement", "better_answer", "comment")
MOST_LABELS: Final = 50  # more different answers than this are no labels


class ReviewItem(NamedTuple):
    """A row to be judged; `id` begins with its line and ends with a hash of what is shown."""

    id: str
    line: int
    system: str
    prompt: str
    answer: str


class Judgement(NamedTuple):
    """What one reviewer says about one item."""

    item: str
    line: int
    reviewer: str
    judgement: str
    better_answer: str
    comment: str


class Reviewed(NamedTuple):
    """What all reviewers say together. Shares are of items that most of their reviewers judged so."""

    agreement: Agreement
    items: int
    wrong_share: float
    wrong_low: float  # 95 % interval (Wilson)
    wrong_high: float
    disputed: tuple[tuple[Judgement, ...], ...]
    better: tuple[Judgement, ...]  # judgements that bring a better answer


def sample_for_review(examples: Iterable[Example], size: int, seed: int) -> tuple[ReviewItem, ...]:
    """`size` rows in the order of the file; each label is there at least once where there is room for all.

    Rows are chosen by a hash of seed and line, so that the same seed chooses the same rows. Of free answers any row is
    as likely as any other; no more than `size` rows for each of at most MOST_LABELS answers are held.
    """
    heaps: dict[str, list[tuple[int, int, Example]]] = {}
    counts: dict[str, int] = {}
    labelled = True
    for example in examples:
        label = example.answer if labelled else ""
        entry = (-_place(seed, example.line), -example.line, example)
        _keep(heaps.setdefault(label, []), entry, size)
        counts[label] = counts.get(label, 0) + 1
        if labelled and len(heaps) > MOST_LABELS:
            labelled = False
            merged: list[tuple[int, int, Example]] = []
            for heap in heaps.values():
                for held in heap:
                    _keep(merged, held, size)
            heaps, counts = {"": merged}, {"": sum(counts.values())}
    chosen: list[Example] = []
    for label, room in _rooms(counts, size).items():
        chosen += [example for _, _, example in sorted(heaps[label], reverse=True)[:room]]
    return tuple(map(_item, sorted(chosen, key=lambda example: example.line)))


def _keep(heap: list[tuple[int, int, Example]], entry: tuple[int, int, Example], size: int) -> None:
    if len(heap) < size:
        heap.append(entry)
        heap.sort()
    elif entry > heap[0]:
        heappushpop(heap, entry)


def _rooms(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """How many rows of each label: in proportion, the rarest first so that each gets one."""
    rooms: dict[str, int] = {}
    left, rows = size, sum(counts.values())
    for label, count in sorted(counts.items(), key=lambda pair: (pair[1], pair[0])):
        rooms[label] = min(count, left, max(1, round(left * count / rows)))
        left, rows = left - rooms[label], rows - count
    return rooms


def _place(seed: int, line: int) -> int:
    return int.from_bytes(blake2b(f"{seed} {line}".encode(), digest_size=8).digest())


def _item(example: Example) -> ReviewItem:
    shown = "\0".join((example.system, example.prompt, example.answer))
    digest = blake2b(shown.encode(), digest_size=4).hexdigest()
    return ReviewItem(f"{example.line}-{digest}", example.line, example.system, example.prompt, example.answer)


def review_table(items: Sequence[ReviewItem]) -> str:
    """A CSV to be filled in a spreadsheet: what is shown, and empty columns for the judgement."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*COLUMNS, "instructions", "input", "answer"])
    for item in items:
        writer.writerow([item.id, item.line, "", "", "", "", *map(_as_text, (item.system, item.prompt, item.answer))])
    return stream.getvalue()


def _as_text(value: str) -> str:
    """A cell that a spreadsheet does not take for a formula."""
    return f"'{value}" if value[:1] in ("=", "+", "-", "@", "\t") else value


def read_judgements(text: str, name: str) -> tuple[Judgement, ...]:
    """The rows of a filled-in table that hold a judgement. Raises InputError with file:line."""
    rows = csv.DictReader(io.StringIO(text, newline=""))
    missing = [column for column in ("item", "judgement") if column not in (rows.fieldnames or ())]
    if missing:
        raise InputError(
            f"the column {missing[0]} is missing", where=name, what_to_do="give a table that `advisor data review` made"
        )
    found: list[Judgement] = []
    for row in rows:
        judged = (row.get("judgement") or "").strip().lower()
        if not judged:
            continue
        where = f"{name}:{rows.line_num}"
        if judged not in JUDGEMENTS:
            raise InputError(
                f"{judged[:40]!r} is no judgement", where=where, what_to_do=f"write one of {', '.join(JUDGEMENTS)}"
            )
        item, reviewer = (row.get("item") or "").strip(), (row.get("reviewer") or "").strip()
        line = item.partition("-")[0]
        if not line.isdigit():
            raise InputError(f"{item[:40]!r} is no item", where=where, what_to_do="leave the first column as it was")
        better, comment = ((row.get(column) or "").strip() for column in ("better_answer", "comment"))
        found.append(Judgement(item, int(line), reviewer or name, judged, better, comment))
    if not found:
        raise InputError("nothing is judged in it", where=name, what_to_do="fill the column `judgement`")
    return tuple(found)


def reviewed(judgements: Iterable[Judgement]) -> Reviewed:
    """What several reviewers say together; of one reviewer's judgements on an item the last counts."""
    by_reviewer: dict[str, dict[str, Judgement]] = {}
    for judgement in judgements:
        by_reviewer.setdefault(judgement.reviewer, {})[judgement.item] = judgement
    held = [found for given in by_reviewer.values() for found in given.values()]
    found = agreement([{item: one.judgement for item, one in given.items()} for given in by_reviewer.values()])
    by_item: dict[str, list[Judgement]] = {}
    for judgement in sorted(held, key=lambda one: (one.line, one.item)):
        by_item.setdefault(judgement.item, []).append(judgement)
    wrong = sum(
        2 * sum(one.judgement == "wrong" for one in given) > len(given) for given in by_item.values()
    )  # by more than half of its reviewers
    low, high = wilson(wrong, len(by_item))
    return Reviewed(
        found,
        len(by_item),
        wrong / len(by_item) if by_item else 0.0,
        low,
        high,
        tuple(tuple(by_item[item]) for item in by_item if item in found.disputed),
        tuple(one for one in held if one.better_answer),
    )


def wilson(hits: float, of: float, z: float = 1.959963984540054) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927), good for few items and shares near 0 and 1.

    Both may be fractions, where items are weighted and `of` is their effective number.
    """
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, z * z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = z / (1 + square / of) * sqrt(share * (1 - share) / of + square / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)
