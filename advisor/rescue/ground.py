"""What a rescue rests on, as shipped."""

from __future__ import annotations

from datetime import date

from advisor.files import content, load_documents, load_market, load_rulebook, load_training_knowledge
from advisor.random_draws import even_sampling
from advisor.rescue.options import Priced
from advisor.rescue.rescue_rules import RescueRules, build_rescue_rules


def load_rescue_rules() -> RescueRules:
    """The shipped rules, checked. Raises RuleBookError with file:line."""
    path = content("rules") / "rescue.yaml"
    return load_documents({"rescue": path}, lambda documents: build_rescue_rules(documents["rescue"]))


def load_ground(day: date) -> Priced:
    """Rules, prices and life cycles for a day."""
    market = load_market()._replace(sampling=even_sampling(whole=False))
    return Priced(load_rulebook(), market, load_training_knowledge(), day)
