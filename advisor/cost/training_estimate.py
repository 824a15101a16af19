"""One answer from memory and time: what a run needs, which cards hold it, how long it takes on each, and what it costs.

Prices are an argument: a mapping from the card's name in `pricing/gpu_cards.yaml` to USD per GPU hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from advisor.cost.training_knowledge import GpuCard, TrainingKnowledge
from advisor.cost.training_memory import MemoryRange, memory_range
from advisor.cost.training_run import TrainingRun
from advisor.cost.training_time import HoursRange, SpeedRange, hours_range, speed_range


class OnCard(NamedTuple):
    """The run on one card. `fits` is yes (P90 fits), tight (P10 fits) or no; without a fit there is no time."""

    card: GpuCard
    fits: str
    speed: SpeedRange | None
    hours: HoursRange | None
    usd: UsdRange | None


class UsdRange(NamedTuple):
    """US dollars for the GPUs of one run."""

    usd_p10: Decimal
    usd_p50: Decimal
    usd_p90: Decimal


class TrainingEstimate(NamedTuple):
    """Memory per GPU, and the run on every card in the order of `pricing/gpu_cards.yaml`."""

    memory: MemoryRange
    cards: tuple[OnCard, ...]

    def smallest_card(self) -> OnCard | None:
        """The card with the least memory on which P90 fits; None where there is none."""
        fitting = [found for found in self.cards if found.fits == "yes"]
        return min(fitting, key=lambda found: found.card.memory_gib, default=None)


def estimate_training(
    run: TrainingRun,
    knowledge: TrainingKnowledge,
    usd_per_gpu_hour: Mapping[str, Decimal],
) -> TrainingEstimate:
    """What `run` needs and takes on every card; hours where its tokens are known, dollars where a card has a price."""
    memory = memory_range(run, knowledge)
    found = tuple(
        on_card(run._replace(gpu=card), knowledge, memory, usd_per_gpu_hour.get(card.name)) for card in knowledge.cards
    )
    return TrainingEstimate(memory, found)


def on_card(
    run: TrainingRun, knowledge: TrainingKnowledge, memory: MemoryRange, usd_per_gpu_hour: Decimal | None = None
) -> OnCard:
    """`run`, which needs `memory`, on its own card. Raises InputError where it has none."""
    assert run.gpu is not None
    held = fits(memory, run.gpu, knowledge)
    if held == "no":
        return OnCard(run.gpu, held, None, None, None)
    speed = speed_range(run, knowledge)
    hours = hours_range(run, knowledge, run.dataset_tokens, run.epochs) if run.dataset_tokens else None
    usd = None
    if hours and usd_per_gpu_hour is not None:
        each = usd_per_gpu_hour * run.gpus
        usd = UsdRange(*((Decimal(repr(value)) * each).quantize(Decimal("0.01")) for value in hours))
    return OnCard(run.gpu, held, speed, hours, usd)


def fits(memory: MemoryRange, card: GpuCard, knowledge: TrainingKnowledge) -> str:
    """Whether `card` holds the run: yes where P90 fits beside the CUDA context, tight where P10 does, no otherwise."""
    room = card.memory_gib - knowledge.memory["context_gib"].value
    if memory.p90_gib <= room:
        return "yes"
    return "tight" if memory.p10_gib <= room else "no"
