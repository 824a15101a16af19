"""`advisor prove run`: the questions, the arms, their price, the run and its verdict."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from advisor.chat_client import KEY_VARIABLE
from advisor.cli.case_options import as_of_option, changed_case, day_of, set_option
from advisor.cli.tune_store import data_path, opened
from advisor.cli.usd import usd_above_zero
from advisor.errors import InputError
from advisor.files import load_market, load_rulebook, read_text, save_case

if TYPE_CHECKING:
    from advisor.evaluation.prove import Prepared

_BAR: Final = 24  # characters
_LOOK_EVERY_S: Final = 0.2


@click.command()
@click.argument("case", type=click.Path(path_type=Path))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The training rows.")
@click.option("--test", type=click.Path(path_type=Path), help="Held-out rows.  [default: split off, and locked]")
@click.option("--documents", type=click.Path(path_type=Path), help="Folder of documents that hold the answers.")
@click.option("--arms", default="", help="Names with commas: zero_shot,rag,linear.  [default: all that can run]")
@click.option("--model", help="The language model of the first three arms: a name at the host, hf/NAME or a folder.")
@click.option("--base-url", help="Address of an OpenAI-compatible host.  [default: OpenAI]")
@click.option("--key-variable", default=KEY_VARIABLE, show_default=True, help="Environment variable with the key.")
@click.option("--compare", "compared", multiple=True, metavar="MODEL", help="Another model as an arm; several times.")
@click.option(
    "--tuned", multiple=True, metavar="ID", help="A tuned model, ft:...; several times.  [default: all on this data]"
)
@click.option("--kind", help="Kind of task.  [default: by the golden answers]")
@click.option("--grader", help="Your own: a .py file with grade(item, reply), a .yaml of OpenAI's form, or a command.")
@click.option("--schema", type=click.Path(path_type=Path), help="JSON Schema that answers must follow.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same result.")
@click.option("--spend-up-to", "most", metavar="USD", help="A hard ceiling; what was answered until then is kept.")
@click.option("--probes/--no-probes", default=True, help="Probe what training must not break.  [default: --probes]")
@click.option("--unlock", is_flag=True, help="Accept a test set that was changed after its first use.")
@click.option("--write-back", is_flag=True, help="Write what was measured into CASE.")
@click.option("--dry-run", is_flag=True, help="Show arms, price and time; ask nothing.")
@click.option("--yes", is_flag=True, help="Pay without being asked.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@as_of_option
@set_option
def run(
    case: Path,
    data: Path,
    test: Path | None,
    documents: Path | None,
    arms: str,
    model: str | None,
    base_url: str | None,
    key_variable: str,
    compared: tuple[str, ...],
    tuned: tuple[str, ...],
    kind: str | None,
    grader: str | None,
    schema: Path | None,
    seed: int,
    most: str | None,
    probes: bool,
    unlock: bool,
    write_back: bool,
    dry_run: bool,
    yes: bool,
    form: str,
    as_of: date | None,
    changes: tuple[str, ...],
) -> None:
    """Ask every arm the same held-out questions, and say whether training is worth it.

    Without --test a test set is split off DATA, related rows kept on one side, and locked by its hash. Arms that cannot
    run are named with what is missing; without a language model those that need none still answer. Price and time are
    shown first, answers are kept at once: the same command goes on where it was stopped, and pays nothing twice.

    Exit codes: 0 worth it, 1 not worth it or not shown yet, 2 wrong input.
    """
    from advisor.evaluation import prove
    from advisor.evaluation.proof_arms import Models
    from advisor.report.proof_text import proof_text
    from advisor.tuning.data_folder import DataFolder

    checked = changed_case(str(case), changes, load_rulebook().questions)
    models = Models(model, base_url, key_variable, compared, tuned)
    wish = prove.Wish(
        case=checked,
        data=data,
        test=test,
        documents=documents,
        arms=tuple(name.strip() for name in arms.split(",") if name.strip()),
        models=models,
        kind=kind,
        grader=grader,
        schema=_schema(schema),
        seed=seed,
        most_usd=usd_above_zero(most, "--spend-up-to"),
        unlock=unlock,
        probes=probes,
    )
    folder = DataFolder(data_path(None))
    folder.prepare()
    with opened(None) as store:
        place = prove.Place(folder, store, load_market(), day_of(checked, as_of))
        prepared = prove.prepare(wish, place)
        _show_plan(prepared)
        if dry_run:
            return
        usd = prepared.expected_usd
        if (usd is None or usd > 0) and not yes and not click.confirm("Begin?", err=True):
            raise click.Abort
        proved = prove.run(prepared, _Bars())
    proof = proved.files.proof
    changed = checked.with_answers(proved.facts)
    save_case(changed, prepared.folder / "case.yaml")
    if write_back:
        save_case(changed, case)
    if form == "json":
        click.echo(proof.model_dump_json(by_alias=True, indent=2))
    else:
        click.echo(proof_text(proved.files, colour=sys.stdout.isatty()))
        click.echo(f"Item by item: advisor prove show {proof.run} --format html --out proof.html")
        click.echo(f"With what was measured: advisor recommend {prepared.folder / 'case.yaml'}")
    sys.exit(0 if proof.verdict.answer == "worth_it" else 1)


def _show_plan(prepared: Prepared) -> None:
    """What is asked of whom, and what that takes at most."""
    held, kind = prepared.setting.held, prepared.setting.kind
    click.echo(f"{prepared.setting.run}: {len(held.items):,} questions of {held.file} ({held.made})", err=True)
    click.echo(f"  kind of task: {kind.name} ({kind.why})", err=True)
    if held.leaked:
        click.echo(f"  {len(held.leaked)} questions also stand in the training rows", err=True)
    for name, one in prepared.expected.items():
        usd = "free" if one.usd == 0 else "price not known" if one.usd is None else f"at most ${one.usd:.2f}"
        click.echo(f"  {name}: {one.items:,} answers, {usd}, about {_duration(one.seconds)} (assumed)", err=True)
    foreseen = prepared.foreseen
    if foreseen.answers:
        parts = [
            f"${one.shown.p50:.2f} (${one.shown.p10:.2f} to ${one.shown.p90:.2f})" for one in (foreseen.usd,) if one
        ]
        parts += [
            f"{_duration(one.shown.p50)} ({_duration(one.shown.p10)} to {_duration(one.shown.p90)})"
            for one in (foreseen.seconds,)
            if one
        ]
        click.echo(f"  in all, P50 (P10 to P90): {', '.join(parts) or 'nothing to wait for'}", err=True)
    for words in foreseen.says:
        click.echo(f"  {words}", err=True)
    for host in prepared.chosen.hosts:
        click.echo(f"  leaves this machine: the questions, and examples or passages in prompts, to {host}", err=True)
    for arm in prepared.chosen.missing:
        click.echo(f"  {arm.name} cannot run: {arm.why_not}", err=True)


class _Bars:
    """One line of progress for each arm on standard error."""

    def __init__(self) -> None:
        self._shown_at = 0.0
        self._begun: dict[str, float] = {}

    def __call__(self, arm: str, done: int, items: int) -> None:
        now = time.monotonic()
        begun = self._begun.setdefault(arm, now)
        rewrite = sys.stderr.isatty()
        if done < items and (not rewrite or now - self._shown_at < _LOOK_EVERY_S):
            return
        self._shown_at = now
        filled = round(_BAR * done / items)
        left = f", {_duration((now - begun) / done * (items - done))} left" if 0 < done < items else ""
        line = f"{'█' * filled}{'·' * (_BAR - filled)} {done}/{items} {arm}{left}"
        click.echo(("\r" if rewrite else "") + line, nl=done == items or not rewrite, err=True)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _schema(path: Path | None) -> Any:
    if path is None:
        return None
    try:
        return json.loads(read_text(path))
    except ValueError as error:
        raise InputError(f"this is no JSON: {error}", where=str(path), what_to_do="write a JSON Schema") from None
