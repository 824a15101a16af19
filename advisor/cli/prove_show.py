"""`advisor prove show` and `advisor prove list`: what proofs have found, for people and for programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.evaluation.proof import ProofFiles

_FORMS: Final = ("text", "json", "html", "csv", "junit", "md", "promptfoo")


@click.command()
@click.argument("run")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="text",
    show_default=True,
    help="For reading (text, html, md), for programs (json, csv, junit), or as a promptfoo configuration.",
)
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--mlflow", "uri", metavar="URI", help="Also log to MLflow there; needs the extra `mlflow`.")
def show(run: str, form: str, out: Path | None, uri: str | None) -> None:
    """Show the proof RUN, which is a name or a folder: verdict, arms, comparisons, and every item in html and csv.

    \b
    Examples:
      advisor prove show iot-1b2c
      advisor prove show iot-1b2c --format html --out proof.html
      advisor prove show iot-1b2c --format junit --out proof.xml
      advisor prove show iot-1b2c --format csv | head

    The html is one file that loads nothing from elsewhere. The csv holds texts letter for letter: open it with a
    program, not a spreadsheet, where you do not trust them. With junit the exit code is 1 unless training is worth it;
    with the others it is 0.
    """
    from advisor.evaluation.proof import CHUNKS, ITEMS, PROOF, read_proof
    from advisor.files import write_whole

    folder = proof_path(run)
    if out and any(out.resolve() == (folder / name).resolve() for name in (PROOF, ITEMS, CHUNKS)):
        raise InputError("this file is part of the proof", where=str(out), what_to_do="write to another file")
    files = read_proof(folder)
    shown = _shown(files, folder, form).removesuffix("\n") + "\n"
    if out:
        write_whole(out, shown)
        click.echo(f"{out}: written")
    else:
        # For programs as bytes, which no terminal's encoding or line ends change.
        click.echo(shown if form in ("text", "md") else shown.encode(), nl=False)
    if uri:
        from advisor.report.proof_mlflow import log_proof

        click.echo(f"{uri}: logged as run {log_proof(files, folder, uri)}", err=True)
    if form == "junit" and files.proof.verdict.answer != "worth_it":
        sys.exit(1)


@click.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_proofs(form: str) -> None:
    """List proofs with their verdicts, newest first."""
    from advisor.cli.tune_store import data_path
    from advisor.evaluation.proof_list import proofs_in
    from advisor.report.visible_text import on_one_line

    found = proofs_in(data_path(None))
    if form == "json":
        rows = [one._asdict() | {"changed": one.changed.isoformat(timespec="seconds")} for one in found]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for one in found:
        best = f", best {on_one_line(one.best_arm)}" if one.best_arm else ""
        state = f"{one.state.replace('_', ' ')}{' (partial)' if one.is_partial else ''}{best}"
        click.echo(
            f"{on_one_line(one.name):<24}  {one.changed:%Y-%m-%d %H:%M}Z  {state}  {on_one_line(one.title)}".rstrip()
        )
    if not found:
        click.echo("there are no proofs; make one with `advisor prove CASE --data FILE`")


def proof_path(run: str) -> Path:
    """The folder of the proof `run`, which is a folder or a name in the data folder. Raises InputError."""
    from advisor.evaluation.proof import PROOF

    if (Path(run) / PROOF).is_file():
        return Path(run)
    from advisor.cli.tune_store import data_path
    from advisor.evaluation.proof_list import proof_folder

    return proof_folder(run, data_path(None))


def _shown(files: ProofFiles, folder: Path, form: str) -> str:
    if form == "json":
        from advisor.evaluation.proof import PROOF
        from advisor.files import read_text

        return read_text(folder / PROOF)  # as the run wrote it
    if form == "html":
        from advisor.report.proof_page import proof_page

        return proof_page(files)
    if form == "csv":
        from advisor.report.proof_csv import proof_csv

        return proof_csv(files)
    if form == "junit":
        from advisor.report.proof_junit import proof_junit

        return proof_junit(files)
    if form == "promptfoo":
        from advisor.report.proof_promptfoo import proof_promptfoo

        return proof_promptfoo(files)
    if form == "md":
        from advisor.report.proof_markdown import proof_markdown

        return proof_markdown(files)
    from advisor.report.proof_text import proof_text

    return proof_text(files, colour=sys.stdout.isatty())
