"""A command group whose parts live in files of their own, each imported only when it is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Finds a part by its name in `parts`: the module, and the name of the command in it."""

    def __init__(self, *args: Any, parts: Mapping[str, tuple[str, str]], **more: Any) -> None:
        """`args` and `more` are those of a click group."""
        super().__init__(*args, **more)
        self.parts = parts

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The names in their order."""
        return list(self.parts)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in self.parts:
            return None
        module, name = self.parts[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command
