"""`advisor ask`: the questionnaire in a terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import click

from advisor.case import Case
from advisor.cli.case_options import as_of_option, day_of
from advisor.decision.decide import decide
from advisor.decision.next_questions import NextQuestion, next_questions
from advisor.decision.rulebook import RuleBook
from advisor.explanation import shown_value
from advisor.files import load_case, load_life_cycle, load_rulebook, save_case
from advisor.question import NOT_APPLICABLE, UNKNOWN, Answer, Question, as_plain
from advisor.recommendation import recommend
from advisor.typed_number import typed_number

_HELP: Final = "u = I do not know, n = does not apply, ? = explain, b = back, q = stop and keep the answers"


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("case.yaml"))
@as_of_option
def ask(file: Path, as_of: date | None) -> None:
    """Answer questions until the approach is decided; the answers are kept in FILE (case.yaml).

    Only questions that can still change the approach are asked. Every answer is saved at once: stop with q or Ctrl-C
    and go on later with the same command. A FILE that exists is continued.
    """
    book = load_rulebook()
    case = load_case(file, book.questions) if file.exists() else Case("", "", as_of, {})
    click.echo(f"{_HELP}\n")
    asked: list[str] = []
    while True:
        _show_progress(book, case)
        waiting = [item for item in next_questions(book, case.answers) if item.question.name not in case.answers]
        if not waiting:
            break
        question = waiting[0].question
        answer = _answered(waiting[0], book.groups)
        if answer == "q":
            click.echo(f"Stopped. Go on with: advisor ask {file}")
            return
        if answer == "b":
            case = _taken_back(case, asked)
        elif not isinstance(answer, str) or answer in question.options or question.type in ("text", "path"):
            case = case.with_answers({question.name: answer})
            asked.append(question.name)
        save_case(case, file)
    _finish(book, case, file, as_of)


def parsed(question: Question, text: str) -> Answer:
    """`text` as typed for `question`: an option's number or name, y or n, a number. Raises ValueError."""
    if text in ("u", "unknown"):
        return UNKNOWN
    if text in ("n/a", "na") or (text == "n" and question.type != "bool"):
        return NOT_APPLICABLE
    options = list(question.options)
    if question.type == "bool":
        words = {"y": True, "yes": True, "true": True, "n": False, "no": False, "false": False}
        value: object = words.get(text.lower(), text)
    elif question.type == "choice":
        value = _option(options, text)
    elif question.type == "set" and options:
        value = [_option(options, part.strip()) for part in text.split(",") if part.strip()]
    elif question.type in ("integer", "number"):
        value = typed_number(text)
    else:
        value = text
    answer = question.checked(value)
    if answer is None or answer == ():
        raise ValueError("nothing was answered\ntype an answer, or u if you do not know")
    return answer


def _answered(item: NextQuestion, groups: Mapping[str, str]) -> Answer | str:
    """The checked answer, or the command letter b or q."""
    question = item.question
    click.echo(click.style(f"{groups.get(question.group, question.group)}: {question.ask}", bold=True))
    for number, (option, meaning) in enumerate(question.options.items(), start=1):
        click.echo(f"  {number}. {option}: {meaning}")
    hint = {"bool": "y/n", "set": "numbers with commas", "choice": "number"}.get(question.type, question.unit)
    while True:
        text = click.prompt(f"  {hint}" if hint else "  answer", default="", show_default=False).strip()
        if text in ("b", "q"):
            return str(text)
        if text == "?":
            between = ", ".join(item.decides_between).replace("_", " ")
            click.echo(f"  {question.help}\n  It decides between {between}.\n  {_HELP}")
            continue
        try:
            return parsed(question, text)
        except ValueError as error:
            click.echo("  " + str(error).replace("\n", "\n  "))


def _show_progress(book: RuleBook, case: Case) -> None:
    decision = decide(book, case)
    names = ", ".join(book.approaches[name].name for name in decision.possible)
    click.echo(click.style(f"Still possible ({len(decision.possible)}): {names}", dim=True))


def _taken_back(case: Case, asked: list[str]) -> Case:
    if not asked:
        click.echo("  This is the first question.")
        return case
    last = asked.pop()
    answers = {name: answer for name, answer in case.answers.items() if name != last}
    return case._replace(answers=answers)


def _finish(book: RuleBook, case: Case, file: Path, as_of: date | None) -> None:
    record = recommend(case, book, load_life_cycle(), day_of(case, as_of))
    for name, answer in case.answers.items():
        click.echo(f"  {name}: {shown_value(as_plain(answer))}")
    state = "decided" if record.status == "decided" else "not decided: the rest is not known"
    click.echo(f"\n{record.recommendation.name} ({state}). {record.recommendation.summary}")
    click.echo(f"The whole answer: advisor recommend {file}")


def _option(options: list[str], text: str) -> str:
    if text.isdigit() and 1 <= int(text) <= len(options):
        return options[int(text) - 1]
    return text
