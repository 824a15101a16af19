"""`advisor data`: exit codes, and reports in every form."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.data_rules import load_data_rules
from advisor.dataset.enough import verdict_of
from advisor.dataset.finding_rules import build_finding_rules
from advisor.dataset.formats import recognise
from advisor.dataset.host_rules import build_hosts
from advisor.errors import AdvisorError, RuleBookError
from advisor.files import content, read_document
from advisor.strict_yaml import read
from tests.chat_rows import planted_file

SCHEMA = json.loads((Path(__file__).parent / "data_report_schema.json").read_text(encoding="utf-8"))
RIGHT = '{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hello"}]}\n'


def run(*words: str | Path) -> Result:
    """The command with these words; an error for people stays an exception."""
    return CliRunner().invoke(advisor, ["data", *map(str, words)])


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 300 rows, a third with a mistake."""
    path = tmp_path_factory.mktemp("data") / "planted.jsonl"
    path.write_text(planted_file(5, 300).text, encoding="utf-8")
    return path


def record_of(*words: str | Path) -> dict[str, Any]:
    """The JSON report, which must fit the published schema."""
    import jsonschema

    result = run("check", *words, "--format", "json")
    assert result.exit_code in (0, 1), result.exception
    record: dict[str, Any] = json.loads(result.stdout)
    jsonschema.validate(record, SCHEMA)
    return record


@pytest.mark.slow
def test_json_is_complete_and_fits_the_schema(planted: Path) -> None:
    """Every planted line is listed, none is left out, and each source is explained."""
    record = record_of(planted)
    structure = {rule.id for rule in load_data_rules().findings.of.values() if rule.part == "structure"}
    wrong = [finding for finding in record["findings"] if finding["id"] in structure]
    assert {place["line"] for finding in wrong for place in finding["lines"]} == set(planted_file(5, 300).found)
    assert all(finding["count"] == len(finding["lines"]) for finding in record["findings"])
    assert {name for finding in record["findings"] for name in finding["source"]} <= set(record["sources"])
    assert record["rows"] == 300
    assert record["tokens"]["exact"] and record["tokens"]["total"] > 300


def test_exit_codes(tmp_path: Path, planted: Path) -> None:
    """0 clean, 1 findings at the failing level or above, 2 not readable."""
    good = tmp_path / "good.jsonl"
    good.write_text(RIGHT * 12)
    warned = tmp_path / "warned.jsonl"
    warned.write_text(RIGHT * 12 + RIGHT.replace("hello", "\\u001b[0m"))
    few = tmp_path / "few.jsonl"
    few.write_text(RIGHT * 9)
    assert run("check", good, "--only", "structure", "--fail-on", "note").exit_code == 0
    assert run("check", planted, "--only", "structure").exit_code == 1
    assert run("check", warned, "--only", "structure").exit_code == 0
    assert run("check", warned, "--only", "structure", "--fail-on", "warning").exit_code == 1
    assert run("check", few, "--only", "structure").exit_code == 0
    assert run("check", few, "--only", "structure", "--fail-on", "warning").exit_code == 1
    assert run("check", few, "--only", "structure", "--host", "openai").exit_code == 1
    assert run("check", few, "--only", "structure", "--host", "own").exit_code == 0
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    for path in (empty, tmp_path, tmp_path / "none"):
        result = run("check", path)
        assert isinstance(result.exception, AdvisorError)
        assert result.exception.exit_code == 2


def test_the_report_never_replaces_the_data(tmp_path: Path) -> None:
    """--out may not be the file itself."""
    path = tmp_path / "a.jsonl"
    path.write_text(RIGHT * 12)
    assert isinstance(run("check", path, "--out", path).exception, AdvisorError)
    assert path.read_text() == RIGHT * 12


def test_text_fits_80_columns_and_says_why(planted: Path) -> None:
    """Each finding has its count, first places, reason, advice and source."""
    text = run("check", planted, "--only", "structure").stdout
    assert max(map(len, text.splitlines())) <= 80
    flat = " ".join(text.split())
    for part in ("missing_key", "line ", "and ", "Why: ", "What to do: ", "Source: ", "300 rows, openai_chat"):
        assert part in flat


def test_markdown_junit_and_sarif(tmp_path: Path, planted: Path) -> None:
    """Each form says the same number of findings."""
    record = record_of(planted, "--only", "structure")
    ids = {finding["id"] for finding in record["findings"]}
    markdown = run("check", planted, "--only", "structure", "--format", "md").stdout
    assert markdown.startswith("# Data check\n")
    assert all(name.replace("_", "\\_") in markdown for name in ids)
    suite = ElementTree.fromstring(run("check", planted, "--only", "structure", "--format", "junit").stdout)
    failed = {case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None}
    assert failed == ids - {"control_characters"}
    assert suite.get("failures") == str(len(failed))
    out = tmp_path / "log.sarif"
    assert run("check", planted, "--only", "structure", "--format", "sarif", "--out", out).exit_code == 1
    log = json.loads(out.read_text(encoding="utf-8"))
    assert log["version"] == "2.1.0"
    results = log["runs"][0]["results"]
    assert len(results) == sum(finding["count"] for finding in record["findings"])
    assert {rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]} == ids
    assert all(result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1 for result in results)


