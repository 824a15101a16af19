"""What training on a data set costs at each provider that sells it by the token."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from advisor.cost.amount import CENT, WIDE
from advisor.cost.life_cycle import LifeCycle
from advisor.cost.price_book import Price, PriceBook

BY_EXAMPLES = ("train_sft", "train_sft_global", "train_sft_lora", "train_lora", "train_hosted")
BY_PAIRS = ("train_dpo_lora",)


class TrainingOffer(NamedTuple):
    """One provider's price for one model, and what all tokens cost at it, a job's least charge included."""

    price: Price
    least_usd: Decimal | None  # the least charge of a job, where there is one
    usd: Decimal
    limit: str  # who can no longer begin there, and when the model ends; empty where nothing is known

    @property
    def formula(self) -> str:
        """How `usd` was computed, in words."""
        least = f", at least ${self.least_usd} a job" if self.least_usd is not None else ""
        return f"tokens × epochs × ${self.price.usd}/1M{least}"


def training_offers(
    book: PriceBook, life_cycle: LifeCycle, day: date, tokens: int, epochs: int, *, pairs: bool = False
) -> tuple[TrainingOffer, ...]:
    """Every offer of `day` for training on `tokens` per epoch, cheapest first; for `pairs` those of preferences.

    Models that were shut down by then are left out.
    """
    kinds = BY_PAIRS if pairs else BY_EXAMPLES
    found: list[TrainingOffer] = []
    for price in book.on(day):
        if price.kind not in kinds or price.unit != "per_1m_tokens":
            continue
        model = f"{price.provider}/{price.model}"
        end = life_cycle.shutdown_of(model)
        if end and end.on <= day:
            continue
        closed = life_cycle.tuning_closed(price.provider, day, recent_user=False)
        limits = [
            *([f"closed since {closed.on} to {closed.who}"] if closed else []),
            *([f"the model ends on {end.on}"] if end else []),
        ]
        least = book.find("any", "minimum_charge", day, price.provider)
        usd = price.usd * tokens * epochs / 1_000_000
        least_usd = least.usd if least else None
        charged = usd if least_usd is None else max(usd, least_usd)
        found.append(TrainingOffer(price, least_usd, charged.quantize(CENT, context=WIDE), "; ".join(limits)))
    return tuple(sorted(found, key=lambda offer: (offer.usd, offer.price.id)))
