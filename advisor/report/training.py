"""The training estimate as text of 80 columns and as plain JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from advisor.cost.price_book import Price
from advisor.cost.training_estimate import OnCard, TrainingEstimate
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.cost.training_run import TrainingRun

_PARTS = {
    "weights": "model weights, with what is gathered from other GPUs",
    "adapter": "adapter weights and trained copies",
    "gradients": "gradients",
    "optimiser": "optimiser state and what its step needs",
    "activations": "activations kept for the backward pass",
    "logits": "logits and loss",
    "overhead": "workspaces, buckets, blocks lost between",
}


def training_text(
    run: TrainingRun, estimate: TrainingEstimate, knowledge: TrainingKnowledge, prices: Mapping[str, Price]
) -> str:
    """The estimate for a person: memory by part, cards, speed, hours, and everything that was assumed."""
    memory = estimate.memory
    lines = [
        f"{run.method.upper()} of {run.shape.id}: {run.shape.params / 1e9:.2f} billion parameters",
        f"  {run.micro_batch} x {run.length} tokens per GPU and step, x {run.grad_accum} accumulated, "
        f"{run.gpus} GPU{'s' if run.gpus > 1 else ''}",
        f"  weights {run.quantisation}, checkpointing {_on(run.checkpointing)}, flash attention {_on(run.flash)}, "
        f"{run.optimizer}",
        "",
        f"Memory per GPU: {memory.p50_gib:.1f} GiB, likely {memory.p10_gib:.1f} to {memory.p90_gib:.1f} "
        f"(P10 to P90); peak: {memory.parts.moment}",
    ]
    for name, meaning in _PARTS.items():
        value = getattr(memory.parts, name)
        if value >= 0.005:
            lines.append(f"  {value:8.2f}  {name:12} {meaning}")
    lines.append("")
    lines += _cards(run, estimate)
    lines += _dollars(run, estimate, prices)
    lines += ["", "Taken where nothing was given (each makes the range wider where it matters):"]
    for taken in run.assumptions:
        lines += _wrapped(f"{taken.input}: {taken.taken} ({taken.because})")
    if not run.assumptions:
        lines.append("  nothing")
    lines += ["", "Sources:"]
    lines += _wrapped(f"shape: {run.shape.source}")
    lines += _wrapped(f"framework: {run.stack.id} ({run.stack.source})")
    if run.gpu:
        lines += _wrapped(f"card: {run.gpu.source}")
    lines += _wrapped(
        f"range: spread of measured runs, {knowledge.spread[run.method].value:g} in log; formulas and constants: "
        "docs/training-estimate.md, pricing/training_constants.yaml"
    )
    return "\n".join(lines)


def _cards(run: TrainingRun, estimate: TrainingEstimate) -> list[str]:
    if run.gpu is None:
        return [
            *_table([found for found in estimate.cards if found.fits != "no"], "Cards that hold it"),
            *_none(estimate),
        ]
    here = next(found for found in estimate.cards if found.card == run.gpu)
    lines: list[str] = []
    if here.fits != "yes":
        smallest = estimate.smallest_card()
        verb = "cannot hold" if here.fits == "no" else "may not hold"
        instead = (
            f"the smallest card in the table that does is {smallest.card.name} ({smallest.card.memory_gib:g} GiB)"
            if smallest
            else "no card in the table does: use more GPUs with ZeRO-3 or FSDP, or 4 bits"
        )
        lines += textwrap.wrap(
            f"{here.card.name} ({here.card.memory_gib:g} GiB) {verb} this run, which needs "
            f"{estimate.memory.p10_gib:.1f} to {estimate.memory.p90_gib:.1f} GiB on each GPU; {instead}.",
            80,
        )
    if here.fits != "no":
        lines += _table([here], "On the card")
    larger = [found for found in estimate.cards if found.fits == "yes" and found.card != run.gpu]
    return [*lines, *([""] if larger else []), *(_table(larger, "Others that hold it") if larger else [])]


def _none(estimate: TrainingEstimate) -> list[str]:
    if any(found.fits != "no" for found in estimate.cards):
        return []
    return ["  none: use more GPUs with ZeRO-3 or FSDP, QLoRA, or a smaller micro-batch"]


def _table(found: list[OnCard], title: str) -> list[str]:
    lines = [f"{title + ':':22} fits   tokens/s  P10 to P90        hours  P10 to P90"]
    for one in sorted(found, key=lambda one: one.card.memory_gib):
        assert one.speed is not None
        speed = one.speed
        text = f"  {one.card.name:20} {one.fits:5} {_short(speed.tokens_per_s_p50):>9}  "
        text += f"{_short(speed.tokens_per_s_p10)} to {_short(speed.tokens_per_s_p90)}".ljust(16)
        if one.hours:
            text += f"{_short(one.hours.hours_p50):>7}  "
            text += f"{_short(one.hours.hours_p10)} to {_short(one.hours.hours_p90)}"
        lines.append(text.rstrip())
    old = [one.card.name for one in found if not one.card.bf16]
    if old:
        lines += _wrapped(f"without bf16, so fp16 with loss scaling is meant: {', '.join(old)}")
    return lines


def _dollars(run: TrainingRun, estimate: TrainingEstimate, prices: Mapping[str, Price]) -> list[str]:
    """The run in dollars on every card that holds it and has a price, cheapest first; the sources below."""
    priced = [found for found in estimate.cards if found.usd]
    if not priced:
        return []
    lines = ["", f"Dollars, the median offer on demand, {run.gpus} GPU{'s' if run.gpus > 1 else ''}:"]
    sources: dict[str, None] = {}
    for found in sorted(priced, key=lambda one: one.usd.usd_p50 if one.usd else 0):
        price, usd = prices[found.card.name], found.usd
        assert usd is not None
        sources.setdefault(f"{price.provider}, read {price.as_of}: {price.source}", None)
        spread = f"{_usd(usd.usd_p10)} to {_usd(usd.usd_p90)}"
        lines.append(
            f"  {found.card.name:18} {_usd(usd.usd_p50):>9}  {spread:<18} at {_usd(price.usd)} an hour, "
            f"{price.provider}"
        )
    for source in sources:
        lines += _wrapped(source)
    return lines


def training_record(run: TrainingRun, estimate: TrainingEstimate) -> dict[str, Any]:
    """The estimate as plain JSON; units are in the names."""
    memory = estimate.memory
    return {
        "schema": "advisor/training-estimate/v1",
        "model": run.shape.id,
        "params_b": round(run.shape.params / 1e9, 3),
        "method": run.method,
        "gpus": run.gpus,
        "memory_gib": {"p10": memory.p10_gib, "p50": memory.p50_gib, "p90": memory.p90_gib},
        "memory_parts_gib": memory.parts._asdict(),
        "gpu": run.gpu.name if run.gpu else None,
        "cards": [_card_record(found) for found in estimate.cards],
        "assumptions": [taken._asdict() for taken in run.assumptions],
        "sources": {
            "shape": run.shape.source,
            "framework": run.stack.source,
            "card": run.gpu.source if run.gpu else None,
            "constants": "pricing/training_constants.yaml",
        },
    }


def _card_record(found: OnCard) -> dict[str, Any]:
    speed, hours, usd = found.speed, found.hours, found.usd
    return {
        "gpu": found.card.name,
        "memory_gib": found.card.memory_gib,
        "fits": found.fits,
        "tokens_per_s": speed
        and {"p10": speed.tokens_per_s_p10, "p50": speed.tokens_per_s_p50, "p90": speed.tokens_per_s_p90},
        "hours": hours and {"p10": hours.hours_p10, "p50": hours.hours_p50, "p90": hours.hours_p90},
        "usd": usd and {"p10": str(usd.usd_p10), "p50": str(usd.usd_p50), "p90": str(usd.usd_p90)},
    }


def _usd(value: Decimal) -> str:
    return f"${value:,.2f}" if value < 1000 else f"${value:,.0f}"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, 80, initial_indent="  ", subsequent_indent="    ")


def _on(value: bool) -> str:
    return "on" if value else "off"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.3f}"
