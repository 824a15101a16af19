"""The command line: parses, calls one function, shows. Each command lives in a file of its own, imported when used."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from advisor import __version__
from advisor.__main__ import COMMANDS, help_text
from advisor.errors import AdvisorError


class _Commands(click.Group):
    """Finds a command by its name in COMMANDS and imports its file only then."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"advisor.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS:
            from advisor.question import nearest

            raise click.UsageError(f"there is no command {args[0]}{nearest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: click.Context) -> str:
        return help_text().rstrip("\n")


@click.command(cls=_Commands)
@click.version_option(__version__, prog_name="advisor")
def advisor() -> None:
    """Prompt, RAG or fine-tune? A decision with reasons, sources and dates."""


def run() -> None:
    """Run the command line; every error that a person can mend becomes one sentence on standard error."""
    try:
        advisor(standalone_mode=False)
    except AdvisorError as error:
        _stop(str(error), error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.Abort:
        _stop("interrupted", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output (head, less) closed it; the rest is not wanted.
        sys.stderr.close()
        sys.exit(0)


def _stop(message: str, exit_code: int) -> None:
    # A path or option may hold bytes that are no text; they are shown escaped.
    click.echo(f"advisor: {message}".encode("utf-8", "backslashreplace").decode(), err=True)
    sys.exit(exit_code)
