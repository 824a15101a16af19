"""Amounts of money as products: each factor is an answer, a price or a named assumption, and has a range.

Because a line is nothing but a product, its formula reads as it is computed, and one draw of the factors is enough to
draw every line.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import NamedTuple

from advisor.cost.price_book import Figure, Price

CENT = Decimal("0.01")
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)  # for cents of any sum that can be priced


class Factor(NamedTuple):
    """One factor: `shown` in formulas; `low` and `high` are the ends of what is plausible, `middle` the usual value.

    Half of all draws lie below the middle, thicker towards it on both sides: two half triangles that meet there.
    Factors of one name are one quantity: they are drawn together wherever they stand.
    """

    name: str
    shown: str
    low: Decimal
    middle: Decimal
    high: Decimal
    price: Price | None = None
    source: str = ""
    assumption: bool = False

    @property
    def certain(self) -> bool:
        """Whether it has no range. A 0 is drawn all the same, so that the other factors keep their own draws."""
        return self.low == self.high != 0


class Line(NamedTuple):
    """One line of an estimate, in USD: once, a month at the start, or a month's return.

    `grows` says whether it follows the traffic.
    """

    item: str
    kind: str
    factors: tuple[Factor, ...]
    grows: bool = False
    own_people: bool = False  # hours of one's own team, which a monthly budget for bills does not pay

    @property
    def point_usd(self) -> Decimal:
        """The product of the middles, to the cent."""
        usd = Decimal(1)
        for factor in self.factors:
            usd *= factor.middle
        return usd.quantize(CENT, context=WIDE)

    @property
    def formula(self) -> str:
        """Such as `1,200 examples × 450 tokens × 3 epochs × $3.00/1M`."""
        return " × ".join(factor.shown for factor in self.factors)

    def drawn_usd(self, draws: Mapping[str, Sequence[float]], count: int) -> list[float]:
        """The line in each of `count` draws; `draws` holds those of every uncertain factor by name."""
        fixed = 1.0
        ranged: list[Sequence[float]] = []
        for factor in self.factors:
            if factor.certain:
                fixed *= float(factor.middle)
            else:
                ranged.append(draws[factor.name])
        if not ranged:
            return [fixed] * count
        total = [fixed * value for value in ranged[0]]
        for values in ranged[1:]:
            total = [left * right for left, right in zip(total, values, strict=True)]
        return total


class Range(NamedTuple):
    """USD or months: `point` has every input at its middle; the others are sampled."""

    point: Decimal
    p10: Decimal
    p50: Decimal
    p90: Decimal


def fixed(name: str, value: Decimal | int, unit: str = "", source: str = "") -> Factor:
    """A factor without a range; shown as `1,200 examples`."""
    number = Decimal(value)
    return Factor(name, _shown(number, unit), number, number, number, None, source)


def ranged(figure: Figure, unit: str | None = None, within: Callable[[Decimal], Decimal] | None = None) -> Factor:
    """A factor from a figure; `within` changes each of the three values, such as taking off what is there."""
    low, middle, high = (within(value) if within else value for value in (figure.low, figure.middle, figure.high))
    words = figure.unit.replace("_", " ") if unit is None else unit
    shown = f"${middle:f}" if figure.unit.startswith("usd") else _shown(middle, words)
    return Factor(figure.id, shown, min(low, high), middle, max(low, high), None, figure.source, figure.assumption)


def around(name: str, value: Decimal | int, spread: Decimal, unit: str) -> Factor:
    """A given number that may be off by the share `spread` both ways."""
    number = Decimal(value)
    return Factor(name, _shown(number, unit), number * (1 - spread), number, number * (1 + spread), None, "the case")


def priced(price: Price) -> Factor:
    """A price as a factor: per token where it is per 1M tokens, else per unit."""
    per_million = price.unit in ("per_1m_tokens", "per_1m_read_units", "per_1m_write_units")
    usd = price.usd / 1_000_000 if per_million else price.usd
    unit = "/1M" if per_million else "/" + price.unit.removeprefix("per_").replace("_", " ")
    return Factor(price.id, f"{shown_usd(price.usd)}{unit}", usd, usd, usd, price, price.source, price.assumption)


def shown_usd(usd: Decimal) -> str:
    """`$0.15`, `$3.00`, `$0.00465`, `$12,000.00`."""
    return f"${usd:,.2f}" if usd == usd.quantize(CENT) else f"${usd.normalize():f}"


def _shown(number: Decimal, unit: str) -> str:
    plain = number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()
    return f"{plain:,f} {unit}".strip()
