"""What a training run is expected to take: dollars at a host, memory and time on one's own machine."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.cost.price_book import Price
from advisor.cost.training_estimate import on_card
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.cost.training_memory import memory_range
from advisor.cost.training_run_reader import find_card, run_from_cells
from advisor.derived import params_in_name
from advisor.errors import InputError, PriceMissingError
from advisor.money import Market
from advisor.tuning.hosts import TuningHost
from advisor.tuning.plan import CostRange, RangeOf

# Seconds for the linear head with cross-validation, for a run and for each row; assumption, from runs on 40 rows and on
# 5,485 news wires on one core: P10, P50, P90.
LINEAR_SECONDS: Final = ((0.2, 0.0001), (1.0, 0.0003), (4.0, 0.003))


def host_cost(market: Market, host: TuningHost, day: date, model: str, tokens: int) -> CostRange:
    """What the host takes. Raises PriceMissingError: a missing price is never nothing."""
    price = _price(market, host, day, model)
    usd = (price.usd * tokens / 1_000_000).quantize(Decimal("0.01"))
    least = market.prices.find("any", "minimum_charge", day, price.provider)
    formula = f"{tokens:,} tokens × ${price.usd}/1M"
    if least and usd < least.usd:
        usd, formula = least.usd, f"{formula}, at least ${least.usd} a job"
    # Hosts count a few tokens more around messages than the tokenizer: assumption, up to 5 %.
    return CostRange(
        p10=usd,
        p50=usd,
        p90=(usd * Decimal("1.05")).quantize(Decimal("0.01")),
        usd_per_mtok=price.usd,
        least_usd=least.usd if least else Decimal(0),
        formula=formula,
        source=f"{price.id}, read {price.as_of}: {price.source}",
    )


def _price(market: Market, host: TuningHost, day: date, model: str) -> Price:
    book = market.prices
    if not host.provider:
        raise PriceMissingError(
            f"no price is known at {host.id}", what_to_do="add the host and its price: `advisor prices add`"
        )
    size = params_in_name(model)
    for kind in host.price_kinds:
        found = book.find(model, kind, day, host.provider)
        if found:
            return found
        by_size = (
            [price for price in book.for_open_model(kind, size, day) if price.provider == host.provider] if size else []
        )
        if by_size:
            return by_size[0]
    raise PriceMissingError(
        f"no price is known for training {model} at {host.id} on {day}",
        what_to_do="`advisor prices list --kind train_sft` names those that are; `advisor prices add` adds one",
    )


class Expected(NamedTuple):
    """What a run on this machine is expected to take; None where nothing can be said."""

    memory: RangeOf | None = None
    time: RangeOf | None = None


def expected(
    knowledge: TrainingKnowledge,
    back_end: str,
    model: str,
    gpu: str | None,
    rows: int,
    length: int,
    tokens: int,
    epochs: int,
) -> Expected:
    """Memory and time; `length` is that of a long row in tokens. Raises InputError where the card is too small."""
    if back_end == "linear":
        low, middle, high = (round(once + rows * each, 1) for once, each in LINEAR_SECONDS)
        because = "0.2 to 4 s and 0.1 to 3 ms a row on one core; assumption"
        return Expected(None, RangeOf(unit="seconds", p10=low, p50=middle, p90=high, because=because))
    if back_end == "openai_api":
        return Expected()
    name = model.removeprefix("hf/")
    cells = {
        "model_arch": name,
        "params_b": f"{params_in_name(name) or ''}",
        "method": "lora",
        "seq_len": str(max(64, -(-length // 64) * 64)),
        "gpu": gpu or "",
        "dataset_tokens": str(tokens),
        "epochs": str(epochs),
        "micro_batch": "1",
    }
    try:
        run = run_from_cells(cells, knowledge)
    except InputError:
        return Expected()
    needs = memory_range(run, knowledge)
    because = "estimate for LoRA: docs/training-estimate.md"
    memory = RangeOf(unit="GiB", p10=needs.p10_gib, p50=needs.p50_gib, p90=needs.p90_gib, because=because)
    card = find_card(gpu, knowledge) if gpu else None
    if card is None:
        return Expected(memory)
    found = on_card(run, knowledge, needs)
    if found.hours is None:
        raise InputError(
            f"{card.name} cannot hold this run, which needs {needs.p10_gib:.1f} to {needs.p90_gib:.1f} GiB",
            where="--gpu",
            what_to_do="take a smaller model or a larger card; `advisor cost training` compares them",
        )
    p10, p50, p90 = found.hours
    return Expected(memory, RangeOf(unit="hours", p10=p10, p50=p50, p90=p90, because=f"{because}, on {card.name}"))
