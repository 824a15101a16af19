"""Wrong input, through the real command: exit code 2, one message with its place and what to do, and nothing else.

A few run as processes of their own; most run in this one through `main`, which is what the `advisor` command calls.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.files import load_case, load_life_cycle, load_rulebook
from tests.strategies import PRICING, RULES

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Ended]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `advisor` in this process, in an empty folder of its own."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Ended:
        from advisor.__main__ import main

        monkeypatch.setattr(sys, "argv", ["advisor", *arguments])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        shown = capsys.readouterr()
        return Ended(code, shown.out, shown.err)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Run:
    """Runs `advisor` as a process of its own, in an empty folder."""

    def run(*arguments: str | bytes, stdin: bytes | None = b"", close_stdin: bool = False) -> Ended:
        ended = subprocess.run(
            [sys.executable, "-m", "advisor", *arguments],
            input=None if close_stdin else stdin,
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
            timeout=60,
            preexec_fn=(lambda: os.close(0)) if close_stdin else None,
        )
        return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return run


def check_refused(ended: Ended, where: str, says: str) -> None:
    """Exit code 2, nothing on standard output, and one message: place, what is wrong, what to do."""
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err
    first, *rest = ended.err.splitlines()
    assert first.startswith(f"advisor: {where}: ")
    assert says in ended.err
    assert rest and rest[0].startswith("  What to do: ") and len(rest[0]) > 20
    assert ended.err.count("advisor: ") == 1 and ended.err.count("What to do: ") == 1
    assert not re.search(r"NoneType|BareWord|<class|<advisor", ended.err)


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)

# name: (text of the case file, line that is named, what is said)
WRONG: dict[str, tuple[str, int, str]] = {
    "misspelt answer": ("task:\n  kind: code\n  generik: true\n", 3, "did you mean task.generic?"),
    "misspelt group": ("task: {kind: code}\ntsk: {generic: true}\n", 2, "did you mean task?"),
    "answer in another group": ("data:\n  gaps: [facts]\n", 2, "data.gaps"),
    "unknown top-level name": ("titel: x\n", 1, "did you mean title?"),
    "dotted name": ("title: x\ntask.kind: code\n", 2, "`kind: ...`"),
    "misspelt option": ("task:\n  kind: clasification\n", 2, "did you mean classification?"),
    "option in capitals": ("task:\n  kind: Code\n", 2, "code"),
    "option of another answer": ("task:\n  kind: facts\n", 2, "one of classification, extraction"),
    "misspelt option in a list": ("need:\n  gaps:\n  - facts\n  - stile\n", 2, "did you mean style?"),
    "option twice": ("need: {gaps: [facts, facts]}\n", 1, "facts is listed twice"),
    "option for a list": ("need:\n  gaps: facts\n", 2, "[a, b]"),
    "list for an option": ("task:\n  kind: [code]\n", 2, "one of classification"),
    "mapping for a list": ("need: {gaps: {facts: true}}\n", 1, "[a, b]"),
    "unknown in a list": ("need: {gaps: [unknown]}\n", 1, "`unknown` instead of the list"),
    "null in a list": ("need: {gaps: [facts, null]}\n", 1, "need.gaps"),
    "text for truth": ('task: {generic: "maybe"}\n', 1, "true or false"),
    "number for truth": ("task: {generic: 1}\n", 1, "true or false"),
    "number as text": ('data:\n  examples: "500"\n', 2, "without quotes"),
    "number with a comma": ("data: {examples: '1,000'}\n", 1, "thousands commas"),
    "bare number with a comma": ("data: {examples: 1,000}\n", 1, "000"),
    "number with a unit": ("constraints: {budget_usd: 50k}\n", 1, "units"),
    "number in another base": ("data: {examples: 0x10}\n", 1, "number"),
    "number with a leading zero": ("data: {examples: 007}\n", 1, "number"),
    "number of forty digits": (f"data: {{examples: 1{'0' * 45}}}\n", 1, "data.examples"),
    "truth for a number": ("data: {examples: true}\n", 1, "number"),
    "list for a number": ("data: {examples: [5]}\n", 1, "number"),
    "bare no for a number": ("data: {examples: no}\n", 1, "number"),
    "negative count": ("data:\n  examples: -1\n", 2, "below 0"),
    "part of a count": ("data: {examples: 1.5}\n", 1, "whole number"),
    "no classes at all": ("task: {labels: 0}\n", 1, "below 1"),
    "share above one": ("success: {baseline: 80}\n", 1, "above 1"),
    "negative money": ("constraints: {budget_usd: -0.01}\n", 1, "below 0"),
    "not a number": ("data:\n  examples: .nan\n", 2, "not a number"),
    "infinite": ("data:\n  examples: .inf\n", 2, "not a number"),
    "nan as a word": ("horizon: {months: nan}\n", 1, "number"),
    "bare no for an option": ("tried:\n  prompt: no\n", 2, 'write it in quotes: "no"'),
    "bare No for an option": ("tried:\n  rag: No\n", 2, 'write it in quotes: "no"'),
    "bare yes for an option": ("tried:\n  rag: yes\n", 2, "one of no, improving, exhausted"),
    "bare no for text": ("success:\n  metric: no\n", 2, '"..."'),
    "number for text": ("models: {base: 5}\n", 1, "text"),
    "empty text": ('models: {base: "  "}\n', 1, "empty"),
    "bare no as the title": ("title: no\n", 1, "quotes"),
    "number as the client": ("client: 5\n", 1, "quotes"),
    "a day that does not exist": ("title: x\nas_of: 2026-02-30\n", 2, "year-month-day"),
    "a day of a common year": ("as_of: 2026-02-29\n", 1, "year-month-day"),
    "a day the other way round": ("as_of: 21.11.2026\n", 1, "year-month-day"),
    "a month only": ("as_of: 2026-11\n", 1, "year-month-day"),
    "a day with a time": ("as_of: 2026-11-21T10:00:00Z\n", 1, "year-month-day"),
    "a day without hyphens": ("as_of: 20261121\n", 1, "year-month-day"),
    "a number as the day": ("as_of: 2026\n", 1, "year-month-day"),
    "another schema": ("schema: advisor/case/v2\n", 1, "advisor/case/v1"),
    "an empty schema": ("schema:\ntask: {kind: code}\n", 1, "advisor/case/v1"),
    "text for a group": ("title: x\ntask: code\n", 2, "task: {"),
    "list for a group": ("task: [code]\n", 1, "task: {"),
    "bare no for a group": ("task: no\n", 1, "task: {"),
    "duplicate answer": ("task:\n  kind: code\n  kind: agent\n", 3, "given twice, first on line 2"),
    "duplicate group": ("task: {kind: code}\nneed: {gaps: [facts]}\ntask: {generic: true}\n", 3, "first on line 1"),
    "alias bomb": (BOMB, 5, "alias"),
    "deep nesting": ("task: " + "[" * 10_000, 1, "levels deep"),
    "deep mapping": ("task:" + "".join(f"\n{' ' * n}a:" for n in range(1, 60)), 42, "levels deep"),
    "tag": ("task: !!python/object/apply:os.system [echo]\n", 1, "tag"),
    "merge key": ("task: &t {kind: code}\nneed: {<<: *t}\n", 2, "merge"),
    "number as a name": ("5: x\n", 1, "quotes"),
    "two documents": ("task: {kind: code}\n---\ntask: {kind: agent}\n", 2, "one document"),
    "tab": ("task:\n\tkind: code\n", 2, "indentation"),
    "open quote": ("title: 'x\n", 2, "quotes"),
    "missing space": ("task: {kind:code}\n", 1, "task.kind"),
    "null byte": ("title: x\ntask: {kind: co\0de}\n", 2, "control characters"),
    "escape character": ("title: x\nclient: '\x1b[31mred'\n", 2, "control characters"),
    "list at the top": ("- task\n", 1, "mapping"),
    "text at the top": ("code\n", 1, "mapping"),
    "number at the top": ("1.5\n", 1, "a number"),
    "html": ("<!DOCTYPE html>\n<p>404</p>\n", 1, "mapping"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_case_file_is_refused_with_its_line(command: Run, tmp_path: Path, kind: str) -> None:
    """Every kind of mistake in a case: exit code 2, file:line, what to do, and nothing printed or written."""
    text, line, says = WRONG[kind]
    (tmp_path / "case.yaml").write_text(text, encoding="utf-8")
    check_refused(command("recommend", "case.yaml"), f"case.yaml:{line}", says)
    assert [path.name for path in tmp_path.iterdir()] == ["case.yaml"]


# name: (bytes of the case file, place that is named, what is said)
BYTES: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "case.yaml", "empty"),
    "blank": (b"\n \n", "case.yaml", "empty"),
    "only a comment": (b"# later\n", "case.yaml", "mapping"),
    "Latin-1": ("title: x\nclient: Müller\n".encode("latin-1"), "case.yaml:2", "UTF-8"),
    "UTF-16": ("task: {kind: code}\n".encode("utf-16"), "case.yaml:1", "UTF-16"),
    "UTF-16 without a mark": ("task: {kind: code}\n".encode("utf-16-le"), "case.yaml:1", "UTF-8"),
    "byte order mark": ("task: {kind: code}\n".encode("utf-8-sig"), "case.yaml:1", "without BOM"),
    "50 MB": (b"# " + b"x" * 50_000_000, "case.yaml", "2 MB"),
    "2 MB of one list": (b"task: [" + b"1," * 900_000 + b"1]", "case.yaml:1", "too large"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\x00", "case.yaml:1", "UTF-8"),
    "a zip": (b"PK\x03\x04\x14\x00\x00", "case.yaml:1", "control characters"),
}


@pytest.mark.parametrize("kind", BYTES)
def test_a_file_that_is_no_case_is_refused(command: Run, tmp_path: Path, kind: str) -> None:
    """A file of another encoding, size or kind: exit code 2, its place, what to do, and nothing printed or written."""
    content, where, says = BYTES[kind]
    (tmp_path / "case.yaml").write_bytes(content)
    check_refused(command("recommend", "case.yaml"), where, says)
    assert [path.name for path in tmp_path.iterdir()] == ["case.yaml"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nowhere.yaml", "no such file"),
        ("nowhere/case.yaml", "no such file"),
        (".", "folder"),
        ("", ""),
        ("file/case.yaml", "Not a directory"),
        ("x" * 300 + ".yaml", "too long"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(command: Run, tmp_path: Path, path: str, says: str) -> None:
    """A file that is missing, a folder, or no path at all: exit code 2, the path, and what to do."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ended = command("recommend", path)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err and "Traceback" not in ended.err
    assert "\n  What to do: " in ended.err
    assert [found.name for found in tmp_path.iterdir()] == ["file"]


