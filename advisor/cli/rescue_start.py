"""`advisor rescue start`: the rows of what takes over, and its training plan."""

from __future__ import annotations

import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.cli.case_options import as_of_option
from advisor.cli.rescue_plan import inventory, inventory_options
from advisor.cli.tune_store import data_option
from advisor.cli.usd import usd_above_zero
from advisor.errors import InputError
from advisor.files import save_case, write_whole

if TYPE_CHECKING:
    from advisor.evaluation.asked_model import TokenPrices
    from advisor.question import Answer
    from advisor.rescue.rescue_plan import Plan


@click.command()
@click.argument("model")
@inventory_options
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder for rows and plan."
)
@click.option("--way", type=click.Choice(["retrain", "distil"]), help="Default: what is advised.")
@click.option("--prompts", type=click.Path(path_type=Path), help="What to ask the model: lines of text or chat JSONL.")
@click.option("--answer-tokens", default=1024, show_default=True, type=click.IntRange(1), help="Of an answer, at most.")
@click.option("--spend-up-to", "most", metavar="USD", help="A hard ceiling for answers; needed where they are paid.")
@click.option("--dry-run", is_flag=True, help="Show what would be done and paid; ask for nothing.")
@click.option("--train", is_flag=True, help="Begin the training as well, and stay until it has ended.")
@click.option("--yes", is_flag=True, help="Begin without being asked.")
@data_option
@as_of_option
@click.pass_context
def start(
    ctx: click.Context,
    model: str,
    from_api: bool,
    file: Path | None,
    cases: tuple[Path, ...],
    base_url: str | None,
    key_variable: str,
    out: Path,
    way: str | None,
    prompts: Path | None,
    answer_tokens: int,
    most: str | None,
    dry_run: bool,
    train: bool,
    yes: bool,
    data: Path | None,
    as_of: date | None,
) -> None:
    """Get the rows for what takes over from MODEL, and write the plan of its training on open weights.

    `retrain` fetches the training file, `distil` lets the model answer --prompts while it still can. What it costs is
    shown first, and the ceiling holds. An interrupted run goes on with the same command; no answer is paid for twice.
    Training itself begins with --train or later by `advisor tune start`; `advisor prove` shows whether the new model is
    as good.

    \b
    Example:
      advisor rescue start ft:gpt-4o:acme::abc --list models.csv --out rescue/
    """
    from advisor.rescue.ground import load_ground, load_rescue_rules
    from advisor.rescue.rescue_plan import rescue

    day = as_of or date.today()
    listed = inventory(from_api, file, cases, base_url, key_variable, data, day)
    found = rescue([one for one in listed.models if one.model == model], load_rescue_rules(), load_ground(day))
    if not found.plans:
        raise InputError(f"{model} is not in the inventory", what_to_do="`advisor rescue` lists what is")
    plan = found.plans[0]
    chosen = way or plan.advised
    option = next((one for one in plan.options if one.way == chosen and chosen != "prompt_or_rag"), None)
    if option is None:
        raise InputError(
            f"{plan.do} No rows are needed for that", what_to_do="--way retrain or --way distil starts a training"
        )
    if option.why_not:
        raise InputError(f"{chosen} is not open: {option.why_not}", what_to_do="take another --way")
    click.echo(f"{model}: {plan.life.state}, ends {plan.life.ends_on or 'on no day that is known'}; {chosen}", err=True)
    ceiling = usd_above_zero(most, "--spend-up-to")
    if not dry_run:
        out.mkdir(parents=True, exist_ok=True)
    if chosen == "retrain":
        rows = _fetched(plan, out, base_url, key_variable, dry_run=dry_run, yes=yes)
    else:
        rows = _collected(
            plan, out, prompts, base_url, key_variable, ceiling, answer_tokens, day, dry_run=dry_run, yes=yes
        )
    if rows is None:
        return
    case = cases[0] if cases else _case(plan, out, day)
    from advisor.cli.tune_plan import plan as tune_plan

    target = out / "plan.yaml"
    back_end = "lora"
    ctx.invoke(tune_plan, case=str(case), data=rows, back_end=back_end, model=option.model, out=target, as_of=as_of)
    if not train:
        click.echo(f"Train:  advisor tune start {target} --wait")
    click.echo(f"Prove:  advisor prove {case} --data {rows}   (before {plan.life.ends_on or 'you switch'})")
    if train:
        from advisor.cli.tune_start import start as tune_start

        ctx.invoke(tune_start, plan_file=target, yes=yes, wait=True, again=False, data=data)


