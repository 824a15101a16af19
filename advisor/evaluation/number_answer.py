"""A number in an answer: its value, its unit, and whether two are the same within a tolerance."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple

_SIGN: Final = r"(?:(?<![\w.,)\]])[-+−])?"
_GROUPED: Final = r"\d{1,3}(?:(?P<mark>[,.'’_ \u00a0\u202f])\d{3})(?:(?P=mark)\d{3})*(?![\d])(?:[.,]\d+)?"
_PLAIN: Final = r"\d+(?:[.,]\d+)?|[.]\d+"
_NUMBER: Final = re.compile(
    rf"(?P<before>[$€£¥]\s?)?(?P<number>{_SIGN}(?:{_GROUPED}|{_PLAIN})(?:[eE][-+]?\d{{1,3}}(?!\w))?)"
    r"(?P<after>\s?(?:%|°[CF]?|[$€£¥]|[^\W\d_]+(?:/[^\W\d_]+)?[²³]?))?"
)
_SPACES: Final = re.compile(r"['’_ \u00a0\u202f]")
_MULTIPLES: Final = {
    "thousand": Decimal(1000),
    "million": Decimal(10**6),
    "billion": Decimal(10**9),
    "trillion": Decimal(10**12),
}
_SYMBOLS: Final = {"$": "usd", "€": "eur", "£": "gbp", "¥": "jpy", "percent": "%", "euro": "eur", "dollar": "usd"}
# Words that are units wherever they follow a number; other words may just go on with the sentence.
_WORDS: Final = (
    "mm cm km m mg kg g t ms s min h d second minute hour day week month year ml l w kw mw kwh wh v mv kv ma "
    "hz khz mhz ghz pa kpa mpa bar mbar psi k °c °f usd eur gbp jpy chf % b kb mb gb tb bit byte km/h m/s rpm"
)
_UNITS: Final = frozenset(_WORDS.split())
_LETTERS_THAT_MEAN_BY_CASE: Final = 3  # mW and MW, Mb and MB: short units are compared with their case


class Tolerance(NamedTuple):
    """How far a number may be off: so much, or so large a share of the golden one, whichever is more."""

    absolute: Decimal
    relative: Decimal


class Quantity(NamedTuple):
    """A number with its unit; "" where none stands there. `bare` says that the text holds nothing else."""

    value: Decimal
    unit: str
    bare: bool


def quantity(text: str) -> Quantity | None:
    """The last number in `text` with the word or sign beside it; None where there is none.

    1,234.5 and 1.234,5 and 1 234.5 are the same; a single comma with three digits behind separates thousands, a single
    dot is a decimal point.
    """
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    last = found[-1]
    value = _value(last["number"])
    after = (last["after"] or "").strip()
    rest = text[last.end() :]
    if _singular(after.casefold()) in _MULTIPLES:
        value *= _MULTIPLES[_singular(after.casefold())]
        following = re.match(r"\s?([$€£¥%]|[^\W\d_]+)", rest)
        after = following[1] if following else ""
        rest = rest[following.end() :] if following else rest
    bare = not text[: last.start()].strip() and not rest.strip(" \t\r\n.")
    unit = (last["before"] or "").strip() or after
    return Quantity(value, unit, bare)


def same_quantity(said: str, wanted: Quantity, tolerance: Tolerance) -> bool:
    """Whether the last number of an answer is the golden one.

    A unit may be left out; where both name one they must be the same, for nothing is converted. Per cent are also
    right as the share of 1.
    """
    found = quantity(said)
    if found is None:
        return False
    mine, theirs = _unit(found), _unit(wanted)
    if not found.bare and mine and not _same_unit(mine, theirs) and _plain(mine) not in _UNITS:
        mine = ""  # a word of the sentence
    if mine and theirs and not _same_unit(mine, theirs):
        return False
    if _within(found.value, wanted.value, tolerance):
        return True
    if {mine, theirs} == {"%", ""}:
        hundredth = Decimal("0.01")
        mine_share = found.value * hundredth if mine == "%" else found.value
        their_share = wanted.value * hundredth if theirs == "%" else wanted.value
        return _within(mine_share, their_share, tolerance)
    return False


def _within(said: Decimal, wanted: Decimal, tolerance: Tolerance) -> bool:
    return abs(said - wanted) <= max(tolerance.absolute, tolerance.relative * abs(wanted))


def _value(written: str) -> Decimal:
    plain = _SPACES.sub("", written.replace("−", "-"))
    comma, dot = plain.rfind(","), plain.rfind(".")
    if comma >= 0 and dot >= 0:
        decimal_mark, thousands = (",", ".") if comma > dot else (".", ",")
        plain = plain.replace(thousands, "").replace(decimal_mark, ".")
    elif plain.count(".") > 1:
        plain = plain.replace(".", "")
    elif comma >= 0:
        grouped = plain.count(",") > 1 or re.fullmatch(r"[-+]?[1-9]\d{0,2},\d{3}", plain)
        plain = plain.replace(",", "" if grouped else ".")
    return Decimal(plain)


def _unit(number: Quantity) -> str:
    unit = _SYMBOLS.get(_singular(number.unit.casefold()), number.unit)
    return unit.rstrip(".")


def _same_unit(one: str, other: str) -> bool:
    if min(len(one), len(other)) < _LETTERS_THAT_MEAN_BY_CASE:
        return one == other
    return _plain(one) == _plain(other)


def _plain(unit: str) -> str:
    return _singular(unit.casefold())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > _LETTERS_THAT_MEAN_BY_CASE and word.endswith("s") else word