def test_a_path_with_a_null_byte_is_refused() -> None:
    """No file can have such a name; the message shows it and says what to do."""
    with pytest.raises(InputError) as caught:
        load_case("a\0b.yaml")
    assert "null byte" in caught.value.problem and "a\\x00b.yaml" in caught.value.where
    assert caught.value.what_to_do


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(command: Run, tmp_path: Path) -> None:
    """Without permission: exit code 2, the path, and what to do."""
    path = tmp_path / "case.yaml"
    path.write_text("task: {kind: code}\n", encoding="utf-8")
    path.chmod(0)
    check_refused(command("recommend", "case.yaml"), "case.yaml", "may not be read")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("data.exmples=5", "did you mean data.examples?"),
        ("data.examples", "data.examples=800"),
        ("data.examples=many", "number"),
        ("data.examples=-5", "below 0"),
        ("data.examples=.nan", "not a number"),
        ("task.kind=cod", "did you mean code?"),
        ("tried.prompt=no", '"no"'),
        ("need.gaps=[[[", "YAML"),
        ("need.gaps=[facts, facts]", "twice"),
        ("=5", "no answer named"),
        ("models.base=a\0b", "control characters"),
        ("success.metric=!!str x", "tag"),
    ],
)
def test_a_wrong_set_is_refused(command: Run, tmp_path: Path, change: str, says: str) -> None:
    """A mistake in `--set`: exit code 2, the option as it was written, and what to do."""
    (tmp_path / "case.yaml").write_text("task: {kind: code}\n", encoding="utf-8")
    ended = command("recommend", "case.yaml", "--set", change)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"advisor: --set {change.partition('=')[0]}")
    assert says in ended.err and "Traceback" not in ended.err
    assert "\n  What to do: " in ended.err


