"""Texts with their labels, as the models that look for wrong labels and draw learning curves need them."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from heapq import heappush, heappushpop
from typing import Final

from advisor.dataset.example import Example
from advisor.dataset.labels import LabelCount, bare, is_short
from advisor.dataset.text_classifier import LabelledText

MOST_ROWS: Final = 20_000


class LabelledTexts:
    """Keeps at most MOST_ROWS rows with short answers, drawn evenly over the file by a hash of seed and line."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._kept: list[tuple[int, int, str, str, str]] = []  # a heap: place in the draw, line, task, text, label

    def add(self, example: Example) -> None:
        """Takes one row."""
        label = example.answer.strip()
        if not is_short(label) or not example.prompt.strip():
            return
        place = blake2b(f"{self._seed} {example.line}".encode(), digest_size=8).digest()
        task = " ".join(example.system.split()).casefold()
        row = (-int.from_bytes(place), example.line, task, example.prompt, label)
        (heappush if len(self._kept) < MOST_ROWS else heappushpop)(self._kept, row)

    def of(self, counts: tuple[LabelCount, ...]) -> list[LabelledText]:
        """The rows of the largest task whose answers are labels, in the order of the file; spellings are made one."""
        rows_by_task = Counter[str]()
        for count in counts:
            rows_by_task[count.task] += count.rows
        if not rows_by_task:
            return []
        task = rows_by_task.most_common(1)[0][0]
        known = {bare(count.label): count.label for count in counts if count.task == task}
        rows = [
            LabelledText(line, text, known[bare(label)])
            for _, line, of_task, text, label in self._kept
            if of_task == task and bare(label) in known
        ]
        return sorted(rows)
