"""YAML read strictly: plain values, the line of each, and none of the surprises of YAML 1.1.

Refused with file:line and what to do: duplicate keys, keys that are not text, tags, merge keys, alias bombs, deep
nesting, NaN and infinity, several documents, anything that is not UTF-8 without a byte order mark. Read as what they
look like: `1e10` is a number, `12:30` and `2026-11-21` are text. The bare words yes, no, on and off come back as
`BareWord`, since whether truth or text is meant depends on where they stand. Numbers are `int` or exact `Decimal`.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

import yaml

from advisor.errors import InputError

MAX_BYTES: Final = 2_000_000
MAX_DEPTH: Final = 40
MAX_NODES: Final = 100_000

type_names: Final = {
    dict: "a mapping",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    Decimal: "a number",
    type(None): "nothing",
}

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)$")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*(_[0-9]+)*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$")
NO_TEXT: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
)  # control characters, half surrogates
_NOT_FINITE = re.compile(r"[-+]?\.?(nan|inf|infinity)$", re.IGNORECASE)
_CONSTANTS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_BARE_WORDS: Final = {"yes": True, "on": True, "no": False, "off": False}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Path = tuple[str | int, ...]


class BareWord:
    """An unquoted yes, no, on or off: `text` as written, and the truth value older YAML readers make of it."""

    __slots__ = ("means", "text")

    def __init__(self, text: str, means: bool) -> None:
        self.text: Final = text
        self.means: Final = means

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BareWord) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)


class Document(NamedTuple):
    """One YAML document: its plain `value`, and the line on which the value at each path begins (first line is 1)."""

    name: str
    value: Any
    lines: dict[Path, int]

    def where(self, *path: str | int) -> str:
        """`file:line` of the value at `path`, or of the nearest enclosing value that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return f"{self.name}:{self.lines.get(path, 1)}" if self.lines else self.name


def decode(raw: bytes, name: str) -> str:
    """Text of `raw`, which must be UTF-8 without a byte order mark, at most 2 MB and not empty.

    Raises InputError that names the encoding found where it can tell.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(
            f"the file is larger than {MAX_BYTES // 1_000_000} MB, so it is not a case or a rule file",
            where=name,
            what_to_do="give the YAML file with the answers; a data set goes under data.file",
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the file is UTF-16", where=f"{name}:1", what_to_do="save it as UTF-8")
    if raw.startswith(b"\xef\xbb\xbf"):
        raise InputError(
            "the file begins with a byte order mark", where=f"{name}:1", what_to_do="save it as UTF-8 without BOM"
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte {raw[error.start]:#04x} is not UTF-8", where=f"{name}:{line}", what_to_do="save the file as UTF-8"
        ) from None
    if not text.strip():
        raise InputError(
            "the file is empty", where=name, what_to_do="start from `advisor examples copy` or `advisor ask`"
        )
    return text


def read(text: str, name: str, *, number_keys: bool = False) -> Document:
    """The single YAML document in `text`; `name` is the file's name in messages. Raises InputError.

    With `number_keys` a key such as 200 is taken as the text that it is written as: formats of others write them so.
    """
    wrong = NO_TEXT.search(text)
    if wrong:
        raise InputError(
            f"the character U+{ord(wrong[0]):04X} is not allowed: control characters are no text",
            where=f"{name}:{text.count(chr(10), 0, wrong.start()) + 1}",
            what_to_do="remove it; if the whole file looks like this, it is no YAML or is not saved as UTF-8",
        )
    loader = _Loader(text)
    try:
        return _Reader(loader, name, number_keys).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = 1 if mark is None else mark.line + 1
        raise InputError(
            f"this is not valid YAML: {error.problem or error.context}",
            where=f"{name}:{line}",
            what_to_do="check indentation, colons and quotes on this line and the one before",
        ) from None
    finally:
        loader.dispose()


class _Reader:
    """Builds plain values from the parser's events, so that depth, size and duplicates are checked on the way."""

    def __init__(self, loader: Any, name: str, number_keys: bool) -> None:
        self.loader = loader
        self.name = name
        self.number_keys = number_keys
        self.lines: dict[Path, int] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.nodes = 0

    def document(self) -> Document:
        events = self._events()
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error(event, "a second document begins here", "keep one document in a file")
                value = self._value(next(events), events, ())
        return Document(self.name, value, self.lines)

    def _events(self) -> Iterator[Any]:
        while self.loader.check_event():
            yield self.loader.get_event()

    def _value(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        if len(path) > MAX_DEPTH:
            raise self._error(event, f"nested more than {MAX_DEPTH} levels deep", "flatten the structure")
        if path not in self.lines:
            self.lines[path] = _line(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise self._error(event, f"alias *{event.anchor} refers to nothing complete", "write the value out")
            value, size = self.anchors[event.anchor]
            self._count(event, size)
            return value
        self._refuse_tag(event)
        before = self.nodes
        self._count(event, 1)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._list(events, path)
        else:
            value = self._mapping(events, path)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before)
        return value

    def _list(self, events: Iterator[Any], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                raise self._error(event, "a key must be plain text", "write `name: value`")
            self._refuse_tag(event)
            key = event.value
            plain = event.value if event.style else self._scalar(event)
            if not (isinstance(plain, str) or (self.number_keys and type(plain) is int)):
                raise self._error(event, f"the key {key!r} is not text", f'write it in quotes: "{key}"')
            if key == "<<" and not event.style:
                raise self._error(event, "merge keys (<<) are not allowed", "write the values out")
            if key in mapping:
                first = self.lines[(*path, key)]
                raise self._error(
                    event, f"the key {key!r} is given twice, first on line {first}", "keep one of the two"
                )
            self.lines[(*path, key)] = _line(event)
            mapping[key] = self._value(next(events), events, (*path, key))
        return mapping

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.style or event.tag == "!":
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text.lower() in _BARE_WORDS:
            return BareWord(text, means=_BARE_WORDS[text.lower()])
        if text[0] in "0123456789.+-":
            if _INTEGER.match(text) and len(text) < 40:
                return int(text)
            if _DECIMAL.match(text) and len(text) < 40:
                number = Decimal(text.replace("_", ""))
                return int(number) if number == number.to_integral_value() and abs(number) < 10**15 else number
        if _NOT_FINITE.match(text) and text[0] in ".+-":
            raise self._error(event, f"{text} is not a number", "give a finite number, or the word unknown")
        return text

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None and not (isinstance(event, yaml.ScalarEvent) and event.tag == "!"):
            raise self._error(event, f"the tag {event.tag} is not allowed", "remove the tag; plain values are enough")

    def _count(self, event: Any, size: int) -> None:
        self.nodes += size
        if self.nodes > MAX_NODES and self.anchors:
            raise self._error(event, "the document is too large once its aliases are expanded", "remove the aliases")
        if self.nodes > MAX_NODES:
            raise self._error(event, f"the document is too large: over {MAX_NODES} values", "put data elsewhere")

    def _error(self, event: Any, problem: str, what_to_do: str) -> InputError:
        return InputError(problem, where=f"{self.name}:{_line(event)}", what_to_do=what_to_do)


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1
