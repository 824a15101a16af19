"""`advisor tune plan`: what would be trained, how, what it is expected to take, and what would leave the machine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import click

from advisor.cli.case_options import as_of_option, changed_case, day_of, set_option
from advisor.cli.tune_store import learned
from advisor.cli.usd import usd_above_zero
from advisor.errors import InputError
from advisor.files import load_market, load_rulebook
from advisor.tuning.plan import BackEnd, RangeOf, TunePlan, write_plan


@click.command()
@click.argument("case", type=click.Path(allow_dash=True))
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The rows to train on.")
@click.option(
    "--backend",
    "back_end",
    type=click.Choice(["linear", "lora", "openai_api", "export"]),
    help="Where and how it is trained; default: what the recommendation points to.",
)
@click.option("--base-url", help="Address of an OpenAI-compatible host, for openai_api.  [default: OpenAI]")
@click.option("--model", help="The model to train; default: the recommended one.")
@click.option("--gpu", help='Your card, such as "RTX 4090": then time and fit are estimated.')
@click.option("--suffix", default="", help="A word in the name of the tuned model.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same model.")
@click.option("--spend-up-to", "most", metavar="USD", help="A hard ceiling for what a host may take.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("plan.yaml"), show_default=True, help="Where it is written."
)
@as_of_option
@set_option
def plan(
    case: str,
    data: Path,
    back_end: BackEnd | None,
    base_url: str | None,
    model: str | None,
    gpu: str | None,
    suffix: str,
    seed: int,
    most: str | None,
    out: Path,
    as_of: date | None,
    changes: tuple[str, ...],
) -> None:
    """Plan a training run for CASE on a data file; nothing is uploaded or trained yet.

    The plan says which model is trained by which method with which settings and why, how many tokens, what memory, time
    and dollars are expected, and what leaves this machine. A data set with blocking findings stops here, and so does
    one with personal data that would be uploaded. Read it, then run it with `advisor tune start`.
    """
    from advisor.tuning.case_plan import plan_for
    from advisor.tuning.planning import Wanted

    if base_url and back_end not in (None, "openai_api"):
        raise InputError(f"{back_end} needs no host", where="--base-url", what_to_do="leave it out")
    book = load_rulebook()
    checked = changed_case(case, changes, book.questions)
    ceiling = usd_above_zero(most, "--spend-up-to")
    wanted = Wanted("openai_api" if base_url else back_end, model, base_url, gpu, seed, suffix, ceiling)
    made = plan_for(checked, book, load_market(), day_of(checked, as_of), data, wanted, learned())
    write_plan(made, out)
    for line in plan_lines(made):
        click.echo(line)
    click.echo(f"{out}: {made.run}")


def plan_lines(plan: TunePlan) -> Iterator[str]:
    """A plan in lines to read: what is trained how, what it takes, what leaves this machine."""
    yield f"{plan.back_end}: {plan.base_model}, {plan.method}"
    yield f"  why: {plan.base_model_why}"
    yield f"  data: {plan.data.file}, {plan.data.rows:,} rows, {plan.training_tokens:,} tokens to train on"
    if plan.data.validation:
        yield f"  validation: {plan.data.validation.file}, {plan.data.validation.rows:,} rows of the same split"
    for name, setting in plan.hyperparameters.items():
        yield f"  {name}: {setting.value} ({setting.why})"
    for name, expected in (("memory", plan.memory), ("time", plan.time)):
        if expected:
            yield f"  {name}: {_range(expected)}"
    if plan.cost:
        ceiling = f"; ceiling ${plan.spend_up_to_usd}" if plan.spend_up_to_usd is not None else ""
        yield f"  cost: ${plan.cost.p50} (up to ${plan.cost.p90}) = {plan.cost.formula}{ceiling}"
        yield f"    {plan.cost.source}"
    for one in plan.learned:
        if one.kind == "tune_cost_usd":
            yield f"    {one.says}"
    for upload in plan.uploads:
        yield f"  leaves this machine: {upload.what}, to {upload.to}. {upload.note}"
    for note in plan.notes:
        yield f"  note: {note}"


def _range(expected: RangeOf) -> str:
    return f"{expected.p50:,.1f} {expected.unit} ({expected.p10:,.1f} to {expected.p90:,.1f}; {expected.because})"
