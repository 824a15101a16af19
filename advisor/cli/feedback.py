"""`advisor feedback`: read what people said of answers, decide on corrections, take them out and put others in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from advisor.cli.deployment_store import deed_in, deployment_in, workspace_option
from advisor.cli.tune_store import data_option, data_path, opened
from advisor.errors import InputError


@click.group()
def feedback() -> None:
    """List, review, export and import what people say of answers.

    \b
    Examples:
      advisor feedback list support --status pending
      advisor feedback review support feedback-1b2c --accept --note "checked in the manual"
      advisor feedback export support --out corrections.jsonl
    """


@feedback.command("list")
@click.argument("name")
@click.option("--status", type=click.Choice(["kept", "pending", "accepted", "rejected"]), help="Only these.")
@click.option("--kind", type=click.Choice(["up", "down", "correction", "comment"]), help="Only these.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many at most.")
@click.option("--check", is_flag=True, help="Check what waits for a review first, and show what is found.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@workspace_option
@data_option
def list_feedback(
    name: str,
    status: str | None,
    kind: str | None,
    limit: int,
    check: bool,
    form: str,
    workspace: str,
    data: Path | None,
) -> None:
    """List what was said of the answers of the deployment NAME, newest first."""
    from advisor.operation.feedback_desk import Desk

    with opened(data) as store:
        deployment = deployment_in(store, name, workspace)
        if check:
            Desk(store, deployment, data_path(data)).check_pending()
        rows = store.feedback.page(deployment.id, status=status, kind=kind, limit=limit).items
    if form == "json":
        click.echo(json.dumps([row._asdict() for row in rows], indent=2, ensure_ascii=False))
        return
    for row in rows:
        day = datetime.fromtimestamp(row.at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
        click.echo(f"{row.id}  {day}  {row.kind:<10}  {row.status:<8}  {_short(row.correction or row.comment or '')}")
        for finding in row.findings or ():
            click.echo(f"  {finding['severity']}: {finding['check'].replace('_', ' ')}: {finding['detail']}")
    if not rows:
        click.echo("there is none")


@feedback.command()
@click.argument("name")
@click.argument("id")
@click.option("--accept", "decision", flag_value="accept", help="Make it a training example.")
@click.option("--reject", "decision", flag_value="reject", help="Refuse it for good.")
@click.option("--note", required=True, help="Why, for whoever asks later.")
@click.option("--correction", help="Written anew; what came is kept beside it.")
@workspace_option
@data_option
def review(
    name: str, id: str, decision: str | None, note: str, correction: str | None, workspace: str, data: Path | None
) -> None:
    """Decide on the correction ID of the deployment NAME."""
    from advisor.operation.feedback_desk import Desk

    if decision is None:
        raise InputError("nothing is decided", what_to_do="add --accept or --reject")
    with opened(data) as store:
        deployment = deployment_in(store, name, workspace)
        row = store.feedback.find(id, deployment.id)
        if row is None:
            raise InputError(f"{name} has no feedback {id}", what_to_do=f"`advisor feedback list {name}` shows it")
        desk = Desk(store, deployment, data_path(data))
        if decision == "accept":
            desk.accept(row, note, deed_in(workspace), correction)
        else:
            desk.reject(row, note, deed_in(workspace))
    click.echo(f"{id}: {decision}ed")


@feedback.command()
@click.argument("name")
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Chat JSONL.")
@click.option("--unused", is_flag=True, help="Only corrections that no training run took yet.")
@workspace_option
@data_option
def export(name: str, out: Path, unused: bool, workspace: str, data: Path | None) -> None:
    """Write the accepted corrections of the deployment NAME as a training file, each with its lineage as metadata."""
    from advisor.files import write_whole
    from advisor.operation.feedback_desk import training_rows

    with opened(data) as store:
        deployment = deployment_in(store, name, workspace)
        rows = store.feedback.corrections(deployment.id, status=("accepted",), unused=unused, most=1_000_000)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in training_rows(rows)]
    write_whole(out, "".join(lines))
    click.echo(f"{out}: {len(lines)} rows")


@feedback.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@workspace_option
@data_option
def import_feedback(name: str, file: Path, workspace: str, data: Path | None) -> None:
    """Put feedback from FILE, one JSON object on each line as POST /feedback takes it, before the reviewers."""
    from pydantic import TypeAdapter, ValidationError

    from advisor.files import read_text
    from advisor.operation.feedback_desk import Said, TooMany, take
    from advisor.operation.gateway_key import gateway_key
    from advisor.operation.routing import user_digest
    from advisor.service.json_api.bodies import FeedbackBody

    adapter, said = TypeAdapter(FeedbackBody), []
    with opened(data) as store:
        deployment = deployment_in(store, name, workspace)
        key = gateway_key(data_path(data))
        for number, line in enumerate(read_text(file).splitlines(), 1):
            try:
                body = adapter.validate_json(line)
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False, include_context=False)[0]
                raise InputError(
                    f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
                    where=f"{file}:{number}",
                    what_to_do="mend the line; nothing was kept",
                ) from None
            messages = [message.model_dump() for message in body.messages] if body.messages else None
            digest = user_digest(key, workspace, body.user) if body.user else None
            said.append(Said(body.kind, body.record_id, body.correction, body.comment, messages, body.answer, digest))
        if not said:
            raise InputError("there is nothing in it", where=str(file), what_to_do="write one JSON object on each line")
        try:
            take(store, deployment, "import", said, deed_in(workspace))
        except TooMany:
            raise InputError(
                "so many corrections wait for a review that no more are taken", what_to_do="review those first"
            ) from None
    click.echo(f"{len(said)} kept")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}..."
