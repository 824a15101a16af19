"""Hyperparameters as they are given, checked against a record of those that a trainer knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from advisor.errors import InputError
from advisor.question import nearest, shown

S = TypeVar("S", bound="Settings")


class Settings(BaseModel):
    """Hyperparameters of one trainer; None is what a client leaves to it."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())


def read_settings(kind: type[S], given: Mapping[str, Any], trainer: str) -> S:
    """The settings; `auto` and None are left to the trainer. Raises InputError with the nearest name or the range."""
    for name in given:
        if name not in kind.model_fields:
            raise InputError(
                f"{trainer} has no hyperparameter {shown(name)}{nearest(name, kind.model_fields)}",
                where=f"hyperparameters.{name}",
                what_to_do=f"take one of {', '.join(sorted(kind.model_fields))}",
            )
    try:
        return kind(**{name: value for name, value in given.items() if value is not None and value != "auto"})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(map(str, first["loc"]))
        description = kind.model_fields[str(first["loc"][0])].description if first["loc"] else None
        message = first["msg"].removeprefix("Value error, ").replace("Input should be", "it must be")
        raise InputError(
            f"{shown(first['input'])} cannot be taken: {message}",
            where=f"hyperparameters.{name}",
            what_to_do=description or 'correct it, or write "auto"',
        ) from None
