"""The structure check: every row that breaks a rule of its format, with line and column, in one pass."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from advisor.dataset.conversation import Conversation
from advisor.dataset.example import Place
from advisor.dataset.fault import Fault
from advisor.dataset.file_parts import Element, Lines, Part, Row, Unread
from advisor.dataset.formats import RowFormat, row_faults
from advisor.dataset.json_row import column_of, parse_row
from advisor.dataset.plain_chat import plain_chat, read_plain

# Rows with only these can still be understood, so that what looks at their content sees them too.
READABLE: Final = frozenset({"unknown_key", "control_characters", "role_order", "last_not_assistant"})
_WHOLE: Final = frozenset({"unknown_key", "control_characters"})  # these leave an example that can be learnt from


class ReadRow(NamedTuple):
    """A row that can be understood; `right` is false where it is no example to learn from all the same."""

    line: int
    conversation: Conversation
    right: bool


class StructureCheck:
    """Takes the parts of a file in their order; `rows` and `places` tell what was found so far."""

    def __init__(self, form: RowFormat) -> None:
        self.form = form
        self.rows = 0
        self.places: dict[str, list[Place]] = defaultdict(list)
        self._fast = form.name == "openai_chat"
        self._empty: list[int] = []  # empty lines, which are a mistake only if another row follows

    def check(self, part: Part) -> None:
        """Look at a part for its mistakes alone, which is faster than `read`."""
        if not (self._fast and isinstance(part, Lines)):
            for _ in self.read(part):
                pass
            return
        passed = 0
        for number, line in _numbered(part):
            if plain_chat(line) is None:
                self._line(number, line, part)
            else:
                passed += 1
                if self._empty:
                    self._note_empty()
        self.rows += passed

    def read(self, part: Part) -> Iterator[ReadRow]:
        """Look at a part, and yield each of its rows that can be understood."""
        if isinstance(part, Lines):
            for number, line in _numbered(part):
                plain = plain_chat(line) if self._fast else None
                if plain is None:
                    yield from self._line(number, line, part)
                else:
                    self.rows += 1
                    if self._empty:
                        self._note_empty()
                    yield ReadRow(number, read_plain(plain), True)
        elif isinstance(part, Element):
            yield from self._json(part)
        elif isinstance(part, Row):
            self.rows += 1
            faults = part.faults
            if all(fault.id in READABLE for fault in faults):
                faults += row_faults(part.value, self.form)
            for fault in faults:
                self.places[fault.id].append(Place(part.line, None, fault.detail))
            yield from self._understood(part.line, part.value, faults)
        else:
            self._unread(part)

    def _line(self, number: int, line: bytes, part: Lines) -> Iterator[ReadRow]:
        if not line.strip(b" \t\r"):
            self._empty.append(number)
            return iter(())
        last = part.cut and number == part.first + part.data.count(b"\n")
        return iter(self._json(Element(number, 1, line, part.cut if last else "")))

    def _json(self, element: Element) -> list[ReadRow]:
        if self._empty:
            self._note_empty()
        self.rows += 1
        parsed = parse_row(element.data)
        faults = parsed.faults
        if parsed.value is None and faults:
            if element.cut and parsed.ends_early:
                end = len(element.data.decode("utf-8", "ignore"))
                faults = (Fault("truncated", (), element.cut, offset=end),)
        else:
            faults += row_faults(parsed.value, self.form)
        for fault in faults:
            if fault.id != "truncated" or not self._is_told("truncated", element.line):
                self.places[fault.id].append(_place(element, parsed.text, fault))
        return list(self._understood(element.line, parsed.value, faults))

    def _understood(self, line: int, value: object, faults: tuple[Fault, ...]) -> Iterator[ReadRow]:
        if isinstance(value, dict) and all(fault.id in READABLE for fault in faults):
            right = all(fault.id in _WHOLE for fault in faults)
            yield ReadRow(line, self.form.read(value), right)

    def _unread(self, part: Unread) -> None:
        self.rows += part.row
        if not self._is_told(part.finding, part.line):
            self.places[part.finding].append(Place(part.line, part.column, part.detail))

    def _is_told(self, finding: str, line: int) -> bool:
        known = self.places.get(finding)
        return known is not None and known[-1].line == line

    def _note_empty(self) -> None:
        for number in self._empty:
            self.places["json_error"].append(Place(number, 1, "the line is empty"))
        self.rows += len(self._empty)
        self._empty.clear()


def _numbered(part: Lines) -> Iterator[tuple[int, bytes]]:
    lines = part.data.split(b"\n")
    if not lines[-1]:
        del lines[-1]
    return enumerate(lines, part.first)


def _place(element: Element, text: str, fault: Fault) -> Place:
    """Where a fault stands. Rows begin on one line; a fault on a later one is named with both in words."""
    column = column_of(text, fault)
    if column is None:
        return Place(element.line, None, fault.detail)
    breaks = text.count("\n", 0, column - 1)
    if not breaks:
        return Place(element.line, column + element.column - 1, fault.detail)
    inside = column - 1 - text.rfind("\n", 0, column - 1)
    where = f" (on line {element.line + breaks}, column {inside})"
    return Place(element.line, None, fault.detail + where)
