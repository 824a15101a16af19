"""The rows of a data file that can be learnt from, as examples and as conversations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from advisor.data_check import recognised_format
from advisor.data_file import open_data_file, read_parts
from advisor.dataset.conversation import Conversation, example_of
from advisor.dataset.example import Example
from advisor.dataset.formats import RowFormat
from advisor.dataset.structure import StructureCheck


class RightRow(NamedTuple):
    """A row without a mistake of structure."""

    example: Example
    conversation: Conversation


@dataclass(frozen=True)
class Rows:
    """A data file to be read, as often as needed, in its format."""

    path: Path
    format: RowFormat

    def __iter__(self) -> Iterator[RightRow]:
        structure = StructureCheck(self.format)
        for part in read_parts(open_data_file(self.path)):
            for row in structure.read(part):
                if row.right:
                    yield RightRow(example_of(row.conversation, row.line), row.conversation)


def rows_of(path: Path, form: str | None = None, prompt: str | None = None, answer: str | None = None) -> Rows:
    """The rows of `path`; `form` names their format, `prompt` and `answer` the columns of a table.

    Raises InputError where the file cannot be read or its format is not known.
    """
    return Rows(path, recognised_format(open_data_file(path), form, prompt, answer))
