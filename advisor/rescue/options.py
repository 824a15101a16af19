"""What could take over from a tuned model: each way with money, time and memory from the estimates of the product."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from advisor.case import Case
from advisor.cost.amount import Range
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.decision.decide import completed
from advisor.decision.rulebook import RuleBook
from advisor.errors import InputError
from advisor.money import Market, worth_of
from advisor.question import Answer
from advisor.rescue.rescue_rules import RescueRules
from advisor.rescue.tuned_model import InUse
from advisor.training_choice import choose_training
from advisor.tuning.expected import expected
from advisor.tuning.plan import RangeOf

_CENT = Decimal("0.01")


class Priced(NamedTuple):
    """What options are priced with."""

    book: RuleBook
    market: Market
    knowledge: TrainingKnowledge
    day: date


class Collecting(NamedTuple):
    """Asking the old model for answers: how many, USD at most at its prices (None where none is known), and hours."""

    prompts: int
    usd: Decimal | None
    hours: float
    note: str


class Option(NamedTuple):
    """One way. `why_not` is "" where it is open; money is None with a reason in `notes` where it is not known."""

    way: str
    model: str
    why_not: str
    one_time_usd: Range | None = None
    monthly_usd: Range | None = None
    hours: RangeOf | None = None
    memory: RangeOf | None = None
    collecting: Collecting | None = None
    notes: tuple[str, ...] = ()


def options_of(one: InUse, life: str, replacement: str, rules: RescueRules, ground: Priced) -> tuple[Option, ...]:
    """Tune again, distil, or a newer model with a prompt or retrieval."""
    open_model = ground.market.life_cycle.newest_open_model(rules.open_class, ground.day)
    student = open_model.id if open_model else ""
    no_rows = "" if one.data.state in ("fetchable", "local") else f"its training data: {one.data.why}"
    dead = "it answers no more" if life == "dead" else ""
    distil = _tuned("distil", "distil", student, dead, one, rules, ground)
    return (
        _tuned("retrain", "fine_tune", student, no_rows, one, rules, ground),
        distil._replace(collecting=None if dead else _collecting(one, rules, ground)),
        _prompted(one, replacement, ground),
    )


def _tuned(
    way: str, approach: str, student: str, why_not: str, one: InUse, rules: RescueRules, ground: Priced
) -> Option:
    notes: list[str] = []
    rows = one.examples or int(rules.figures["rows"])
    if one.examples is None:
        notes.append(f"{rows:,} rows are assumed, since their number is not known")
    length = _tokens_a_request(one, rules)
    memory = hours = None
    try:
        memory, hours = expected(
            ground.knowledge, "lora", student, rules.training_card, rows, length, rows * length,
            int(rules.figures["epochs"]),
        )  # fmt: skip
    except InputError as error:
        notes.append(error.problem)
    once, monthly = _money(approach, {"models.to_tune": student, "data.examples": rows}, one, ground, notes)
    return Option(way, student, why_not, once, monthly, hours, memory, None, tuple(notes))


def _prompted(one: InUse, replacement: str, ground: Priced) -> Option:
    notes: list[str] = []
    if not replacement:
        notes.append("no replacement is named by its provider; a usual model is priced")
    answers: dict[str, Answer] = {"models.base": replacement} if replacement else {}
    once, monthly = _money("rag", answers, one, ground, notes)
    return Option("prompt_or_rag", replacement or "a newer model", "", once, monthly, None, None, None, tuple(notes))


class _Money(NamedTuple):
    one_time: Range | None
    monthly: Range | None


def _money(approach: str, answers: dict[str, Answer], one: InUse, ground: Priced, notes: list[str]) -> _Money:
    """Once, with the people that it takes; monthly only where the use is known."""
    given: dict[str, Answer] = {**answers, "tried.prompt": "exhausted"}
    if one.requests:
        given["traffic.requests_per_month"] = one.requests
        for name, tokens in (("traffic.input_tokens", one.input_tokens), ("traffic.output_tokens", one.output_tokens)):
            if tokens is not None:
                given[name] = max(1, tokens // one.requests)
    case = Case(one.model, "", ground.day, given)
    training = choose_training(
        ground.book, completed(ground.book, case), ground.market.life_cycle, ground.day, approach
    )
    try:
        worth = worth_of(case, ground.market, ground.day, approach, training)
    except InputError as error:
        notes.append(f"not priced: {error.problem}")
        return _Money(None, None)
    if not one.requests:
        notes.append("monthly cost is not known without its requests a month")
    return _Money(worth.one_time_usd, worth.monthly_usd if one.requests else None)


def _collecting(one: InUse, rules: RescueRules, ground: Priced) -> Collecting:
    prompts = int(rules.figures["distil_prompts"])
    hours = prompts / rules.figures["requests_per_minute"] / 60
    tokens = _tokens_a_request(one, rules)
    written = int(tokens * rules.figures["answer_share"])
    if one.requests and one.output_tokens is not None:
        written = max(1, one.output_tokens // one.requests)
    provider = ground.market.life_cycle.provider_of(one.model)
    prices = [
        ground.market.prices.find(one.name.base, kind, ground.day, provider)
        for kind in ("ft_infer_input", "ft_infer_output")
    ]
    into, out = prices
    if into is None or out is None:
        return Collecting(prompts, None, hours, f"no price of tuned {one.name.base} is known")
    each = max(0, tokens - written) * into.usd + written * out.usd
    note = f"about {tokens:,} tokens each, {written:,} of them written; ${into.usd:f} and ${out.usd:f} for 1M"
    return Collecting(prompts, (prompts * each / 1_000_000).quantize(_CENT), hours, note)


def _tokens_a_request(one: InUse, rules: RescueRules) -> int:
    known: Sequence[int] = [tokens for tokens in (one.input_tokens, one.output_tokens) if tokens is not None]
    total = sum(known) if len(known) == 2 else one.tokens
    if total and one.requests:
        return max(1, round(total / one.requests))
    return int(rules.figures["row_tokens"])
