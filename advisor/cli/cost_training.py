"""`advisor cost training`: memory, time and fitting cards of one run, or of a table of runs."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from advisor.cli.case_options import Day
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.cost.training_run import TrainingRun
from advisor.cost.training_run_reader import UNKNOWN, run_from_cells
from advisor.errors import InputError
from advisor.files import load_pricebook, load_training_knowledge, read_bytes, write_whole

_NUMBERS: Final = ("params_b", "rank", "micro_batch", "grad_accum", "length", "gpus", "tokens", "epochs")
_TYPED: Final = click.core.ParameterSource.COMMANDLINE


@click.command()
@click.option("--model", help="Model in any spelling, such as hf/meta-llama/Llama-3.1-8B.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="The model's config.json, if unlisted.")
@click.option("--params-b", help="Billions of parameters, if the model is not listed.")
@click.option("--method", help="lora, qlora or full.")
@click.option("--quant", help="How the frozen weights are kept: bf16, nf4, nf4-dq, gptq, int8.")
@click.option("--rank", default="16", show_default=True, help="Rank of the adapter.")
@click.option(
    "--targets", default="all", show_default=True, help="Adapted matrices: all, attention, or a list such as q,v."
)
@click.option("--micro-batch", default="1", show_default=True, help="Examples on one GPU in one forward pass.")
@click.option("--grad-accum", default="8", show_default=True, help="Micro-batches before one optimiser step.")
@click.option(
    "--length", default="2048", show_default=True, help="Tokens of the longest example in a batch (padded length)."
)
@click.option(
    "--checkpointing/--no-checkpointing", default=True, show_default=True, help="Recompute activations to save memory."
)
@click.option("--flash/--no-flash", default=True, show_default=True, help="Flash attention (or PyTorch's own).")
@click.option(
    "--optimizer",
    default="adamw",
    show_default=True,
    help="adamw, adamw_8bit, paged_adamw_8bit, adafactor, lion or sgd.",
)
@click.option(
    "--framework", help="Such as TRL, LLaMA-Factory, Unsloth, torchtune, litgpt; with DeepSpeed ZeRO-3, FSDP."
)
@click.option("--gpu", help="Card in any spelling; without it every card that fits is shown.")
@click.option("--gpus", default="1", show_default=True, help="Number of cards.")
@click.option("--tokens", help="Tokens of the data set, once.")
@click.option("--epochs", default="1", show_default=True, help="Times through the data set.")
@click.option("--batch", "table", type=click.Path(path_type=Path), help="CSV of runs; see docs/training-estimate.md.")
@click.option("--out", type=click.Path(path_type=Path), help="Where the CSV with the estimates is written.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--as-of", type=Day(), help="Day whose GPU prices are taken; default: today.")
def training(
    config_file: Path | None,
    table: Path | None,
    out: Path | None,
    form: str,
    as_of: date | None,
    checkpointing: bool,
    flash: bool,
    **given: str | None,
) -> None:
    """Estimate memory and time of training a model, with ranges, on every GPU that holds it.

    \b
    Examples:
      advisor cost training --model Llama-3.1-8B --method qlora --gpu "RTX 4090"
      advisor cost training --batch runs.csv --out estimates.csv

    What is not given is taken as usual, said so, and makes the range wider. P10 to P90 is the range in which four of
    five runs should end. Memory is GiB per GPU at the allocator's peak; tokens per second are over all GPUs.
    """
    knowledge = load_training_knowledge()
    if table or out:
        source = click.get_current_context().get_parameter_source
        _estimate_table(table, out, knowledge, [name for name in given if source(name) is _TYPED])
        return
    cells = {
        "model_arch": given["model"],
        "params_b": given["params_b"],
        "method": given["method"],
        "quant": given["quant"],
        "lora_rank": given["rank"],
        "lora_targets": given["targets"],
        "micro_batch": given["micro_batch"],
        "grad_accum": given["grad_accum"],
        "seq_len": given["length"],
        "grad_ckpt": "yes" if checkpointing else "no",
        "flash_attn": "yes" if flash else "no",
        "optimizer": given["optimizer"],
        "framework": given["framework"],
        "gpu": given["gpu"],
        "num_gpus": given["gpus"],
        "dataset_tokens": given["tokens"],
        "epochs": given["epochs"],
    }
    for name, value in given.items():
        if value is not None and value.strip().lower() in UNKNOWN:
            option = f"--{name.replace('_', '-')}"
            raise InputError(f'"{value[:20]}" says nothing', where=option, what_to_do="give a value, or leave it out")
        if value is not None and name in _NUMBERS and not any(sign.isdigit() for sign in value):
            option = f"--{name.replace('_', '-')}"
            raise InputError(f'"{value[:20]}" is no number', where=option, what_to_do="give a number")
    if given["method"] is None:
        raise InputError("the method is not given", where="--method", what_to_do="give lora, qlora or full")
    run = _run({name: value or "" for name, value in cells.items()}, config_file, knowledge)
    if given["gpu"] and run.gpu is None:
        raise _no_such_card(given["gpu"], knowledge)
    from advisor.cost.card_prices import card_prices
    from advisor.cost.training_estimate import estimate_training

    prices = card_prices(load_pricebook(), knowledge, as_of or date.today())
    estimate = estimate_training(run, knowledge, {name: price.usd for name, price in prices.items()})
    from advisor.report.training import training_record, training_text

    if form == "json":
        click.echo(json.dumps(training_record(run, estimate), indent=2))
    else:
        click.echo(training_text(run, estimate, knowledge, prices))


def _run(cells: dict[str, str], config_file: Path | None, knowledge: TrainingKnowledge) -> TrainingRun:
    if config_file is None:
        return run_from_cells(cells, knowledge)
    from advisor.cost.model_shape import name_key, shape_from_config

    shape = shape_from_config(_config(config_file), str(config_file))
    name = cells["model_arch"] or str(config_file)
    return run_from_cells(
        {**cells, "model_arch": name}, knowledge._replace(shapes={**knowledge.shapes, name_key(name): shape})
    )


def _config(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(read_bytes(path))
    except ValueError as error:
        raise InputError(f"this is no JSON: {error}", where=str(path), what_to_do="give the config.json") from None
    if not isinstance(value, dict):
        raise InputError("this is no config.json of a model", where=str(path), what_to_do="give the config.json")
    return value


def _estimate_table(table: Path | None, out: Path | None, knowledge: TrainingKnowledge, given: list[str]) -> None:
    from advisor.cost.training_batch import estimated_table

    if table is None or out is None:
        missing = "--batch" if table is None else "--out"
        raise InputError(f"{missing} is missing", where="--out" if table is None else "--batch", what_to_do="give both")
    if given:
        option = f"--{given[0].replace('_', '-')}"
        raise InputError(f"{option} says nothing beside a table", where=option, what_to_do="write it into the table")
    try:
        text = read_bytes(table).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the table is not UTF-8", where=str(table), what_to_do="save it as UTF-8") from None
    result = estimated_table(text, str(table), knowledge)
    write_whole(out, result)
    rows = result.count("\n") - 1
    click.echo(f"{out}: {rows} lines written")


def _no_such_card(name: str, knowledge: TrainingKnowledge) -> InputError:
    from advisor.question import nearest

    names = [card.name for card in knowledge.cards]
    return InputError(
        f"{name[:60]} is not a card in the table{nearest(name, names)}",
        where="--gpu",
        what_to_do=f"name one of {', '.join(names[:12])}, ...",
    )
