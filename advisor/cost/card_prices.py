"""What an hour of each card of the data sheets costs on a day: the middle one of the on-demand offers."""

from collections.abc import Mapping
from datetime import date

from advisor.cost.price_book import Price, PriceBook
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.cost.training_run_reader import find_card


def card_prices(book: PriceBook, knowledge: TrainingKnowledge, day: date) -> Mapping[str, Price]:
    """The median on-demand offer on `day` by the card's name; cards that nobody offers are left out.

    Spot offers and parts of a card are no offers of an hour that one can count on; assumed prices are left out.
    """
    offers: dict[str, list[Price]] = {}
    for price in book.gpu_prices(day):
        card = find_card(price.model, knowledge)
        if card and not price.assumption and "spot" not in price.provisioning and "/" not in price.model:
            offers.setdefault(card.name, []).append(price)
    return {name: found[len(found) // 2] for name, found in offers.items()}