@pytest.mark.parametrize("day", ["2026-02-30", "tomorrow", "21.11.2026", "", "2026-11-21T00:00"])
def test_a_wrong_day_on_the_command_line_is_refused(command: Run, tmp_path: Path, day: str) -> None:
    """`--as-of` takes a day that exists, as year-month-day."""
    (tmp_path / "case.yaml").write_text("task: {kind: code}\n", encoding="utf-8")
    ended = command("recommend", "case.yaml", "--as-of", day)
    assert (ended.code, ended.out) == (2, "")
    assert "year-month-day" in ended.err and "Traceback" not in ended.err


@pytest.mark.slow
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "text",
    [
        "horizon: {months: 1e999}\nmodels: {base: gpt-4o}\n",
        "horizon: {months: 1e-999}\nmodels: {base: gpt-4o}\n",
        "data: {examples: 1e300}\nconstraints: {gpu_memory_gb: 1e999, budget_usd: 0.1e-5}\n",
        "as_of: 0001-01-01\nmodels: {base: gpt-4o, to_tune: gpt-4o}\nhorizon: {months: 12}\n",
        "as_of: 9999-12-31\nmodels: {base: gpt-4o, to_tune: gpt-4o}\nhorizon: {months: 12}\n",
        "models: {base: 'ft:', to_tune: 'ft::::', tuned_in_use: ['', ':', 'ft:x']}\n",
        "models: {base: hf/x-99999999999999999999999999b, to_tune: hf/0b, tuned_in_use: []}\n",
        "need: {gaps: []}\n",
        "need: {gaps: n/a}\ntask: {kind: n/a, generic: n/a}\ntried: {prompt: n/a}\n",
        "title: '<script>alert(1)</script> **x** | [a](b) \\'\nclient: \"a\\nb\\tc\"\n",
        "{}\n",
        "task:\n",
        "task: {}\nneed:\n  gaps:\n",
    ],
)
def test_an_odd_case_that_is_right_is_answered(command: Run, tmp_path: Path, text: str, form: str) -> None:
    """Extreme but possible values, days and names, empty groups and answers that do not apply all get an answer."""
    (tmp_path / "case.yaml").write_text(text.replace("['', ", "["), encoding="utf-8")
    ended = command("recommend", "case.yaml", "--format", form)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.strip()


