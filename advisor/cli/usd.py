"""Dollars that are typed as an option."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from advisor.errors import InputError


def usd_above_zero(text: str | None, option: str) -> Decimal | None:
    """The amount, None where none was typed. Raises InputError for what is no amount above 0."""
    try:
        value = None if text is None else Decimal(text.removeprefix("$"))
    except InvalidOperation:
        value = Decimal(0)
    if value is not None and (not value.is_finite() or value <= 0):
        raise InputError(f"{text} is no ceiling", where=option, what_to_do="write 20 for $20")
    return value
