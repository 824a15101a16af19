"""Looks at the content of rows: personal data, labels and consistency; for a large file in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from advisor.data_file import DataFile, read_parts
from advisor.dataset.boilerplate import Phrases
from advisor.dataset.check import ContentCheck
from advisor.dataset.conversation import example_of
from advisor.dataset.formats import RowFormat
from advisor.dataset.found import Found
from advisor.dataset.labels import LabelCount
from advisor.dataset.learning_curve import LearningCurve, learning_curve
from advisor.dataset.structure import StructureCheck
from advisor.dataset.suspicious import find_suspicious_labels

LARGE_BYTES = 10_000_000  # from here on a second process is worth its start


class Learnable(NamedTuple):
    """What a quick linear model says of labelled rows; `doubt` says why no label could be suspected, "" otherwise."""

    rows: int
    accuracy: float | None
    doubt: str
    curve: LearningCurve


class Content(NamedTuple):
    """What was found in the content, the labels of tasks whose answers are labels, and what is learnt from them."""

    found: tuple[Found, ...]
    labels: tuple[LabelCount, ...]
    learnable: Learnable | None


NOTHING = Content((), (), None)


class Look(NamedTuple):
    """What to look at: the file, its format, the parts of the check, and whether to train quick models."""

    file: DataFile
    form: RowFormat
    parts: tuple[str, ...]
    phrases: tuple[Phrases, ...]
    seed: int
    deep: bool

    def result(self) -> Content:
        """Read the file and look at every row that can be understood."""
        check = ContentCheck(self.parts, self.phrases, self.seed, deep=self.deep)
        structure = StructureCheck(self.form)
        for part in read_parts(self.file):
            for row in structure.read(part):
                check.add(example_of(row.conversation, row.line))
        counts = check.labels.counts() if check.labels else ()
        texts = check.texts.of(counts) if check.texts else []
        if not texts:
            return Content(tuple(check.found()), counts, None)
        suspicion = find_suspicious_labels(texts, seed=self.seed)
        learnable = Learnable(suspicion.rows, suspicion.accuracy, suspicion.note, learning_curve(texts, seed=self.seed))
        return Content((*check.found(), *suspicion.found), counts, learnable)


@contextmanager
def looking(look: Look) -> Iterator[Callable[[], Content]]:
    """The result of `look`, as a function; a large file is read beside what the block does in the meantime."""
    if not look.parts or look.file.size_bytes < LARGE_BYTES or (os.cpu_count() or 1) < 2:
        yield look.result
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
        pending = beside.submit(look.result)
        try:
            yield pending.result
        except BaseException:
            beside.shutdown(wait=False, cancel_futures=True)
            raise


def content_parts(parts: Collection[str]) -> tuple[str, ...]:
    """Those of `parts` that look at the content."""
    return tuple(part for part in parts if part in ("personal", "balance"))
