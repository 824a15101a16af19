"""The strict YAML reader: plain values with their lines, every trap refused with its place, and nothing else raised."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from advisor import strict_yaml
from advisor.case import case_from_document
from advisor.errors import InputError
from advisor.files import load_case
from advisor.strict_yaml import MAX_BYTES, MAX_DEPTH, MAX_NODES, BareWord, Document, decode, read
from tests.strategies import repeatable, shipped_book


@pytest.fixture(params=["libyaml", "pure Python"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Document]:
    """The reader on either of PyYAML's parsers; an installation without libyaml has only the second."""
    if request.param == "libyaml":
        if not hasattr(yaml, "CSafeLoader"):
            pytest.skip("this PyYAML was built without libyaml")
    else:
        monkeypatch.setattr(strict_yaml, "_Loader", yaml.SafeLoader)
    return lambda text: read(text, "f.yaml")


def refused(reader: Callable[[str], Document], text: str) -> InputError:
    """The InputError with which reading `text` ends."""
    with pytest.raises(InputError) as caught:
        reader(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-3", -3),
        ("+3", 3),
        ("0", 0),
        ("1_000_000", 1_000_000),
        ("0.05", Decimal("0.05")),
        (".5", Decimal("0.5")),
        ("1e10", 10_000_000_000),
        ("1E3", 1000),
        ("1.5e-3", Decimal("0.0015")),
        ("1e-400", Decimal("1e-400")),
        ("0.1", Decimal("0.1")),
        ("3.0", 3),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("12:30", "12:30"),
        ("1:30:00", "1:30:00"),
        ("2026-11-21", "2026-11-21"),
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
        ("0x10", "0x10"),
        ("0o17", "0o17"),
        ("017", "017"),
        ("1,000", "1,000"),
        ("1 000", "1 000"),
        ("5 %", "5 %"),
        ("=", "="),
        ("y", "y"),
        ("n", "n"),
        ("nan", "nan"),
        ("inf", "inf"),
        ('"5"', "5"),
        ("'true'", "true"),
        ('"no"', "no"),
        ('""', ""),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("n/a", "n/a"),
        ("unknown", "unknown"),
    ],
)
def test_plain_values_are_read_as_what_they_look_like(
    reader: Callable[[str], Document], text: str, value: object
) -> None:
    """Numbers are exact, dates, times and codes stay text, quotes make text."""
    found = reader(f"k: {text}").value["k"]
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "Yes", "NO"])
def test_bare_words_come_back_as_such(reader: Callable[[str], Document], word: str) -> None:
    """An unquoted yes, no, on or off is neither text nor truth until its place says which."""
    value = reader(f"k: {word}").value["k"]
    assert value == BareWord(word, word.lower() in ("yes", "on"))
    assert reader(f"k: '{word}'").value["k"] == word


def test_json_is_read_too(reader: Callable[[str], Document]) -> None:
    """A JSON document is YAML."""
    assert reader('{"a": [1, 2.5, "x", null, true], "b": {"c": -1}}').value == {
        "a": [1, Decimal("2.5"), "x", None, True],
        "b": {"c": -1},
    }


def test_every_value_knows_its_line(reader: Callable[[str], Document]) -> None:
    """`where` is file:line of the key, or of the list entry; of the nearest one around it for what has none."""
    document = reader("# a comment\na:\n  b: 1\n\n  c:\n  - x\n  - {d: 2,\n     e: 3}\n")
    assert document.where() == "f.yaml:2"
    assert document.where("a") == "f.yaml:2"
    assert document.where("a", "b") == "f.yaml:3"
    assert document.where("a", "c") == "f.yaml:5"
    assert document.where("a", "c", 0) == "f.yaml:6"
    assert document.where("a", "c", 1, "e") == "f.yaml:8"
    assert document.where("a", "c", 1, "nowhere", 7) == "f.yaml:7"