def _fetched(
    plan: Plan, out: Path, base_url: str | None, key_variable: str, *, dry_run: bool, yes: bool
) -> Path | None:
    """The training file: as it lies here, or fetched from the host once."""
    from advisor.rescue.take_over import ROWS

    if plan.data.state == "local":
        click.echo(f"  rows: {plan.data.file}", err=True)
        return None if dry_run else Path(plan.data.file)
    click.echo(f"  fetches {plan.data.file}; nothing is paid for it", err=True)
    if dry_run:
        return None
    target = out / ROWS
    if target.is_file():
        click.echo(f"  {target} is there from before", err=True)
        return target
    if not yes and not click.confirm("Begin?", err=True):
        raise click.Abort
    from advisor.rescue.host_inventory import HostInventory

    write_whole(target, HostInventory(base_url, key_variable).fetch(plan.data.file))
    return target


def _collected(
    plan: Plan,
    out: Path,
    prompts: Path | None,
    base_url: str | None,
    key_variable: str,
    ceiling: Decimal | None,
    answer_tokens: int,
    day: date,
    *,
    dry_run: bool,
    yes: bool,
) -> Path | None:
    """The model's own answers to the prompts, as rows."""
    import tempfile

    from advisor.chat_client import ChatClient
    from advisor.rescue.take_over import ROWS, Collector, read_prompts

    if prompts is None:
        raise InputError("distilling needs prompts", where="--prompts", what_to_do="name a file of real requests")
    items = read_prompts(prompts)
    client = ChatClient(plan.model, base_url, key_variable)
    with tempfile.TemporaryDirectory() as scratch:
        folder = out if out.is_dir() else Path(scratch)
        collector = Collector(client, _prices(plan, day), folder, ceiling, answer_tokens)
        usd = collector.most_usd(items)
        free = "free" if usd == 0 else "its price is not known" if usd is None else f"${usd:.2f} at most"
        where = client.base_url or "OpenAI"
        click.echo(f"  asks {plan.model} at {where} {len(items):,} prompts: {free}", err=True)
        if dry_run:
            return None
        if usd is None:
            raise InputError(f"no price of {plan.base} is known, so no ceiling can be held",
                             what_to_do="add it with `advisor prices add`")  # fmt: skip
        if usd > 0 and ceiling is None:
            raise InputError("answers are paid for", where="--spend-up-to", what_to_do=f"allow up to {usd:.2f}")
        if usd > 0 and not yes and not click.confirm("Begin?", err=True):
            raise click.Abort
        done = collector.collect(items, lambda: None)
    click.echo(f"{out / ROWS}: {done.rows:,} answers, ${done.usd:.4f} spent now")
    if done.failed:
        why = done.first_error or "the ceiling was reached, or they were empty"
        click.echo(f"  {done.failed:,} are missing ({why}); the same command asks again", err=True)
    sys.stdout.flush()
    return out / ROWS


def _prices(plan: Plan, day: date) -> TokenPrices | None:
    """The prices of the tuned model, where both are known."""
    from advisor.evaluation.asked_model import TokenPrices
    from advisor.rescue.ground import load_ground
    from advisor.rescue.rescue_plan import TUNED, tuned_price

    ground = load_ground(day)
    try:
        into, out = (tuned_price(plan.usage, kind, ground) for kind in TUNED)
    except InputError:
        return None
    return TokenPrices(into.usd, out.usd, f"{into.source}, read {into.as_of}")


def _case(plan: Plan, out: Path, day: date) -> Path:
    """A case for the plan, where none is named."""
    from advisor.case import Case

    path = out / "case.yaml"
    if not path.exists():
        answers: dict[str, Answer] = {
            "task.description": f"What {plan.model} does today",
            "models.tuned_in_use": (plan.model,),
        }
        save_case(Case(f"What takes over from {plan.model}", "", day, answers), path)
    return path
