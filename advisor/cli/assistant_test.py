"""`advisor assistant test`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from advisor.cli.assistant_file import Chosen, answering_options, file_argument, opened_assistant


@click.command()
@file_argument
@click.option("--junit", type=click.Path(path_type=Path), help="Write the result as JUnit XML, for CI.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@answering_options
def test(file: Path, junit: Path | None, form: str, **options: Any) -> None:
    """Run the tests of an assistant: known good answers and edge cases.

    Actions that read are really called, at the servers of the file or at --server; those that change data only in tests
    that say `confirm`. Tests that need a language model are left out without one.

    Exit codes: 0 all passed, 1 some failed or none ran, 2 wrong input.

    \b
    Examples:
      advisor assistant test my-assistant --no-model
      advisor assistant test my-assistant --server crm=https://crm-staging.example.com --junit results.xml
    """
    from advisor.assistant.examination import examination_junit, examination_text, examine
    from advisor.files import write_whole

    with opened_assistant(file, Chosen(**options)) as (assistant, load):
        found = examine(assistant, load, lambda one: click.echo(f"... {one.name}", err=True))
    if junit is not None:
        write_whole(junit, examination_junit(found))
    if form == "json":
        tests = [{**one._asdict(), "passed": one.passed} for one in found.tests]
        value = {**found._asdict(), "tests": tests, "passed": found.passed, "share": found.share._asdict()}
        click.echo(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        click.echo(examination_text(found))
    sys.exit(0 if found.passed else 1)
