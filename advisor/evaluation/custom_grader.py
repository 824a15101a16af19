"""One's own grader: a Python file with `grade(item, reply)`, a shell command, or a grader as OpenAI describes them.

It runs in a process of its own with a time limit. What is no score stops the run with words: nothing is ever guessed.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import IO, Any, Final

from advisor.errors import InputError
from advisor.evaluation.item import Item, Reply
from advisor.tuning.embedding import installed_embedder
from advisor.tuning.graders import GraderTools, check_grader, grade

TIMEOUT_S: Final = 30.0
_END: Final = ""  # of a process's output


def grader_of(named: str) -> Callable[[Sequence[Item], Sequence[Reply]], Sequence[float]]:
    """The grader that was named: a Python file, a YAML or JSON file of OpenAI's form, else a shell command.

    Raises InputError for a file that is none; what the grader itself raises comes when it grades.
    """
    path = Path(named)
    if path.suffix == ".py":
        return lambda items, replies: grade_by_python(path, items, replies)
    if path.suffix in (".yaml", ".yml", ".json"):
        grader = read_openai_grader(path)
        tools = GraderTools(_no_model, installed_embedder())
        return lambda items, replies: grade_by_openai(grader, items, replies, tools)
    return lambda items, replies: grade_by_command(named, items, replies)


def _no_model(name: str) -> Any:
    raise InputError(
        f"the grader asks the model {name}", what_to_do="judge with `advisor prove judge`, or use a grader without one"
    )


def grade_by_python(
    path: Path, items: Sequence[Item], replies: Sequence[Reply], timeout_s: float = TIMEOUT_S
) -> list[float]:
    """The scores that `grade(item, reply)` of the file gives, each from 0 to 1; True is 1.

    `replies` are in the order of `items`; the function gets both as records of `advisor.evaluation.item`. Failed and
    empty replies are 0 without being asked. Raises InputError for a file without it, for what it raises, for anything
    but a number from 0 to 1, and beyond `timeout_s` for one item.
    """
    if not path.is_file():
        raise InputError("there is no such file", where=str(path), what_to_do="name a Python file")
    with subprocess.Popen(  # noqa: S603  the user's own file, named by the user
        [sys.executable, "-m", "advisor.evaluation.grader_process", str(path.resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as process:
        assert process.stdin
        assert process.stdout
        lines: Queue[str] = Queue()
        Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        try:
            _answer(lines, timeout_s, str(path), "while it was loaded")
            scores: list[float] = []
            for item, reply in zip(items, replies, strict=True):
                if _is_empty(reply):
                    scores.append(0.0)
                    continue
                place = f"at item {item.id}"
                _write(process.stdin, item, reply)
                answer = _answer(lines, timeout_s, str(path), place)
                scores.append(_score(answer["score"], str(path), place))
            return scores
        finally:
            _end(process)


def grade_by_command(
    command: str, items: Sequence[Item], replies: Sequence[Reply], timeout_s: float = TIMEOUT_S
) -> list[float]:
    """The scores that a shell command gives: the item and the reply as JSON on its standard input.

    It prints a number from 0 to 1, or prints nothing and ends with 0 for right and 1 for wrong. Raises InputError for
    anything else and beyond `timeout_s`.
    """
    scores: list[float] = []
    for item, reply in zip(items, replies, strict=True):
        if _is_empty(reply):
            scores.append(0.0)
            continue
        place = f"at item {item.id}"
        with subprocess.Popen(  # noqa: S602  the user's own command
            command,
            shell=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            try:
                printed, said = process.communicate(_as_json(item, reply), timeout=timeout_s)
            except subprocess.TimeoutExpired:
                raise _too_slow(command, place, timeout_s) from None
            finally:
                _end(process)
        scores.append(_of_command(command, printed.strip(), said, process.returncode, place))
    return scores


def grade_by_openai(grader: Any, items: Sequence[Item], replies: Sequence[Reply], tools: GraderTools) -> list[float]:
    """The rewards of an OpenAI grader; templates may name `item.expected`, `item.question` and `item.id`.

    Raises InputError for graders that cannot run and for names that an item does not have.
    """
    scores: list[float] = []
    for item, reply in zip(items, replies, strict=True):
        if _is_empty(reply):
            scores.append(0.0)
            continue
        fields = {"id": item.id, "expected": item.expected, "question": _question(item), "source": item.source or ""}
        reward = grade(grader, reply.text, fields, tools).reward
        scores.append(_score(reward, f"grader {grader.name}", f"at item {item.id}"))
    return scores


def read_openai_grader(path: Path) -> Any:
    """The grader in a YAML or JSON file, checked. Raises InputError with the place of the first mistake."""
    from pydantic import TypeAdapter, ValidationError

    from advisor.files import read_document
    from advisor.tuning.grader_kinds import Grader

    document = read_document(path)
    try:
        grader: Any = TypeAdapter(Grader).validate_json(json.dumps(document.value, default=_plain))
    except ValidationError as error:
        first = error.errors()[0]
        fields = [step for step in first["loc"] if _holds(document.value, step)]
        raise InputError(
            f"this is no grader: {'.'.join(map(str, first['loc']))}: {first['msg']}",
            where=document.where(*fields[:1]),
            what_to_do="write it as in OpenAI's reference of graders",
        ) from None
    check_grader(grader)
    return grader


def _holds(value: Any, step: str | int) -> bool:
    return isinstance(value, Mapping) and step in value


def _plain(value: Any) -> Any:
    """Exact numbers as JSON's; a bare yes or no as it is written."""
    return getattr(value, "text", None) or float(value)


