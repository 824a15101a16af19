"""A portfolio as plain JSON: `advisor/portfolio/v1`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from advisor.portfolio.portfolio import Portfolio

SCHEMA: Final = "advisor/portfolio/v1"


def portfolio_json(found: Portfolio) -> dict[str, Any]:
    """Money as strings of exact decimals, months as numbers, days as ISO dates."""
    value = plain(found)
    for case in (*(one["candidate"] for one in value["ranked"]), *value["apart"]):
        if case["payback_months"]:
            case["payback_months"] = {end: float(months) for end, months in case["payback_months"].items()}
    return {"schema": SCHEMA, **value}


def plain(value: Any) -> Any:
    """Named records as mappings; money stays exact as text."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: plain(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value