def test_rows_too_long_for_the_model_are_found(tmp_path: Path) -> None:
    """By the model's own limit; without a model nothing is too long."""
    path = tmp_path / "long.jsonl"
    path.write_text(RIGHT * 12 + RIGHT.replace("hi", "word " * 17_000))
    assert record_of(path, "--only", "tokens")["findings"] == []
    found = record_of(path, "--only", "tokens", "--model", "gpt-3.5-turbo")["findings"]
    assert [(finding["id"], finding["lines"][0]["line"]) for finding in found] == [("too_long", 13)]
    assert record_of(path, "--only", "tokens", "--model", "claude-haiku-4-5")["tokens"]["exact"] is False


@pytest.mark.parametrize(
    ("row", "form", "answer"),
    [
        ({"prompt": "a", "completion": "b"}, "prompt_completion", ""),
        ({"instruction": "a", "input": "", "output": "b"}, "alpaca", "output"),
        ({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}, "sharegpt", "value"),
        ({"prompt": "a", "chosen": "b", "rejected": "c"}, "trl_preference", "rejected"),
        (
            {
                "input": {"messages": [{"role": "user", "content": "a"}]},
                "preferred_output": [{"role": "assistant", "content": "b"}],
                "non_preferred_output": [{"role": "assistant", "content": "c"}],
            },
            "openai_preference",
            "content",
        ),
        ({"messages": [{"role": "user", "content": "a"}], "reference_answer": "b"}, "reinforcement", "content"),
        ({"question": "a", "answer": "b", "team": "c"}, "table", "answer"),
    ],
)
def test_every_format_is_recognised_and_checked(tmp_path: Path, row: dict[str, Any], form: str, answer: str) -> None:
    """Right rows pass, and one with an empty text does not; a few broken lines at the beginning change nothing."""
    assert recognise([row]) == form
    path = tmp_path / "rows.jsonl"
    path.write_text("{broken\n" * 3 + (json.dumps(row) + "\n") * 12 + json.dumps(row).replace('"b"', '""') + "\n")
    record = record_of(path, "--only", "structure")
    assert record["format"] == form
    found = {finding["id"]: [place["line"] for place in finding["lines"]] for finding in record["findings"]}
    assert found.pop("json_error") == [1, 2, 3]
    assert found == ({} if form == "reinforcement" else {"empty_content": [16]})


def test_rules_cover_every_published_finding() -> None:
    """Each id of the schema has a severity, a reason, advice and a source."""
    rules = load_data_rules()
    published = SCHEMA["properties"]["findings"]["items"]["properties"]["id"]["enum"]
    assert set(rules.findings.of) == set(published)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("  severity: blocking", "  severity: bad"), "no severity named bad"),
        (("source: [jsonl_layout]", "source: [nowhere]"), "no source named nowhere"),
        (("- id: json_error", "- id: encoding_error"), "given twice"),
        (("  part: structure", "  part: structure\n  colour: red"), "has no field colour"),
    ],
)
def test_mistakes_in_the_rules_are_named(change: tuple[str, str], message: str) -> None:
    """With file and line."""
    folder = content("rules")
    text = (folder / "data_findings.yaml").read_text(encoding="utf-8").replace(*change, 1)
    sources, evidence = (read_document(folder / f"{name}.yaml") for name in ("sources", "evidence"))
    with pytest.raises(RuleBookError, match=rf"f\.yaml:\d+: .*{re.escape(message)}"):
        build_finding_rules(read(text, "f.yaml"), sources, evidence)


def test_mistakes_in_the_hosts_are_named() -> None:
    """A limit must be a whole number."""
    text = (content("rules") / "data_hosts.yaml").read_text(encoding="utf-8").replace(": 10\n", ": 0.5\n", 1)
    with pytest.raises(RuleBookError, match="must be a whole number"):
        build_hosts(read(text, "h.yaml"))


@pytest.mark.parametrize(("right", "approaches"), [(2, ()), (49, ("few_shot",)), (50, ("few_shot", "fine_tune"))])
def test_verdict_by_number(right: int, approaches: tuple[str, ...]) -> None:
    """50 right examples are enough to tune."""
    verdict = verdict_of("openai_chat", 60, right, load_data_rules().enough)
    assert verdict.enough_for == approaches
    assert f"{right} of 60" in verdict.summary


@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.jsonl.gz"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
def test_random_files_end_in_a_sentence(tmp_path: Path, raw: bytes, name: str) -> None:
    """Never in a traceback, and never in success."""
    path = tmp_path / name
    path.write_bytes(raw)
    result = run("check", path, "--only", "structure")
    assert result.exit_code != 0
    assert result.exception is None or isinstance(result.exception, AdvisorError | SystemExit)


def test_convert_says_what_it_did(tmp_path: Path) -> None:
    """Rows written, and the formats."""
    path, out = tmp_path / "in.jsonl", tmp_path / "out.csv"
    path.write_text(RIGHT * 2)
    result = run("convert", path, out, "--to", "table")
    assert result.exit_code == 0
    assert "2 of 2 rows written, from openai_chat to table" in result.stdout
    assert out.read_text() == "prompt,completion\nhi,hello\nhi,hello\n"
