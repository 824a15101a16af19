"""What reports are made of, without layout."""

from typing import NamedTuple


class Item(NamedTuple):
    """One entry of a list: a `mark` such as a number or a tick, the text, and details below it."""

    text: str
    mark: str = "-"
    details: tuple[str, ...] = ()


class Section(NamedTuple):
    """A heading with paragraphs and a list below it. `lead` marks the verdict."""

    title: str
    paragraphs: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    lead: bool = False
