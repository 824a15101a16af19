"""`advisor assistant export`."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.cli.assistant_file import file_argument, read_file


@click.command()
@file_argument
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new folder.")
def export(file: Path, out: Path) -> None:
    """Write an assistant as files for a hosted custom assistant, such as a custom GPT.

    Plain instructions, knowledge files, an OpenAPI document for each set of actions, and NOTE.md: what does not go
    along, and which limits of the host are crossed. Keys are never written, and nothing is sent.

    Exit codes: 0 written, 2 wrong input; crossed limits are named and do not fail.

    \b
    Example:
      advisor assistant export my-assistant --out for-the-host
    """
    from advisor.assistant.assistant_rules import load_assistant_rules
    from advisor.assistant.hosted_export import export_assistant

    made = export_assistant(read_file(file), load_assistant_rules(), out)
    click.echo("\n".join(f"  {name}" for name in made.files))
    for line in made.over:
        click.echo(f"over the limit: {line}")
    click.echo(f"{len(made.files)} files in {made.folder}; read NOTE.md first")
