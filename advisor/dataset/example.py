"""One row of a data set as what a model is shown and what it should answer, whatever format it came in."""

from collections.abc import Mapping
from typing import NamedTuple


class Example(NamedTuple):
    """A readable row. Rows that are broken have none."""

    line: int  # physical line where the row begins, from 1
    system: str  # instructions; "" where there are none
    prompt: str  # all that comes before the answer but the instructions; turns are joined by a line break
    answer: str  # what the model should say last; "" where the format has no answer
    texts: tuple[str, ...]  # every text of the row in its order, for what looks at texts wherever they stand
    fields: Mapping[str, str]  # metadata and named columns beside the conversation


class NamedText(NamedTuple):
    """A text of a row and where in the row it stands: `text 2`, or `field customer`."""

    name: str
    text: str


def named_texts(example: Example) -> tuple[NamedText, ...]:
    """Every text of the row, then every field."""
    return (
        *(NamedText(f"text {number}", text) for number, text in enumerate(example.texts, 1)),
        *(NamedText(f"field {name}", value) for name, value in example.fields.items()),
    )


class Place(NamedTuple):
    """Where something was found: the physical line, the column in it from 1 where there is one, and what it is."""

    line: int
    column: int | None
    detail: str
