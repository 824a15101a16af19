"""Training rows that a model makes, written down one by one: a run that goes on does not make them again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from advisor.dataset.conversation import Conversation
from advisor.errors import InputError
from advisor.tuning.trainer import Control, Stopped

Make = Callable[[Sequence[Conversation]], Iterator[Conversation]]


def made_once(path: Path, rows: Sequence[Conversation], make: Make, control: Control) -> list[Conversation]:
    """One made row for each of `rows`, from `path` as far as it goes. Raises Stopped and InputError.

    A last line that was half written when the run was killed is made again.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        done = _whole_lines(path)
        with path.open("r+b" if path.exists() else "wb") as stream:
            stream.truncate(sum(len(line) for line in done))
            stream.seek(0, 2)
            made = make(rows[len(done) :]) if len(done) < len(rows) else iter(())
            for _ in range(len(done), len(rows)):
                if not control.wanted():
                    raise Stopped
                line = json.dumps(list(next(made).messages), ensure_ascii=False).encode() + b"\n"
                stream.write(line)
                stream.flush()
                done.append(line)
    except OSError as error:
        raise InputError(
            f"the made rows cannot be written: {error.strerror}", where=str(path), what_to_do="free disk space"
        ) from error
    return [
        row._replace(messages=tuple(json.loads(line)), preferred=(), rejected=())
        for row, line in zip(rows, done, strict=True)
    ]


def _whole_lines(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