def bomb(levels: int) -> str:
    """Ten aliases of the line before on each of `levels` lines: 10 ** levels values from a few hundred bytes."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "given twice"),
        ("a: {b: 1, b: 2}\n", 1, "given twice"),
        ('a: 1\n"a": 2\n', 2, "given twice"),
        ("x: 1\n5: 2\n", 2, "not text"),
        ("x: 1\n2026-11-21: 2\n1.5: 3\n", 3, "not text"),
        ("x: 1\ntrue: 2\n", 2, "not text"),
        ("x: 1\nno: 2\n", 2, "not text"),
        ("x: 1\non: 2\n", 2, "not text"),
        ("x: 1\nnull: 2\n", 2, "not text"),
        ("x: 1\n? [a]\n: 2\n", 2, "key must be plain text"),
        ("x: 1\n? {a: b}\n: 2\n", 2, "key must be plain text"),
        ("x: &x 1\n*x : 2\n", 2, "key must be plain text"),
        ("x: 1\ny: !!python/object/apply:os.system [ls]\n", 2, "tag"),
        ("x: 1\ny: !!str 5\n", 2, "tag"),
        ("x: 1\ny: !include other.yaml\n", 2, "tag"),
        ("x: 1\n!!str y: 2\n", 2, "tag"),
        ("x: 1\n!mine y: 2\n", 2, "tag"),
        ("x: !!set {a, b}\n", 1, "tag"),
        ("x: &x {a: 1}\ny:\n  <<: *x\n", 3, "merge"),
        ("x: 1\n---\ny: 2\n", 2, "second document"),
        ("x: 1\n...\n---\ny: 2\n", 3, "second document"),
        ("x: 1\ny: .nan\n", 2, "not a number"),
        ("x: 1\ny: -.inf\n", 2, "not a number"),
        ("x: 1\ny: +.Inf\n", 2, "not a number"),
        ("x: 1\ny: *nowhere\n", 2, "nowhere"),
        ("x: 1\ny: &y [1, *y]\n", 2, "y"),
        ("x: 1\ny: [1, 2\n", 3, "not valid YAML"),
        ("x: 1\n\ty: 2\n", 2, "not valid YAML"),
        ("x: 1\ny: 'open\n", 3, "not valid YAML"),
        ("x: 1\n y: 2\n", 2, "not valid YAML"),
        ("x: 1\ny: a: b\n", 2, "not valid YAML"),
        ("x: 1\ny: @a\n", 2, "not valid YAML"),
        ("x: 1\ny: %a\n", 2, "not valid YAML"),
        ("%YAML 3.0\n---\nx: 1\n", 1, "not valid YAML"),
        ('x: 1\ny: "\\q"\n', 2, "not valid YAML"),
        (bomb(12), 5, "alias"),
        ("x: " + "[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), 1, "levels deep"),
        ("x: " + "{a: " * 5000, 1, "levels deep"),
        ("- " * 5000, 1, "levels deep"),
        ("x: 1\ny: a\x00b\n", 2, "not allowed"),
        ("x: 1\ny: a\x07b\n", 2, "not allowed"),
        ("x: 1\ny: a\x1bb\n", 2, "not allowed"),
        ("x: 1\ny: a\ud800b\n", 2, "not allowed"),
    ],
)
def test_what_is_refused_is_named_with_its_line(
    reader: Callable[[str], Document], text: str, line: int, says: str
) -> None:
    """Each trap of YAML ends in an InputError with file:line that says what it is and what to do."""
    error = refused(reader, text)
    assert error.where == f"f.yaml:{line}"
    assert says in error.problem
    assert error.what_to_do


def test_a_document_may_be_as_deep_as_is_said(reader: Callable[[str], Document]) -> None:
    """Forty levels are read, which is far more than any case or rule has."""
    depth = MAX_DEPTH - 1
    value = reader("x: " + "[" * depth + "]" * depth).value["x"]
    for _ in range(depth - 1):
        assert len(value) == 1
        value = value[0]
    assert value == []


def test_aliases_that_stay_small_are_read(reader: Callable[[str], Document]) -> None:
    """An alias is a shorthand; only its explosion is refused."""
    assert reader("a: &a [1, 2]\nb: *a\nc: [*a, *a]\n").value == {"a": [1, 2], "b": [1, 2], "c": [[1, 2], [1, 2]]}


def test_a_long_list_is_not_blamed_on_aliases() -> None:
    """A document that is too large without any alias is told so, and not to remove aliases that it does not have."""
    error = refused(lambda text: read(text, "f.yaml"), "x: [" + "1, " * (MAX_NODES + 1) + "1]")
    assert error.where == "f.yaml:1"
    assert "alias" not in str(error)


@pytest.mark.parametrize(
    ("raw", "where", "says"),
    [
        (b"", "f.yaml", "empty"),
        (b" \n\t\n", "f.yaml", "empty"),
        (b"\xef\xbb\xbfa: 1\n", "f.yaml:1", "byte order mark"),
        (b"\xff\xfea\x00:\x00", "f.yaml:1", "UTF-16"),
        (b"\xfe\xff\x00a\x00:", "f.yaml:1", "UTF-16"),
        (b"\xff\xfe\x00\x00a\x00\x00\x00", "f.yaml:1", "UTF-"),
        ("a: 1\nb: grün\n".encode("latin-1"), "f.yaml:2", "0xfc"),
        (b"a: 1\n\n\xc3", "f.yaml:3", "0xc3"),
        (b"a: \xed\xa0\x80", "f.yaml:1", "0xed"),
        (b"a: \xc0\xaf", "f.yaml:1", "0xc0"),
        (b"x" * (MAX_BYTES + 1), "f.yaml", "2 MB"),
        (b"\x89PNG\r\n\x1a\n\x00", "f.yaml:1", "0x89"),
    ],
)
def test_bytes_that_are_no_text_are_refused(raw: bytes, where: str, says: str) -> None:
    """Another encoding, a byte order mark, nothing at all and a file of megabytes are named."""
    with pytest.raises(InputError) as caught:
        decode(raw, "f.yaml")
    assert caught.value.where == where
    assert says in caught.value.problem
    assert caught.value.what_to_do


def test_text_of_any_language_is_read() -> None:
    """UTF-8 is read whatever it says."""
    text = "title: Größe – 大きさ – حجم – 🙂\n"
    assert read(decode(text.encode(), "f"), "f").value == {"title": "Größe – 大きさ – حجم – 🙂"}


# -------------------------------------------------------------------------------------------------------------- fuzz

MARKS = "[]{}:,-?&*!|>'\"%@`#~<=\n\t .0123456789eE_+abnoyesNaInf\\/\x00\x85\u2028\ufeffé"
PIECES = [
    "a",
    "b: ",
    "- ",
    "? ",
    ": ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "\n",
    "\n  ",
    "&a ",
    "*a",
    "!!str ",
    "!t ",
    "| ",
    "> ",
    "'",
    '"',
    "#",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "<<: ",
    "no",
    "yes",
    ".nan",
    "1e9",
    "1_0",
    "\\x",
    "\t",
    "~",
]


@given(st.one_of(st.text(), st.text(alphabet=MARKS), st.lists(st.sampled_from(PIECES), max_size=30).map("".join)))
@example('a: "\\ud800"')
@example("a: \x00")
@example("? \n? ")
@example("&a : *a")
@example("a: &a\nb: *a")
@repeatable(200)
def test_whatever_text_is_given_only_input_errors_come(text: str) -> None:
    """Any text is read, or refused with an InputError whose place is in the file."""
    try:
        document = read(text, "f.yaml")
    except InputError as error:
        assert re.fullmatch(r"f\.yaml(:[1-9]\d*)?", error.where)
        assert error.what_to_do
    else:
        assert all(line >= 1 for line in document.lines.values())
        check_plain(document.value)


def check_plain(value: Any) -> None:
    """That `value` holds only the types which the reader promises."""
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        for inner in value.values():
            check_plain(inner)
    elif isinstance(value, list):
        for inner in value:
            check_plain(inner)
    else:
        assert value is None or type(value) in (str, int, bool, Decimal, BareWord)
        assert not isinstance(value, Decimal) or value.is_finite()


@given(st.one_of(st.binary(), st.text(alphabet=MARKS).map(str.encode)))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbf")
@example(b"\x00")
@repeatable(200)
def test_whatever_bytes_are_given_only_input_errors_come(raw: bytes) -> None:
    """Any bytes are a document, or are refused with an InputError."""
    try:
        read(decode(raw, "f.yaml"), "f.yaml")
    except InputError as error:
        assert error.where.startswith("f.yaml") and error.what_to_do


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.decimals(),
        st.text(max_size=8),
        st.binary(max_size=4),
        st.sampled_from(["unknown", "n/a", "no", "code", "facts", "2026-11-21", "2026-02-30", "advisor/case/v1", ""]),
        st.sampled_from([BareWord("no", False), BareWord("Yes", True)]),
        st.dates(),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3), st.tuples(inner, inner)
    ),
    max_leaves=6,
)


def names() -> tuple[list[str], list[str]]:
    """The groups and the last parts of all names that a case may hold."""
    questions = shipped_book().questions.values()
    return sorted({q.group for q in questions}), sorted({q.name.partition(".")[2] for q in questions})


GROUPS, PARTS = names()
CASES = st.dictionaries(
    st.one_of(st.sampled_from([*GROUPS, "schema", "title", "client", "as_of"]), st.text(max_size=5)),
    st.one_of(VALUES, st.dictionaries(st.one_of(st.sampled_from(PARTS), st.text(max_size=5)), VALUES, max_size=3)),
    max_size=4,
)


@given(st.one_of(CASES, VALUES))
@example({"task": {"task.kind": "code"}})
@example({"task.kind": "code"})
@repeatable(200)
def test_whatever_a_case_holds_only_input_errors_come(value: Any) -> None:
    """Any nesting of values is a case, or is refused with an InputError that says what to do."""
    try:
        case_from_document(Document("case", value, {}), shipped_book().questions)
    except InputError as error:
        assert error.where == "case" and error.what_to_do


QUESTION_AND_VALUE = st.tuples(st.sampled_from(sorted(shipped_book().questions)), VALUES)


@given(QUESTION_AND_VALUE)
@example(("need.gaps", [["facts"]]))
@example(("need.gaps", [{"a": 1}]))
@example(("data.examples", float("nan")))
@example(("data.examples", float("inf")))
@example(("data.examples", Decimal("sNaN")))
@example(("data.examples", Decimal("1e400")))
@example(("data.examples", 10**400))
@example(("traffic.growth_per_month", -1e308))
@repeatable(250)
def test_whatever_an_answer_is_only_input_errors_come(pair: tuple[str, Any]) -> None:
    """Any value of any answer is accepted, or refused with its name and what to do."""
    name, value = pair
    group, _, part = name.partition(".")
    try:
        case_from_document(Document("case", {group: {part: value}}, {}), shipped_book().questions)
    except InputError as error:
        assert name in error.problem and error.what_to_do


@pytest.mark.parametrize(
    "text",
    [
        "need: {gaps: [null]}",
        "need: {gaps: [[facts]]}",
        "need: {gaps: [no]}",
        "need: {gaps: [1.5]}",
        "need: {gaps: no}",
        "task: {kind: [code]}",
        "task: {kind: 1.5}",
        "task: {labels: no}",
        "task: {description: no}",
        "task: no",
        "task: 1.5",
        "title: no",
        "title: 1.5",
        "title: [a]",
        "as_of: no",
        "as_of: 1.5",
        "schema: no",
        "schema: null",
        "schema: [a]",
    ],
)
def test_a_wrong_value_is_named_as_it_is_written(text: str) -> None:
    """The message shows what stands in the file, in words that are not Python's."""
    with pytest.raises(InputError) as caught:
        case_from_document(read(text, "case.yaml"), shipped_book().questions)
    assert not re.search(r"NoneType|BareWord|Decimal|tuple|dict|<class|<advisor", str(caught.value))
    assert caught.value.where == "case.yaml:1" and caught.value.what_to_do


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("[a]", "a list"),
        ("5", "a number"),
        ("1.5", "a number"),
        ("text", "text"),
        ("true", "true"),
        ("no", "bare word no"),
        ("~", "nothing"),
    ],
)
def test_a_case_of_another_form_is_told_what_it_is(text: str, form: str) -> None:
    """A case must be a mapping; whatever else stands at the top level is named as what it is."""
    with pytest.raises(InputError) as caught:
        case_from_document(read(text, "case.yaml"), shipped_book().questions)
    assert form in caught.value.problem and caught.value.where == "case.yaml:1" and caught.value.what_to_do


@pytest.mark.parametrize("key", [5, None, True, 1.5, ("a", "b"), b"task"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_key_that_is_not_text_is_refused(key: Any, nested: bool) -> None:
    """A mapping given from Python may have keys of any type; one that is not text is an unknown name."""
    with pytest.raises(InputError):
        load_case({"task": {key: 1}} if nested else {key: 1})
