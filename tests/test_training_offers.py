"""What training on a data set costs at each provider, worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from advisor.cost.training_offers import training_offers
from advisor.files import load_life_cycle, load_pricebook

BOOK, LIFE_CYCLE, TODAY = load_pricebook(), load_life_cycle(), date(2026, 11, 21)


def offers(tokens: int, epochs: int, day: date = TODAY) -> dict[str, tuple[Decimal, str]]:
    """USD and limit by provider/model."""
    found = training_offers(BOOK, LIFE_CYCLE, day, tokens, epochs)
    assert [offer.usd for offer in found] == sorted(offer.usd for offer in found)
    return {f"{offer.price.provider}/{offer.price.model}": (offer.usd, offer.limit) for offer in found}


def test_tokens_times_epochs_times_price() -> None:
    """2,000,000 tokens x 3 epochs: Azure's gpt-4.1-mini at $5 is $30.00; Together's least charge of $4 counts."""
    found = offers(2_000_000, 3)
    assert found["azure/gpt-4.1-mini"] == (Decimal("30.00"), "")
    assert found["openai/gpt-4.1-mini-2025-04-14"][0] == Decimal("30.00")  # 6M x $5
    assert offers(1000, 1)["together/open-up-to-16b"][0] == Decimal("4.00")


def test_what_has_ended_is_left_out_and_what_closes_is_said() -> None:
    """babbage-002 ended on 2026-10-23; OpenAI's service is closed to newcomers."""
    assert "openai/babbage-002" not in offers(1_000_000, 1)
    assert "openai/babbage-002" in offers(1_000_000, 1, date(2026, 9, 1))
    assert offers(1_000_000, 1)["openai/gpt-4.1-mini-2025-04-14"][1].startswith("closed since 2026-05-07 to")


def test_pairs_have_prices_of_their_own() -> None:
    """Preference training is sold apart."""
    found = training_offers(BOOK, LIFE_CYCLE, TODAY, 1_000_000, 1, pairs=True)
    assert found and all(offer.price.kind == "train_dpo_lora" for offer in found)
