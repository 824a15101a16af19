"""`advisor rescue plan`: the inventory with a plan for each model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from advisor.chat_client import KEY_VARIABLE
from advisor.cli.case_options import as_of_option
from advisor.cli.tune_store import data_option, data_path, opened
from advisor.errors import InputError
from advisor.files import load_case

if TYPE_CHECKING:
    from advisor.rescue.model_list import Listed

F = TypeVar("F", bound=Callable[..., Any])


def inventory_options(command: F) -> F:
    """Adds where the models are named."""
    options = (
        click.option("--from-api", is_flag=True, help="Ask a host with OpenAI's interface for the account's models."),
        click.option(
            "--list", "file", type=click.Path(path_type=Path), help="Text lines, CSV, YAML or JSON with ids and use."
        ),
        click.option("--case", "cases", multiple=True, type=click.Path(path_type=Path), help="Cases that name them."),
        click.option("--base-url", help="Address of the host.  [default: OpenAI]"),
        click.option(
            "--key-variable", default=KEY_VARIABLE, show_default=True, help="Environment variable with the key."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@inventory_options
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
@data_option
@as_of_option
def plan(
    from_api: bool,
    file: Path | None,
    cases: tuple[Path, ...],
    base_url: str | None,
    key_variable: str,
    form: str,
    data: Path | None,
    as_of: date | None,
) -> None:
    """Show which tuned models end when, and a plan for each.

    A list names models by `model`, and may give `requests_per_month`, `input_tokens_per_month`,
    `output_tokens_per_month` (or their sum, `monthly_tokens`), `examples`, `training_file` and `shutdown_date`. Without
    a source, cases that the service keeps are looked at. A price that is not known is said so, never taken as nothing.

    \b
    Examples:
      advisor rescue plan --list models.csv
      advisor rescue plan --from-api --base-url http://127.0.0.1:8000/v1
    """
    from advisor.report.rescue_sections import rescue_json, rescue_sections
    from advisor.rescue.ground import load_ground, load_rescue_rules
    from advisor.rescue.rescue_plan import rescue

    day = as_of or date.today()
    listed = inventory(from_api, file, cases, base_url, key_variable, data, day)
    found = rescue(listed.models, load_rescue_rules(), load_ground(day), listed.notes)
    if form == "json":
        click.echo(json.dumps(rescue_json(found), indent=2, ensure_ascii=False))
    elif form == "html":
        from advisor.report.sections_page import sections_page

        click.echo(sections_page(f"Tuned models on {day}", rescue_sections(found)), nl=False)
    else:
        from advisor.report.terminal import as_text

        click.echo(as_text(rescue_sections(found), colour=sys.stdout.isatty()))


def inventory(
    from_api: bool,
    file: Path | None,
    cases: tuple[Path, ...],
    base_url: str | None,
    key_variable: str,
    data: Path | None,
    day: date,
) -> Listed:
    """The models of the source that is named; those of the kept cases where none is. Raises InputError."""
    from advisor.rescue.model_list import of_cases, read_list

    if from_api and file:
        raise InputError("--from-api and --list are two sources", what_to_do="name one of them")
    if from_api:
        from advisor.rescue.host_inventory import HostInventory

        return HostInventory(base_url, key_variable).models(day)
    if file:
        return read_list(file)
    if cases:
        return of_cases(load_case(path) for path in cases)
    return _kept(data)


def _kept(data: Path | None) -> Listed:
    """The models that the cases of the service name; none where there is no database yet."""
    from advisor.case import case_from_document
    from advisor.files import load_questions
    from advisor.rescue.model_list import Listed, of_cases
    from advisor.service.resources import environment
    from advisor.store.database import FILE
    from advisor.store.tables import DEFAULT_WORKSPACE
    from advisor.strict_yaml import read

    if not environment().database_url and not (data_path(data) / FILE).is_file():
        return Listed((), ())
    questions = load_questions()
    with opened(data) as store:
        found, after = [], None
        while True:
            page = store.cases.page(DEFAULT_WORKSPACE, after=after, limit=500)
            for one in page.items:
                version = store.cases.version(one.id, one.version, DEFAULT_WORKSPACE)
                if version is not None:
                    found.append(case_from_document(read(version.text, one.id), questions))
            if not page.has_more:
                return of_cases(found)
            after = page.items[-1].id
