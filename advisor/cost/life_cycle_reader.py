"""Reads `pricing/life_cycle.yaml` into checked values."""

from __future__ import annotations

from datetime import date
from typing import TypeVar

from advisor.cost.life_cycle import Event, LifeCycle, OpenModel, Provider, TuningService
from advisor.decision.fields import Fields
from advisor.question import iso_date
from advisor.strict_yaml import Document

T = TypeVar("T")
_EVENTS = ("shutdown", "no_new_tuning", "read_only")


def build_life_cycle(document: Document) -> LifeCycle:
    """The life cycles in `document`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    read_on = _day(top, "as_of")
    page = top.text("source")
    providers = {
        name: _done(fields, Provider(name, fields.text("name"), fields.texts("id_begins_with", required=True)))
        for name, fields in top.group("providers", "a provider").items()
    }
    services = tuple(
        _done(
            fields,
            TuningService(
                provider=fields.one_of("provider", providers, "provider"),
                model=fields.text("model"),
                tunable_from=_day(fields, "tunable_from"),
                source=fields.text("source"),
                only_where_named=fields.truth("only_where_named"),
            ),
        )
        for fields in top.rows("tuning_services", "a tuning service")
    )
    open_models = tuple(_done(fields, _open_model(fields)) for fields in top.rows("open_models", "an open model"))
    events = tuple(
        _done(
            fields,
            Event(
                id=fields.text("id"),
                provider=fields.one_of("provider", providers, "provider"),
                models=fields.texts("models"),
                service=fields.text("service", ""),
                event=fields.one_of("event", _EVENTS, "event"),
                on=_day(fields, "on"),
                who=fields.text("who", ""),
                replacement=fields.text("replacement", ""),
                tuned_models_too=fields.truth("tuned_models_too"),
                note=fields.text("note", ""),
                source=fields.text("source", page),
            ),
        )
        for fields in top.rows("events", "an event")
    )
    top.done()
    ids = [event.id for event in events]
    for place, name in enumerate(ids):
        if name in ids[:place]:
            raise top.error(f"the id {name} is used twice", "events", place, "id", what_to_do="give it another id")
    return LifeCycle(read_on, providers, services, open_models, events)


def _open_model(fields: Fields) -> OpenModel:
    params_b = fields.number("params_b")
    if params_b is None or params_b <= 0:
        raise fields.error("an open model needs `params_b`, its size in billions of parameters above 0", "params_b")
    return OpenModel(fields.text("class"), fields.text("id"), params_b, _day(fields, "from"), fields.text("source"))


def _day(fields: Fields, name: str) -> date:
    try:
        return iso_date(fields.text(name))
    except ValueError as error:
        problem, _, advice = str(error).partition("\n")
        raise fields.error(f"{name}: {problem}", name, what_to_do=advice) from None


def _done(fields: Fields, value: T) -> T:
    fields.done()
    return value
