"""The quantities of a case as factors: from its answers first, else from a figure that is marked as an assumption."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from advisor.case import Case
from advisor.cost.amount import Factor, around, fixed, priced, ranged
from advisor.cost.price_book import Price, PriceBook
from advisor.errors import PriceMissingError

if TYPE_CHECKING:
    from advisor.cost.training_knowledge import TrainingKnowledge

PriceElsewhere = Callable[[str, str, date], Price]
Window = Callable[[str], int | None]
ReadTraining = Callable[[], "TrainingKnowledge"]
BEYOND_PRICING = 10**12  # of anything
EVERY_WINDOW = 100_000  # tokens that every hosted model of today takes; looking it up takes long


class CaseFactors:
    """Reads one case for one day. What was assumed on the way, and which prices were not of the day, is collected."""

    def __init__(
        self,
        case: Case,
        book: PriceBook,
        day: date,
        elsewhere: PriceElsewhere | None = None,
        training: ReadTraining | None = None,
        window: Window | None = None,
        effects: Mapping[str, Factor] | None = None,
    ) -> None:
        """`elsewhere` gives inference prices of models that `book` does not have.

        `training` reads what the estimate of training time knows, where cards are paid by the hour; `window` gives
        the context window of a hosted model in tokens. `effects` are the shares of wrong answers that an approach turns
        right, where that was measured.
        """
        self.case = case
        self.book = book
        self.day = day
        self.elsewhere = elsewhere
        self.training = training
        self.window = window
        self.effects = effects or {}
        self.notes: list[str] = []

    def say(self, note: str) -> None:
        """Collect a note, each once."""
        if note not in self.notes:
            self.notes.append(note)

    def number(self, name: str) -> Decimal | None:
        """The answer `name` as a number, or None where it was not given."""
        value = self.case.given(name)
        if not isinstance(value, int | Decimal) or isinstance(value, bool):
            return None
        if value > BEYOND_PRICING:
            raise PriceMissingError(f"{name} is above {BEYOND_PRICING:,}, which is beyond what can be priced")
        return Decimal(value)

    def has_gap(self, *names: str) -> bool:
        """Whether one of the gaps is among those given."""
        gaps = self.case.given("need.gaps")
        return isinstance(gaps, tuple) and any(name in gaps for name in names)

    def figure(self, name: str, unit: str | None = None) -> Factor:
        """The figure `name` as a factor."""
        return ranged(self.book.figure(name), unit)

    def forecast(self, answer: str, figure: str, unit: str) -> Factor:
        """A forecast such as traffic: the answer with the spread of forecasts, else the figure."""
        return self._or_figure(answer, figure, unit, self.book.figure("spread_of_forecasts").middle)

    def tokens(self, answer: str, figure: str, unit: str) -> Factor:
        """A count of tokens: the answer with the spread of such counts, else the figure."""
        return self._or_figure(answer, figure, unit, self.book.figure("spread_of_token_counts").middle)

    def exact(self, answer: str, figure: str, unit: str) -> Factor:
        """An answer that is a fact, such as a rate that was agreed; else the figure."""
        return self._or_figure(answer, figure, unit, Decimal(0))

    def requests(self) -> Factor:
        """Requests a month at the start."""
        return self.forecast("traffic.requests_per_month", "requests_per_month", "requests")

    def input_tokens(self) -> Factor:
        """Tokens of the user's own input."""
        return self.tokens("traffic.input_tokens", "input_tokens", "input tokens")

    def output_tokens(self) -> Factor:
        """Tokens of an answer; a label has only a few."""
        label = self.case.given("task.kind") == "classification"
        return self.tokens("traffic.output_tokens", "label_tokens" if label else "output_tokens", "output tokens")

    def hour(self) -> Factor:
        """USD an hour of engineering."""
        given = self.number("economics.hourly_rate_usd")
        return self.figure("engineer_hour_usd") if given is None else _usd("economics.hourly_rate_usd", given, "/hour")

    def label(self) -> Factor:
        """USD an example: the case's own, else by what has to be written."""
        given = self.number("economics.label_usd")
        if given is not None:
            return _usd("economics.label_usd", given, "/example")
        kind = self.case.given("task.kind")
        if kind in ("classification", "extraction") and not self.has_gap("domain_language"):
            return self.figure("class_label_usd" if kind == "classification" else "extraction_label_usd")
        return self.figure("expert_label_usd")

    def still_wanted(self, figure: str, answer: str, unit: str) -> Factor | None:
        """How many more are wanted than the case has; None where it has as many as are usually wanted."""
        have = self.number(answer) or Decimal(0)
        wanted = self.book.figure(figure)
        if have >= wanted.middle:
            return None
        missing = ranged(wanted, None, lambda value: max(Decimal(0), value - have))
        taken_off = f" - {have:,f} there" if have else ""
        return missing._replace(shown=f"({wanted.middle:,f}{taken_off}) {unit}" if have else missing.shown)

    def price(self, model: str, kind: str, provider: str | None = None) -> Factor:
        """What `kind` of `model` costs on the day.

        Where only another day's price is known, that one is taken and a note says so. Raises PriceMissingError where
        no price of the model is known at all.
        """
        try:
            return priced(self.book.price_on(model, kind, self.day, provider))
        except PriceMissingError as error:
            nearest = error.nearest
            if isinstance(nearest, Price) and nearest.kind == kind:
                note = f"no price of {kind} of {model} is known for {self.day}; that of {nearest.valid_from} was taken"
                self.say(note)
                return priced(nearest)._replace(assumption=True)
            if self.elsewhere is None or not kind.startswith("base_infer"):
                raise
            return priced(self.elsewhere(model, kind, self.day))

    def refuse_beyond_window(self, model: str, tokens: Decimal) -> None:
        """Raise PriceMissingError where a request of `tokens` is longer than `model` takes."""
        if tokens <= EVERY_WINDOW or self.window is None:
            return
        window = self.window(model)
        if window is not None and tokens > window:
            raise PriceMissingError(
                f"{tokens:,.0f} tokens a request are over the context window of {model}, {window:,}",
                what_to_do="retrieve parts of the documents, or name a model with a longer window",
            )

    def has_price(self, model: str, kind: str) -> bool:
        """Whether a price of `kind` is known on any day."""
        return self.book.sells(model, kind)

    def kind_sold(self, model: str, kind: str) -> str:
        """`kind`, or where a provider sells it by the place of deployment, that of a global one."""
        return kind if self.has_price(model, kind) or not self.has_price(model, f"{kind}_global") else f"{kind}_global"

    def batched(self) -> Factor | None:
        """By what the bill shrinks where requests may wait; None where they may not."""
        share = self.number("traffic.batchable_share")
        if not share:
            return None
        off = share * self.book.figure("batch_discount").middle
        return fixed("batched", 1 - off, "of the price, as part may wait", "traffic.batchable_share")

    def _or_figure(self, answer: str, figure: str, unit: str, spread: Decimal) -> Factor:
        given = self.number(answer)
        if given is None:
            return self.figure(figure, unit)
        return around(answer, given, spread, unit) if spread else fixed(answer, given, unit, "the case")


def _usd(name: str, value: Decimal, per: str) -> Factor:
    return fixed(name, value, source="the case")._replace(shown=f"${value:f}{per}")
