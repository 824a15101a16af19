"""Case files as strict pydantic models, built from the questions: for JSON Schema, editors and the JSON API.

The command line checks a case with `advisor.case`, which knows the line of every answer and costs no start-up time; a
test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    create_model,
)

from advisor.case import SCHEMA
from advisor.question import Question

_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, use_attribute_docstrings=True)
_State = Literal["unknown", "n/a"]
_Text = Annotated[str, StringConstraints(pattern=r"\S")]


def case_model(questions: Mapping[str, Question]) -> type[BaseModel]:
    """A pydantic model of a whole case file: one nested model for each group of answers."""
    groups: dict[str, dict[str, Any]] = {}
    for question in questions.values():
        described = Field(default=None, description=f"{question.ask} {question.help}".strip())
        part = question.name.partition(".")[2]
        groups.setdefault(question.group, {})[part] = (_type(question) | _State | None, described)
    fields: dict[str, Any] = {
        "schema_": (Literal[SCHEMA], Field(default=SCHEMA, alias="schema")),
        "title": (str | None, None),
        "client": (str | None, None),
        "as_of": (date | None, Field(default=None, description="Day on which prices and life cycles are taken.")),
    }
    for group, parts in groups.items():
        model = create_model(group.capitalize(), __config__=_STRICT, **parts)
        fields[group] = (model | None, None)
    return create_model("Case", __config__=_STRICT, **fields)


def case_schema(questions: Mapping[str, Question]) -> dict[str, Any]:
    """JSON Schema (2020-12) of a case file."""
    found = case_model(questions).model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": SCHEMA, **found}


def _type(question: Question) -> Any:
    limits = Field(ge=_plain(question.minimum), le=_plain(question.maximum))
    match question.type:
        case "bool":
            return StrictBool
        case "choice":
            return Literal[tuple(question.options)]
        case "set":
            item = Literal[tuple(question.options)] if question.options else _Text
            return Annotated[list[item], AfterValidator(_unique), Field(json_schema_extra={"uniqueItems": True})]  # type: ignore[valid-type]
        case "integer":
            return Annotated[StrictInt, limits, BeforeValidator(_whole)]
        case "number":
            return Annotated[StrictInt | float | Decimal, limits]
        case _:
            return _Text


def _whole(value: Any) -> Any:
    """JSON has one kind of number: 5.0 is the integer 5."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _plain(limit: Decimal | None) -> int | float | None:
    return None if limit is None else int(limit) if limit == int(limit) else float(limit)


def _unique(items: list[Any]) -> list[Any]:
    if len(items) != len(set(items)) or {"unknown", "n/a"} & set(items):
        raise ValueError("an item is listed twice, or a state stands inside the list")
    return items