def _is_empty(reply: Reply) -> bool:
    return reply.error is not None or not reply.text.strip()


def _question(item: Item) -> str:
    from advisor.tuning.label_rows import prompt_of

    return prompt_of(item.messages)


def _as_json(item: Item, reply: Reply) -> str:
    said = reply._asdict() | {"usd": None if reply.usd is None else str(reply.usd)}
    return json.dumps({"item": item._asdict() | {"messages": list(item.messages)}, "reply": said})


def _write(stream: IO[str], item: Item, reply: Reply) -> None:
    with suppress(BrokenPipeError):  # it has ended; reading its output says so
        stream.write(_as_json(item, reply) + "\n")
        stream.flush()


def _read(stream: IO[str], lines: Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(_END)


def _answer(lines: Queue[str], timeout_s: float, grader: str, place: str) -> dict[str, Any]:
    try:
        line = lines.get(timeout=timeout_s)
    except Empty:
        raise _too_slow(grader, place, timeout_s) from None
    answer: dict[str, Any] = {"fault": "its process ended"} if line == _END else json.loads(line)
    if "fault" in answer:
        raise InputError(
            f"the grader failed {place}: {answer['fault']}", where=grader, what_to_do="correct it, then score again"
        )
    return answer


def _score(value: float, grader: str, place: str) -> float:
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise InputError(
            f"the grader gave {value} {place}, which is no score",
            where=grader,
            what_to_do="give 0 to 1, or true, false",
        )
    return float(value)


def _of_command(command: str, printed: str, said: str, code: int, place: str) -> float:
    if printed and code == 0:
        try:
            return _score(float(printed), command, place)
        except ValueError:
            problem = f"it printed {printed[:80]!r}, which is no number"
    elif not printed and code in (0, 1):
        return float(code == 0)
    else:
        problem = f"it ended with exit code {code}: {(said.strip() or printed)[-200:]}"
    raise InputError(
        f"the grader failed {place}: {problem}",
        where=command,
        what_to_do="print a number from 0 to 1, or print nothing and end with 0 (right) or 1 (wrong)",
    )


def _too_slow(grader: str, place: str, timeout_s: float) -> InputError:
    return InputError(
        f"the grader took longer than {timeout_s:g} s {place}", where=grader, what_to_do="make it faster, or allow more"
    )


def _end(process: subprocess.Popen[str]) -> None:
    """End the process and what it started; nothing of it may outlive the scoring."""
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
