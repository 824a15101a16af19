"""Tuned models from a list: lines of text, CSV, YAML or JSON, also the reply of GET /v1/models; and from cases."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.case import Case
from advisor.errors import InputError
from advisor.files import read_text
from advisor.rescue.tuned_model import NOT_ASKED, InUse, TrainingData, parsed
from advisor.strict_yaml import read

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "model": ("model", "id", "model_id", "name", "fine_tuned_model"),
    "requests": ("requests_per_month", "monthly_requests", "requests"),
    "input_tokens": ("input_tokens_per_month", "monthly_input_tokens", "input_tokens", "prompt_tokens"),
    "output_tokens": ("output_tokens_per_month", "monthly_output_tokens", "output_tokens", "completion_tokens"),
    "tokens": ("monthly_tokens", "tokens_per_month", "tokens", "total_tokens"),
    "examples": ("examples", "training_examples", "rows"),
    "file": ("training_file", "training_data", "file"),
    "shutdown": ("shutdown_date", "shutdown", "ends_on", "ends"),
}
COUNTS: Final = ("requests", "input_tokens", "output_tokens", "tokens", "examples")
_MOST: Final = 10**15


class Listed(NamedTuple):
    """The models of a list, each once, and notes on what was left out."""

    models: tuple[InUse, ...]
    notes: tuple[str, ...]


def read_list(path: Path) -> Listed:
    """The models in a file. Raises InputError with file:line or the entry that is wrong."""
    text = read_text(path)
    return as_listed(_rows(text, path), str(path), path.parent)


def as_listed(rows: Iterable[tuple[str, Mapping[str, Any]]], source: str, beside: Path | None = None) -> Listed:
    """The models in rows, each with where it stands; a name that comes twice counts once. Raises InputError."""
    found: dict[str, InUse] = {}
    notes: list[str] = []
    unread: set[str] = set()
    for where, row in rows:
        known = {name: _value(row, names) for name, names in NAMES.items()}
        unread |= {name for name in row if not any(_key(name) in names for names in NAMES.values())}
        model = known["model"]
        if not isinstance(model, str) or not model.strip():
            raise InputError("there is no model in this entry", where=where, what_to_do="name it in `model`")
        model = model.strip()
        if model in found:
            notes.append(f"{model} is listed twice; the first entry counts")
            continue
        counts = {name: _count(known[name], name, where) for name in COUNTS}
        found[model] = InUse(
            model,
            **counts,
            data=_data(known["file"], beside),
            host_says_on=_day(known["shutdown"], where),
            source=source,
        )
    if unread:
        notes.append(f"not read: {', '.join(sorted(unread)[:10])}")
    return Listed(tuple(found.values()), tuple(notes))


def of_cases(cases: Iterable[Case]) -> Listed:
    """The tuned models that cases name as in use, with the traffic where a case names only one."""
    found: dict[str, InUse] = {}
    for case in cases:
        tuned = case.given("models.tuned_in_use")
        names = tuple(map(str, tuned)) if isinstance(tuned, tuple) else ()
        for name in names:
            requests = _number(case, "traffic.requests_per_month") if len(names) == 1 else None
            each = [_number(case, f"traffic.{way}_tokens") for way in ("input", "output")]
            into, out = (None if requests is None or one is None else requests * one for one in each)
            found.setdefault(
                name, InUse(name, requests, into, out, None, _number(case, "data.examples"), source=case.name)
            )
    return Listed(tuple(found.values()), ())


def day_in(value: Any) -> date | None:
    """The day in an ISO text or in seconds since 1970; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float) and 0 < value < 32_503_680_000:  # the year 3000
        return datetime.fromtimestamp(value, UTC).date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip()[:10])
    except ValueError:
        return None


def _rows(text: str, path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        reader = csv.DictReader(io.StringIO(text), delimiter="\t" if suffix == ".tsv" else ",", restkey="more")
        for row in reader:
            yield f"{path}:{reader.line_num}", {str(name): value for name, value in row.items() if name != "more"}
    elif suffix == ".jsonl":
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield f"{path}:{number}", _mapping(_json(line, f"{path}:{number}"), f"{path}:{number}")
    elif suffix == ".json":
        yield from _entries(_json(text, str(path)), str(path))
    elif suffix in (".yaml", ".yml"):
        yield from _entries(read(text, str(path)).value, str(path))
    else:
        for number, line in enumerate(text.splitlines(), start=1):
            word = line.partition("#")[0].strip()
            if len(word.replace(",", " ").replace(";", " ").split()) > 1:
                raise InputError(
                    "a line of text holds one model and nothing else",
                    where=f"{path}:{number}",
                    what_to_do="write a .csv with a header (model,requests_per_month,...) for more columns",
                )
            if word:
                yield f"{path}:{number}", {"model": word}


def _entries(value: Any, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        # The reply of a host, a list under a name, or one model alone.
        value = next((value[name] for name in ("data", "models") if isinstance(value.get(name), list)), [value])
    if not isinstance(value, list):
        raise InputError("this is no list of models", where=where, what_to_do="write a list of ids or of mappings")
    for number, one in enumerate(value, start=1):
        yield f"{where}, entry {number}", _mapping(one, f"{where}, entry {number}")


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"model": value}
    if not isinstance(value, Mapping):
        raise InputError("this is neither an id nor a mapping", where=where, what_to_do="write `model: ft:...`")
    return {str(name): one for name, one in value.items()}


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is no JSON: {error}", where=where, what_to_do="correct it") from None


def _key(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _value(row: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    by_key = {_key(name): value for name, value in row.items()}
    return next((by_key[name] for name in names if by_key.get(name) not in (None, "")), None)


def _count(value: Any, name: str, where: str) -> int | None:
    if value is None:
        return None
    try:
        number = float(str(value).replace(",", "").replace("_", ""))
    except ValueError:
        number = -1.0
    if isinstance(value, bool) or not 0 <= number < _MOST:
        raise InputError(f"{name} is {value!r}, no count", where=where, what_to_do="write a number, or leave it out")
    return int(number)


def _day(value: Any, where: str) -> date | None:
    if value is None:
        return None
    found = day_in(value)
    if found is None:
        raise InputError(f"{value!r} is no day", where=where, what_to_do="write 2027-01-14")
    return found


def _data(file: Any, beside: Path | None) -> TrainingData:
    if not isinstance(file, str) or not file.strip():
        return NOT_ASKED
    name = file.strip()
    if name.startswith("file-"):
        return TrainingData("unknown", f"{name} lies at its host; --from-api asks for it", name)
    path = Path(name) if Path(name).is_absolute() or beside is None else beside / name
    if path.is_file():
        return TrainingData("local", f"{name} is there", str(path))
    return TrainingData("gone", f"{name} is not there", name)


def _number(case: Case, answer: str) -> int | None:
    value = case.given(answer)
    return None if value is None or isinstance(value, str | tuple | bool) else int(value)


def is_tuned(model: str) -> bool:
    """Whether the id is that of a tuned model."""
    return parsed(model).is_tuned
