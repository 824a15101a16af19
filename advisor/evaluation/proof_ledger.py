"""What is foreseen of a proof, and what it took and showed: kept in the ledger of predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.case import Case
from advisor.cost.amount import Factor
from advisor.cost.case_factors import CaseFactors
from advisor.cost.returns import share_turned_right
from advisor.cost.training_cost import TENTH_OF_DRAWS
from advisor.evaluation.arm import Arm, Expected
from advisor.evaluation.proof import ArmResult, Proof
from advisor.ledger.correction import Correction, corrected, in_words, nothing_learned
from advisor.ledger.entry import Spread
from advisor.ledger.kept import Foreseen, load_ledger_rules
from advisor.money import Market

COST: Final = "prove_cost_usd"
TIME: Final = "prove_time_seconds"
UPLIFT: Final = "quality_uplift"
APPROACHES: Final = {"tuned": "fine_tune", "tuned_rag": "fine_tune_rag"}


class ForeseenProof(NamedTuple):
    """Ranges for the answers that are not kept already; None where there is nothing to pay or to wait for.

    `says` is what the ledger changed, a sentence each.
    """

    answers: int
    usd: Foreseen | None
    seconds: Foreseen | None
    says: tuple[str, ...]

    @property
    def ranges(self) -> list[Foreseen]:
        """Those that there are."""
        return [one for one in (self.usd, self.seconds) if one is not None]


def foreseen_of(expected: Iterable[Expected], ledger: Mapping[str, Correction]) -> ForeseenProof:
    """The ranges of a whole proof, with what earlier proofs taught."""
    arms = list(expected)
    prices = [one.usd for one in arms]
    usd = None if None in prices else sum((one for one in prices if one is not None), Decimal(0))
    seconds = sum(one.seconds for one in arms)
    says: list[str] = []

    def ranged(kind: str, estimate: float) -> Foreseen | None:
        if estimate <= 0:
            return None
        rule = load_ledger_rules().kinds[kind]
        found = ledger.get(kind) or nothing_learned(kind)
        raw = rule.around(estimate)
        if words := in_words(found, rule):
            says.append(f"{rule.what}: {words}")
        return Foreseen(kind, corrected(raw, rule, found), raw)

    cost, time = ranged(COST, float(usd or 0)), ranged(TIME, seconds)
    return ForeseenProof(sum(one.items for one in arms), cost, time, tuple(says))


def foreseen_uplift(arms: Iterable[Arm], case: Case, market: Market, day: date) -> Mapping[str, Foreseen]:
    """For each tuned arm the share of wrong answers that published results let expect it to turn right."""
    found = {}
    for arm in arms:
        approach = APPROACHES.get(arm.kind)
        if approach is not None:
            effect = share_turned_right(CaseFactors(case, market.prices, day, market.elsewhere), approach)
            spread = _spread(effect)
            found[arm.name] = Foreseen(UPLIFT, spread, spread)
    return found


def uplift(proof: Proof) -> Mapping[str, float]:
    """The share of the wrong answers without training that each tuned arm turned right; empty without that baseline."""
    values = {arm.name: _value(arm, proof.metric) for arm in proof.arms if arm.ran and arm.scores}
    before = values.get("zero_shot")
    if before is None or before >= 1 or proof.is_partial:
        return {}
    return {
        arm.name: (values[arm.name] - before) / (1 - before)
        for arm in proof.arms
        if arm.kind in APPROACHES and arm.name in values
    }


def _value(arm: ArmResult, metric: str) -> float:
    return next((score.value for score in arm.scores if score.metric == metric), 0.0)


def _spread(effect: Factor) -> Spread:
    down, up = effect.middle - effect.low, effect.high - effect.middle
    ends = (effect.middle - TENTH_OF_DRAWS * down, effect.middle, effect.middle + TENTH_OF_DRAWS * up)
    return Spread(*map(float, ends))
