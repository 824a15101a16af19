"""`advisor assistant chat`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from advisor.cli.assistant_file import Chosen, answering_options, file_argument, opened_assistant
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.assistant.action_calls import Waiting
    from advisor.assistant.assistant import Assistant
    from advisor.assistant.turn import Turn


@click.command()
@file_argument
@click.option("--ask", help="One question, or - for standard input; without it you are asked for one after the other.")
@click.option("--yes", is_flag=True, help="With --ask: make calls that change data without being asked.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@answering_options
def chat(file: Path, ask: str | None, yes: bool, form: str, **options: Any) -> None:
    """Talk to an assistant: one question with --ask, or a conversation.

    Each answer names its sources. A call that changes data is shown first and made when you say yes; with --ask it is
    not made unless --yes is given. Actions are called at public hosts only; ADVISOR_ALLOWED_HOSTS lists others.

    \b
    Examples:
      advisor assistant chat my-assistant
      advisor assistant chat my-assistant --no-model --ask "What does E-02 mean?"
      advisor assistant chat my-assistant --ask - < contract.txt
    """
    with opened_assistant(file, Chosen(**options)) as (assistant, _):
        if ask is not None:
            question = sys.stdin.read() if ask == "-" else ask
            turn = assistant.answer([{"role": "user", "content": question}], confirm=lambda _: yes)
            _show(turn, form)
            return
        _converse(assistant, form)


def _converse(assistant: Assistant, form: str) -> None:
    """Question after question, until the end of the input."""
    messages: list[dict[str, Any]] = []
    model = assistant.model.name if assistant.model else "no language model: documents are quoted"
    click.echo(f"{assistant.spec.name} ({model}). An empty line ends.", err=True)
    while True:
        try:
            question = click.prompt("you", prompt_suffix="> ", default="", show_default=False, err=True)
        except click.Abort:
            return
        if not question.strip():
            return
        messages.append({"role": "user", "content": question})
        try:
            turn = assistant.answer(messages, confirm=_confirmed)
        except InputError as error:
            click.echo(f"advisor: {error}", err=True)
            messages.pop()
            continue
        _show(turn, form)
        messages.append({"role": "assistant", "content": turn.text})


def _confirmed(waiting: Waiting) -> bool:
    click.echo(f"This changes data:\n{waiting.shown()}", err=True)
    return click.confirm("Do it?", err=True)


def _show(turn: Turn, form: str) -> None:
    if form == "json":
        value = {
            **turn._asdict(),
            "calls": [call._asdict() for call in turn.calls],
            "labels": [label._asdict() for label in turn.labels],
        }
        click.echo(json.dumps(value, ensure_ascii=False))
        return
    for call in turn.calls:
        status = f" {call.status}" if call.status else ""
        click.echo(
            f"({call.operation} {json.dumps(call.arguments, ensure_ascii=False)}: {call.outcome}{status})", err=True
        )
    for note in turn.notes:
        click.echo(f"({note})", err=True)
    click.echo(turn.text)
