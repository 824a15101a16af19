"""`advisor cost`: what customising a model costs; each part in a file of its own, imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final

import click

PARTS: Final = {
    "estimate": "advisor.cli.cost_case",
    "sweep": "advisor.cli.cost_case",
    "tokens": "advisor.cli.cost_tokens",
    "training": "advisor.cli.cost_training",
}


class _Parts(click.Group):
    """Finds a part by its name in PARTS and imports its file only then; `advisor cost CASE` is `cost estimate CASE`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PARTS:
            return None
        command: click.Command = getattr(import_module(PARTS[cmd_name]), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in PARTS:
            args = ["estimate", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_Parts)
def cost() -> None:
    """What each approach costs, when it pays back, and how sure that is.

    `advisor cost CASE` estimates the approaches of a case; the word `estimate` may be left out.

    \b
    Examples:
      advisor cost case.yaml
      advisor cost case.yaml --approach rag --approach fine_tune --draws 100000
      advisor cost sweep case.yaml --vary traffic.requests_per_month=1e3..1e7
      advisor cost training --model Llama-3.1-8B --method lora --gpu "A100 80GB"
    """
