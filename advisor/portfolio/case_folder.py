"""Cases from a folder or from the store, each looked at by itself; many of them by several processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from advisor.case import Case
from advisor.errors import InputError
from advisor.files import load_case, load_market, load_rulebook
from advisor.measured_data import measured_case
from advisor.portfolio.candidate import Candidate, Ground, candidate_of
from advisor.portfolio.portfolio import Unread

SUFFIXES: Final = (".yaml", ".yml", ".json")
_CHUNK: Final = 200  # cases; fewer are not worth a process of their own
_FROM_PROCESSES: Final = 600


class CaseSource(NamedTuple):
    """A case by the name that is shown; `text` is its content, or None where it stands in the file `path`."""

    name: str
    path: str
    text: str | None = None


class Looked(NamedTuple):
    """What was found: cases with their money, and files that hold none."""

    candidates: tuple[Candidate, ...]
    unread: tuple[Unread, ...]
    processes: int


def case_files(folder: Path) -> list[CaseSource]:
    """Every YAML and JSON file in the folder and below, by path; hidden ones are left out. Raises InputError."""
    if not folder.is_dir():
        raise InputError("there is no such folder", where=str(folder), what_to_do="name a folder of case files")
    found = sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )
    return [CaseSource(path.relative_to(folder).as_posix(), str(path)) for path in found]


def look_at(sources: Sequence[CaseSource], day: date, processes: int | None = None) -> Looked:
    """Every case on the day, in as many processes as there are cores where there are many cases."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    wanted = processes or (cores if len(sources) >= _FROM_PROCESSES else 1)
    chunks = [sources[start : start + _CHUNK] for start in range(0, len(sources), _CHUNK)]
    wanted = max(1, min(wanted, len(chunks)))
    if wanted == 1:
        found = list(_looked(sources, day))
    else:
        # Begun anew rather than forked: a fork copies threads' locks, but not the threads that hold them.
        with ProcessPoolExecutor(wanted, multiprocessing.get_context("spawn")) as pool:
            found = [one for chunk in pool.map(_look_at_chunk, chunks, [day] * len(chunks)) for one in chunk]
    return Looked(
        tuple(one for one in found if isinstance(one, Candidate)),
        tuple(one for one in found if isinstance(one, Unread)),
        wanted,
    )


_GROUNDS: Final[dict[date, Ground]] = {}  # rules and prices are read once in a process


def _ground(day: date) -> Ground:
    if day not in _GROUNDS:
        from advisor.random_draws import even_sampling

        market = load_market()._replace(sampling=even_sampling(whole=False))
        _GROUNDS[day] = Ground(load_rulebook(), market, day)
    return _GROUNDS[day]


def _look_at_chunk(sources: Sequence[CaseSource], day: date) -> list[Candidate | Unread]:
    return list(_looked(sources, day))


def _looked(sources: Iterable[CaseSource], day: date) -> Iterator[Candidate | Unread]:
    ground = _ground(day)
    for source in sources:
        try:
            yield candidate_of(source.name, _case(source, ground), ground)
        except InputError as error:
            yield Unread(source.name, " ".join(str(error).split()))


def _case(source: CaseSource, ground: Ground) -> Case:
    questions = ground.book.questions
    if source.text is None:
        return measured_case(load_case(source.path, questions))
    from advisor.case import case_from_document
    from advisor.strict_yaml import read

    return case_from_document(read(source.text, source.path), questions)
