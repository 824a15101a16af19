"""`advisor cost`: what customising a model costs; each part in a file of its own, imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

PARTS: Final = {"training": "advisor.cli.cost_training"}


class _Parts(click.Group):
    """Finds a part by its name in PARTS and imports its file only then."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PARTS:
            return None
        command: click.Command = getattr(import_module(PARTS[cmd_name]), cmd_name)
        return command


@click.group(cls=_Parts)
def cost() -> None:
    """Estimate what customising a model takes and costs."""