# ----------------------------------------------------------------------------------------------- whole processes


def test_processes_end_as_promised(process: Run, tmp_path: Path) -> None:
    """The same as a process of its own: a misspelt name, a bomb, 50 MB on standard input and a missing file."""
    case = tmp_path / "case.yaml"
    case.write_text("task:\n  kynd: code\n", encoding="utf-8")
    check_refused(process("recommend", "case.yaml"), "case.yaml:2", "did you mean task.kind?")
    case.write_text(BOMB, encoding="utf-8")
    check_refused(process("recommend", "case.yaml", "--format", "json"), "case.yaml:5", "alias")
    case.unlink()
    check_refused(process("recommend", "case.yaml"), "case.yaml", "no such file")
    check_refused(process("recommend", "-", stdin=b"x" * 3_000_000), "standard input", "2 MB")
    assert list(tmp_path.iterdir()) == []


def test_a_closed_standard_input_is_refused(process: Run) -> None:
    """`advisor recommend - <&-` has nothing to read, and says so."""
    ended = process("recommend", "-", close_stdin=True)
    assert (ended.code, ended.out) == (2, "")
    assert "Traceback" not in ended.err and "standard input" in ended.err


def test_bytes_on_the_command_line_that_are_no_text_are_refused(process: Run) -> None:
    """A path or an answer that is not UTF-8 is named as well as it can be."""
    check_refused(process("recommend", b"\xff.yaml"), r"\udcff.yaml", "no such file")
    ended = process("recommend", "-", "--set", b"models.base=\xff", stdin=b"task: {kind: code}\n")
    check_refused(ended, r"--set models.base=\udcff", "models.base")
    assert "codec" not in ended.err


# ----------------------------------------------------------------------------- rule files and life cycles the same way


