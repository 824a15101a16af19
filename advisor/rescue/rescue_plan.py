"""The plan for each tuned model in use: how long it lives, what it costs, what could take over, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from advisor.cost.life_cycle import LifeCycle
from advisor.cost.price_book import Price
from advisor.errors import InputError, PriceMissingError
from advisor.rescue.options import Option, Priced, options_of
from advisor.rescue.rescue_calendar import Due, backwards, least_days
from advisor.rescue.rescue_rules import RescueRules
from advisor.rescue.tuned_model import InUse, TrainingData, Usd

CENT: Final = Decimal("0.01")
TUNED: Final = ("ft_infer_input", "ft_infer_output")


class Life(NamedTuple):
    """`state` is dead, too_short, ends, no_end_known or unknown; `days_left` is negative once it is over.

    `known_base` is false where neither price book nor life cycles know the base model.
    """

    state: str
    ends_on: date | None
    days_left: int | None
    replacement: str
    source: str
    note: str
    known_base: bool


class Plan(NamedTuple):
    """One model. `usd_a_month` is None where it is not known, and `usd_note` says why or by which prices."""

    model: str
    base: str
    organisation: str
    suffix: str
    provider: str
    life: Life
    usage: InUse
    usd_a_month: Usd | None
    usd_note: str
    data: TrainingData
    options: tuple[Option, ...]
    advised: str
    do: str
    why: str
    rule: str
    sources: tuple[str, ...]
    calendar: tuple[Due, ...]

    @property
    def start_by(self) -> date | None:
        """The first day of the usual calendar."""
        return self.calendar[0].begin_by if self.calendar else None


class Rescue(NamedTuple):
    """All plans, those first that end first; `notes` are of the inventory."""

    as_of: date
    life_cycle_read_on: date
    plans: tuple[Plan, ...]
    notes: tuple[str, ...]


def rescue(models: Sequence[InUse], rules: RescueRules, ground: Priced, notes: Sequence[str] = ()) -> Rescue:
    """A plan for each model. Money that is not known is None with the reason, never 0."""
    plans = [_plan(one, rules, ground) for one in models]
    plans.sort(key=lambda one: (one.life.ends_on or date.max, one.model))
    return Rescue(ground.day, ground.market.life_cycle.as_of, tuple(plans), tuple(notes))


def _plan(one: InUse, rules: RescueRules, ground: Priced) -> Plan:
    day, market, name = ground.day, ground.market, one.name
    life = life_of(one, market.life_cycle, rules, day, known=_is_known(name.base, ground))
    usd, note = _month(one, ground)
    if life.state == "dead":
        usd, note = None, "it answers no more"
    rule = rules.rule_for(life.state, one.data.state)
    days = [backwards(rules.calendar, life.ends_on)] if life.ends_on and life.ends_on > day else [()]
    return Plan(
        one.model,
        name.base,
        name.organisation,
        name.suffix,
        market.life_cycle.provider_of(one.model),
        life,
        one,
        usd,
        note,
        one.data,
        options_of(one, life.state, life.replacement, rules, ground),
        rule.advise,
        rules.texts[rule.advise],
        rule.why,
        rule.id,
        tuple(f"{source}: {rules.sources[source]}" for source in rule.source),
        days[0],
    )


def life_of(one: InUse, known_lives: LifeCycle, rules: RescueRules, day: date, *, known: bool) -> Life:
    """The host's own date holds; where the life cycles say another one, a note says so."""
    event = known_lives.shutdown_of(one.model)
    ends_on, source, note = (event.on, event.source, "") if event else (None, "", "")
    replacement = event.replacement if event else ""
    if one.host_says_on:
        if ends_on and ends_on != one.host_says_on:
            note = f"the life cycles of {known_lives.as_of} say {ends_on} ({source})"
        ends_on, source = one.host_says_on, one.source
    if ends_on is None:
        note = (
            f"no shutdown of {one.name.base} is in the life cycles of {known_lives.as_of}"
            if known
            else f"{one.name.base} is a model that is not known here: ask its host when it ends"
        )
        return Life("no_end_known" if known else "unknown", None, None, "", "", note, known)
    left = (ends_on - day).days
    state = "dead" if left <= 0 else "too_short" if left < least_days(rules.calendar) else "ends"
    return Life(state, ends_on, left, replacement, source, note, known or event is not None)


def _is_known(base: str, ground: Priced) -> bool:
    services = {service.model for service in ground.market.life_cycle.services}
    return base in services or ground.market.prices.sells(base, TUNED[0])


class _Month(NamedTuple):
    usd: Usd | None
    note: str


def _month(one: InUse, ground: Priced) -> _Month:
    """A month of use at the tuned model's prices."""
    try:
        into, out = (tuned_price(one, kind, ground) for kind in TUNED)
    except InputError as error:
        return _Month(None, error.problem)
    prices = f"${into.usd:f} in and ${out.usd:f} out for 1M tokens, read {into.as_of}: {into.source}"
    if one.input_tokens is not None and one.output_tokens is not None:
        usd = ((one.input_tokens * into.usd + one.output_tokens * out.usd) / 1_000_000).quantize(CENT)
        return _Month(Usd(usd, usd), prices)
    total = one.tokens
    if total is None:
        missing = "its use is not given" if one.input_tokens is None else "its output tokens are not given"
        return _Month(None, f"{missing}; {prices}")
    ends = sorted(total * price.usd / 1_000_000 for price in (into, out))
    return _Month(Usd(*(end.quantize(CENT) for end in ends)), f"from all read to all written; {prices}")


def tuned_price(one: InUse, kind: str, ground: Priced) -> Price:
    """What a million tokens of the tuned model cost on the day. Raises PriceMissingError."""
    provider = ground.market.life_cycle.provider_of(one.model)
    if provider == "other":
        raise PriceMissingError(f"no price of {one.model} is known")
    return ground.market.prices.price_on(one.name.base, kind, ground.day, provider)
