"""Pay-back of tuned arms from what a proof measured."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from advisor.evaluation.proof import ArmResult, Proof, Score
from advisor.evaluation.proof_money import _effect, money_of
from advisor.files import content, load_case, load_market, load_rulebook
from tests.proof_files import small_proof

DAY = date(2026, 11, 21)
BASE = small_proof().proof


def proof_of(value: float) -> Proof:
    """A proof with one tuned arm."""
    score = Score(metric=BASE.metric, value=value, low=value - 0.05, high=value + 0.05)
    arm = ArmResult(name="mine", kind="tuned", what="", ran=True, scores=(score,))
    return BASE.model_copy(update={"arms": (arm,)})


def test_the_measured_effect_moves_the_payback() -> None:
    """Of 40 % wrong answers 0.9 turns three quarters right; a better arm pays back sooner, none without a value."""
    case = load_case(content("examples") / "iot-log-classifier.yaml")
    case = case.with_answers({"success.baseline": Decimal("0.6"), "economics.value_per_success_usd": Decimal("0.5")})
    factor = _effect(proof_of(0.9).arms[0], proof_of(0.9), case)
    assert (factor.low, factor.middle, factor.high) == (Decimal("0.625"), Decimal("0.75"), Decimal("0.875"))
    assert factor.source == f"measured in {BASE.run}"
    book, market = load_rulebook(), load_market()
    good, weak = (money_of(case, book, market, DAY, proof_of(value))["mine"].months for value in (0.9, 0.7))
    assert good is not None and weak is not None and good < weak
    worthless = load_case(content("examples") / "iot-log-classifier.yaml")
    answers = {name: value for name, value in worthless.answers.items() if not name.startswith("economics.")}
    assert money_of(worthless._replace(answers=answers), book, market, DAY, proof_of(0.9)) == {}