@pytest.fixture
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every file anew."""
    monkeypatch.setenv("ADVISOR_CACHE", "")


UNREADABLE = {
    "empty": b"",
    "Latin-1": "a: ü\n".encode("latin-1"),
    "UTF-16": "a: b\n".encode("utf-16"),
    "byte order mark": "a: b\n".encode("utf-8-sig"),
    "too large": b"# " + b"x" * 3_000_000,
    "bomb": BOMB.encode(),
    "deep": b"a: " + b"[" * 5000,
    "not YAML": b"a: [\n",
    "null byte": b"a: b\0c\n",
    "list": b"- a\n",
    "text": b"a\n",
    "nothing": b"# a\n",
    "number": b"1.5\n",
    "unknown field": b"a: b\n",
    "two documents": b"a: b\n---\na: b\n",
    "duplicate key": b"a: b\na: c\n",
}


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("kind", UNREADABLE)
@pytest.mark.parametrize("name", ["rules/flags", "life_cycle"])
def test_a_rule_or_price_file_that_cannot_be_read_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    """Rule files and life cycles that are no such file end in an InputError that names the file."""
    (tmp_path / "rules").mkdir()
    for path in RULES.glob("*.yaml"):
        (tmp_path / "rules" / path.name).write_bytes(path.read_bytes())
    path = tmp_path / f"{name}.yaml"
    path.write_bytes(UNREADABLE[kind])
    with pytest.raises(InputError) as caught:
        load_life_cycle(path) if name == "life_cycle" else load_rulebook(tmp_path / "rules")
    assert re.fullmatch(rf"{re.escape(str(path))}(:\d+)?", caught.value.where)
    assert caught.value.problem and not re.search(r"NoneType|BareWord", str(caught.value))


def test_a_missing_folder_of_rules_is_refused(command: Run, tmp_path: Path) -> None:
    """`--rules` with a folder that is not there, or that is a file, ends with exit code 2."""
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for folder in ("nowhere", "file"):
        ended = command("rules", "check", "--rules", folder)
        assert (ended.code, ended.out) == (2, "")
        assert folder in ended.err and "Traceback" not in ended.err


@pytest.mark.usefixtures("nothing_kept")
def test_a_broken_rule_file_ends_the_command_with_its_line(command: Run, tmp_path: Path) -> None:
    """`rules check` on a rule book with a misspelt answer: exit code 2, file:line, the nearest right name."""
    (tmp_path / "rules").mkdir()
    for path in RULES.glob("*.yaml"):
        (tmp_path / "rules" / path.name).write_bytes(path.read_bytes())
    flags = tmp_path / "rules" / "flags.yaml"
    text = flags.read_text(encoding="utf-8").replace("{task.generic: true}", "{task.genric: true}", 1)
    flags.write_text(text, encoding="utf-8")
    line = next(n for n, found in enumerate(text.splitlines(), 1) if "task.genric" in found)
    ended = command("rules", "check", "--rules", "rules")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"advisor: rules/flags.yaml:{line}: ")
    assert "did you mean task.generic?" in ended.err and "Traceback" not in ended.err


# name: (what is replaced, by what, a text of the line to be named, what is said)
LIFE_CYCLE: dict[str, tuple[str, str, str, str]] = {
    "a day that does not exist": ('"on": "2027-01-06"', '"on": "2027-02-30"', "2027-02-30", "year-month-day"),
    "the day as a number": ('"on": "2027-01-06"', '"on": 2027', '"on": 2027', "on"),
    "a bare on as a name": ('"on": "2027-01-06"', 'on: "2027-01-06"', '  on: "2027-01-06"', '"on"'),
    "an unknown provider": ("provider: openai", "provider: opnai", "opnai", "did you mean openai?"),
    "an unknown event": ("event: shutdown", "event: shut_down", "shut_down", "did you mean shutdown?"),
    "a misspelt field": ("replacement:", "replaced_by:", "replaced_by", "no field replaced_by"),
    "truth as text": (
        "tuned_models_too: true",
        'tuned_models_too: "true"',
        'tuned_models_too: "true"',
        "true or false",
    ),
    "truth as a bare word": (
        "tuned_models_too: true",
        "tuned_models_too: yes",
        "tuned_models_too: yes",
        "true or false",
    ),
    "models as text": ("models: [gpt-5.1]", "models: gpt-5.1", "models: gpt-5.1", "list"),
    "a size as text": ("params_b: 8\n", 'params_b: "8"\n', 'params_b: "8"', "number"),
    "a size of nothing": ("params_b: 8\n", "params_b: 0\n", "params_b: 0", "params_b"),
    "a negative size": ("params_b: 8\n", "params_b: -8\n", "params_b: -8", "params_b"),
    "no size": ("  params_b: 8\n", "", "- class: medium_open", "params_b"),
    "a day missing": ('  tunable_from: "2024-07-18"\n', "", "- provider: openai", "tunable_from"),
    "no source": ("  source: the day in the snapshot's name\n", "", "- provider: openai", "source"),
    "providers as a list": ("providers:\n", "providers: []\nother:\n", "providers: []", "mapping"),
    "events as text": ("events:\n", "events: none\nother:\n", "events: none", "list"),
    "no day of reading": ('as_of: "2026-11-21"\n', "", "source: developers", "as_of"),
    "a duplicate event": ("id: gpt_5_1_ends", "id: gpt_4o_and_4_1_end", "id: gpt_4o_and_4_1_end", "gpt_4o_and_4_1_end"),
}


@pytest.mark.usefixtures("nothing_kept")
@pytest.mark.parametrize("kind", LIFE_CYCLE)
def test_a_mistake_in_the_life_cycles_is_named_with_its_line(tmp_path: Path, kind: str) -> None:
    """Every kind of mistake in `pricing/life_cycle.yaml` ends in an InputError with file:line."""
    old, new, at, says = LIFE_CYCLE[kind]
    text = (PRICING / "life_cycle.yaml").read_text(encoding="utf-8")
    assert old in text, f"life_cycle.yaml no longer holds {old!r}"
    path = tmp_path / "life_cycle.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_life_cycle(path)
    lines = path.read_text(encoding="utf-8").splitlines()
    assert caught.value.where in [f"{path}:{number}" for number, line in enumerate(lines, 1) if at in line]
    assert says in str(caught.value)
