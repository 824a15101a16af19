"""When models and tuning services begin and end, and what that means on a given day.

Every function takes the day as an argument. Dates and sources come from `pricing/life_cycle.yaml`.
"""

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple

DAYS_PER_MONTH: Final = Decimal("30.4375")


class Provider(NamedTuple):
    """Who offers a model; `id_begins_with` recognises its plain model ids."""

    id: str
    name: str
    id_begins_with: tuple[str, ...]


class TuningService(NamedTuple):
    """A hosted model that can be tuned from a day on, while its provider's service is open.

    `only_where_named` ones are not suggested: they need an account of a kind that not everybody has.
    """

    provider: str
    model: str
    tunable_from: date
    source: str
    only_where_named: bool = False


class OpenModel(NamedTuple):
    """Open weights to suggest, by class (`small_open`, ...), from a day on. `params_b` is in billions."""

    size: str
    id: str
    params_b: Decimal
    available_from: date
    source: str


class Event(NamedTuple):
    """A model or service ends, closes to new tuning or becomes read-only on a day."""

    id: str
    provider: str
    models: tuple[str, ...]
    service: str
    event: str  # shutdown, no_new_tuning or read_only
    on: date
    who: str
    replacement: str
    tuned_models_too: bool
    note: str
    source: str

    def days_left(self, as_of: date) -> int:
        """Days from `as_of` to the event; negative once it has passed."""
        return (self.on - as_of).days


class LifeCycle(NamedTuple):
    """All that is known of beginnings and ends; `as_of` is the day the sources were read."""

    as_of: date
    providers: Mapping[str, Provider]
    services: tuple[TuningService, ...]
    open_models: tuple[OpenModel, ...]
    events: tuple[Event, ...]

    def provider_of(self, model: str) -> str:
        """Id of the provider of `model` (a plain id, `provider/model`, `hf/NAME` or `ft:...`); `other` if unknown."""
        lower = model.lower()
        first = lower.partition("/")[0]
        if "/" in lower and first in self.providers:
            return first
        for provider in self.providers.values():
            if lower.startswith(provider.id_begins_with):
                return provider.id
        return "other"

    def shutdown_of(self, model: str) -> Event | None:
        """The day `model`, or the base of a fine-tuned `model`, is shut down; None where none is known.

        Of several entries for one model the last in the file holds: corrections are appended.
        """
        name = base_name(model)
        tuned = model.startswith("ft:")
        seller = self.provider_of(model)
        for event in reversed(self.events):
            if seller != event.provider and seller == model.lower().partition("/")[0]:
                continue  # the model of one provider at another lives by the other's dates
            if event.event == "shutdown" and name in event.models and (event.tuned_models_too or not tuned):
                return event
        return None

    def tuning_closed(self, provider: str, as_of: date, *, recent_user: bool) -> Event | None:
        """The event by which `provider`'s tuning service is closed to this user on `as_of`; None while it is open."""
        for event in self.events:
            if event.provider == provider and event.event == "no_new_tuning" and event.on <= as_of:
                spares_recent_users = event.who != "everybody"
                if not (recent_user and spares_recent_users):
                    return event
        return None

    def hosted_choice(self, as_of: date, named: str | None, *, recent_user: bool) -> tuple[TuningService, int] | None:
        """The hosted model to tune on `as_of` that lives longest, with its days of life; None where none can be tuned.

        `named` limits the choice to one model. Models that end on the same day are taken in the order of the file.
        """
        best: tuple[TuningService, int] | None = None
        for service in self.services:
            if service.tunable_from > as_of or self.tuning_closed(service.provider, as_of, recent_user=recent_user):
                continue
            if named and self.provider_of(named) != service.provider:
                continue
            if named and base_name(named) not in (service.model, _without_day(service.model)):
                continue
            if service.only_where_named and not named:
                continue
            end = self.shutdown_of(f"{service.provider}/{service.model}")
            days = end.days_left(as_of) if end else 10_000
            if days > 0 and (best is None or days > best[1]):
                best = (service, days)
        return best

    def newest_open_model(self, size: str, as_of: date) -> OpenModel | None:
        """The newest open model of class `size` that was available on `as_of`."""
        found = [model for model in self.open_models if model.size == size and model.available_from <= as_of]
        return max(found, key=lambda model: model.available_from, default=None)


def base_name(model: str) -> str:
    """The model's own id: without provider, and for `ft:base:org:suffix:id` the base."""
    name = model.split(":")[1] if model.startswith("ft:") and model.count(":") >= 2 else model
    return name if name.startswith("hf/") else name.rpartition("/")[2]


def months(days: int) -> Decimal:
    """`days` in months of 30.4375 days, to one decimal, rounded down: 182 days are not six months."""
    return (Decimal(days) / DAYS_PER_MONTH).quantize(Decimal("0.1"), ROUND_FLOOR)


def _without_day(model: str) -> str:
    """`gpt-4o-mini` for `gpt-4o-mini-2024-07-18`."""
    return model[:-11] if model[-11:-10] == "-" and model[-10:-6].isdigit() else model
