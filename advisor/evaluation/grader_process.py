"""The process in which somebody's Python grader runs: `python -m advisor.evaluation.grader_process FILE`.

One JSON line in, `{"item": …, "reply": …}`; one out, `{"score": …}` or `{"fault": …}`. What the grader prints goes to
standard error, so that it cannot be taken for a score.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import traceback
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from advisor.evaluation.item import Item, Reply


def main(path: Path) -> None:
    """Load `grade` from the file, then answer line by line until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.path.insert(0, str(path.parent))
    try:
        grade = runpy.run_path(str(path)).get("grade")
    except (Exception, SystemExit) as error:  # noqa: BLE001  somebody else's code may raise anything
        _say(answers, {"fault": _words(error, path)})
        return
    if not callable(grade):
        _say(answers, {"fault": "it has no function grade(item, reply)"})
        return
    _say(answers, {"ready": True})
    for line in sys.stdin:
        _say(answers, _graded(grade, json.loads(line), path))


def _graded(grade: Callable[[Item, Reply], Any], asked: dict[str, Any], path: Path) -> dict[str, Any]:
    reply = dict(asked["reply"])
    reply["usd"] = None if reply["usd"] is None else Decimal(reply["usd"])
    reply["chunks"] = tuple(reply["chunks"])
    try:
        score = grade(Item(**asked["item"]), Reply(**reply))
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return {"fault": _words(error, path)}
    if hasattr(score, "item"):  # a number of NumPy
        score = score.item()
    return {"score": score} if isinstance(score, bool | int | float) else {"fault": f"it returned {score!r}"}


def _words(error: BaseException, path: Path) -> str:
    places = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    line = f" at line {places[-1]}" if places else ""
    return f"{type(error).__name__}: {error}{line}"


def _say(stream: TextIO, value: dict[str, Any]) -> None:
    stream.write(json.dumps(value) + "\n")
    stream.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
