"""What reports are made of, without layout."""

from typing import NamedTuple


class Item(NamedTuple):
    """One entry of a list: a `mark` such as a number or a tick, the text, and details below it."""

    text: str
    mark: str = "-"
    details: tuple[str, ...] = ()


class Table(NamedTuple):
    """Rows of cells; the first column names its row and stands left, the others are figures unless `words`."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    words: bool = False  # the other columns hold text as well, which wraps


class Figure(NamedTuple):
    """A picture as SVG of its own, and in words what it shows."""

    title: str
    svg: str
    says: str


class Section(NamedTuple):
    """A heading, then paragraphs, pictures, tables and a list. `lead` marks the verdict."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    lead: bool = False
    figures: tuple[Figure, ...] = ()
    tables: tuple[Table, ...] = ()

    @property
    def heading(self) -> str:
        """The title with a capital."""
        return self.title[:1].upper() + self.title[1:]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing below the heading."""
        return not (self.paragraphs or self.items or self.figures or self.tables)
