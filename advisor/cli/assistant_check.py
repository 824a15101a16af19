"""`advisor assistant check`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from advisor.cli.assistant_file import file_argument, read_file


@click.command()
@file_argument
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "note"]),
    default="error",
    show_default=True,
    help="Exit with 1 from this severity on.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(file: Path, fail_on: str, form: str) -> None:
    """Check an assistant: its file, documents, actions and tests.

    Missing parts, folders that cannot be read, OpenAPI documents that are not valid, hosts that may not be asked,
    secrets that stand in a file, and text in documents that speaks to a language model. Nothing is asked or sent.

    Exit codes: 0 nothing from --fail-on up, 1 findings, 2 the file cannot be read.

    \b
    Example:
      advisor assistant check my-assistant/assistant.yaml
    """
    from advisor.assistant.assistant_check import check_assistant, shown_findings
    from advisor.assistant.assistant_rules import load_assistant_rules

    read = read_file(file)
    checked = check_assistant(read, load_assistant_rules())
    if form == "json":
        findings = [one._asdict() for one in checked.findings]
        click.echo(json.dumps({**checked._asdict(), "findings": findings}, indent=2, ensure_ascii=False))
    else:
        if checked.findings:
            click.echo(shown_findings(checked.findings))
        click.echo(
            f"{read.specification.name}: {checked.documents} documents, {checked.operations} operations "
            f"({checked.writes} change data), {checked.tests} tests; {checked.at_least('error')} errors, "
            f"{len(checked.findings)} findings in all"
        )
    sys.exit(1 if checked.at_least(fail_on) else 0)
