"""What several commands say about a case: where it is, which answers are changed, and on which day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from advisor.case import Case
from advisor.errors import InputError
from advisor.files import load_case
from advisor.measured_data import FILE, measured_case
from advisor.question import Answer, Question, iso_date, nearest
from advisor.strict_yaml import read

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A day written as 2026-11-21."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return iso_date(value)
        except ValueError as error:
            self.fail(str(error).replace("\n", "; "), param, ctx)


def as_of_option(command: F) -> F:
    """Adds `--as-of`."""
    return click.option(
        "--as-of",
        type=Day(),
        help="Day on which model life cycles are taken; default: the case's as_of, else today.",
    )(command)


def rules_option(command: F) -> F:
    """Adds `--rules`."""
    return click.option(
        "--rules",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of rule files; default: those shipped with the advisor.",
    )(command)


def set_option(command: F) -> F:
    """Adds `--set`."""
    return click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="NAME=VALUE",
        help="Change one answer, such as data.examples=800 or need.gaps=[style]. May be given several times.",
    )(command)


def changed_case(path: str, changes: Sequence[str], questions: Mapping[str, Question]) -> Case:
    """The case in `path` with what its data set shows, then the answers of `--set`. Raises InputError."""
    case = load_case(path, questions)
    files = [change for change in changes if change.startswith(f"{FILE}=")]
    case = measured_case(_changed(case, files, questions))
    return _changed(case, [change for change in changes if change not in files], questions)


def _changed(case: Case, changes: Sequence[str], questions: Mapping[str, Question]) -> Case:
    answers: dict[str, Answer] = dict(case.answers)
    for change in changes:
        name, equals, text = change.partition("=")
        where = f"--set {change}"
        if not equals:
            raise InputError("a name and a value are meant", where=where, what_to_do="write --set data.examples=800")
        if name not in questions:
            raise InputError(
                f"there is no answer named {name}{nearest(name, questions)}",
                where=where,
                what_to_do="`advisor schema case` lists every name",
            )
        try:
            answer = questions[name].checked(read(text, where).value)
        except InputError as error:
            raise InputError(error.problem, where=where, what_to_do=error.what_to_do) from None
        except ValueError as error:
            problem, _, advice = str(error).partition("\n")
            raise InputError(f"{name}: {problem}", where=where, what_to_do=advice) from None
        if answer is None:
            answers.pop(name, None)
        else:
            answers[name] = answer
    return case._replace(answers=answers)


def day_of(case: Case, as_of: date | None) -> date:
    """The day to decide on: `--as-of`, else the case's own, else today."""
    return as_of or case.as_of or date.today()
