"""Which life-cycle events a recommendation shows, and what each means on the day."""

from __future__ import annotations

from datetime import date

from advisor.case import Case
from advisor.cost.life_cycle import Event, LifeCycle
from advisor.derived import is_recent_user, named_models
from advisor.record import LifeCycleEvent


def life_cycle_events(
    case: Case, life_cycle: LifeCycle, as_of: date, technique: str | None
) -> tuple[LifeCycleEvent, ...]:
    """Shutdowns of the models named in `case`; where something is trained, the state of hosted tuning as well."""
    models = named_models(case)
    events = [_shutdown(model, event, as_of) for model in models if (event := life_cycle.shutdown_of(model))]
    named = case.given("models.to_tune")
    open_weights = named is not None and life_cycle.provider_of(str(named)) == "open_weights"
    if technique and not open_weights and case.given("constraints.data_may_leave") != "on_premises":
        events += _hosted_tuning(case, life_cycle, as_of)
    return tuple(dict.fromkeys(events))


def _shutdown(model: str, event: Event, as_of: date) -> LifeCycleEvent:
    days = event.days_left(as_of)
    effect = f"{model} has {days} days left" if days > 0 else f"{model} was shut down {-days} days ago"
    if model.startswith("ft:"):
        effect += ", since a tuned model ends with its base"
    effect += f"; the provider names {event.replacement} as its replacement." if event.replacement else "."
    return LifeCycleEvent(model, event.event, event.on, days, f"{effect} {event.note}".strip(), event.source)


def _hosted_tuning(case: Case, life_cycle: LifeCycle, as_of: date) -> list[LifeCycleEvent]:
    events: list[LifeCycleEvent] = []
    recent_user = is_recent_user(case, life_cycle)
    named = case.given("models.to_tune")
    provider = life_cycle.provider_of(str(named)) if named is not None else "openai"
    for event in life_cycle.events:
        if event.provider == provider and event.event == "no_new_tuning":
            days = event.days_left(as_of)
            state = f"closed for {days * -1} days to" if days <= 0 else f"closes in {days} days to"
            name = f"tuning at {life_cycle.providers[provider].name}"
            events.append(
                LifeCycleEvent(name, event.event, event.on, days, f"{name} {state} {event.who}.", event.source)
            )
    hosted = life_cycle.hosted_choice(as_of, None, recent_user=True) if provider == "openai" else None
    if hosted:
        service, days = hosted
        end = life_cycle.shutdown_of(service.model)
        blocked = life_cycle.tuning_closed(provider, as_of, recent_user=recent_user)
        if end:
            refused = "; new jobs are refused to this organisation unless it used a tuned model lately"
            effect = f"A model tuned on {service.model} today would live {days} days{refused if blocked else ''}."
            events.append(LifeCycleEvent(service.model, "shutdown", end.on, days, effect, end.source))
    return events
