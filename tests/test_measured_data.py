"""What a data set shows takes the place of what the case claims, and the result shows both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor import load_case, recommend
from advisor.case import Measured
from advisor.cli import advisor
from advisor.measured_data import measured_case

CASE = """\
schema: advisor/case/v1
task: {kind: classification, generic: false, labels: 4}
need: {gaps: [new_skill]}
tried: {prompt: exhausted, few_shot: exhausted}
data: {examples: 5000, personal_data: none, file: train.jsonl}
success: {metric_defined: true}
constraints: {data_may_leave: any_provider}
team: {skills: software}
horizon: {months: 24}
"""


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """A case that claims 5,000 examples of 4 classes; the file beside it has 40 of 2, one twice and one broken."""
    rows = [
        {
            "messages": [
                {"role": "system", "content": "Name the team."},
                {
                    "role": "user",
                    "content": f"Ticket {number} about the pump" + (", a@b.example" if number == 3 else ""),
                },
                {"role": "assistant", "content": "hardware" if number % 2 else "software"},
            ]
        }
        for number in range(40)
    ]
    lines = [json.dumps(row) for row in [*rows, rows[0]]] + ["broken"]
    (tmp_path / "train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = tmp_path / "case.yaml"
    path.write_text(CASE, encoding="utf-8")
    return path


def test_what_was_measured_and_what_was_claimed(case: Path) -> None:
    """Different right rows, labels, personal data and mean tokens, each with how it was found."""
    found = {item.answer: item for item in measured_case(load_case(case)).measured}
    assert found["data.examples"] == Measured(
        "data.examples", 5000, 40, "different rows without a mistake of structure in train.jsonl"
    )
    assert (found["task.labels"].claimed, found["task.labels"].value) == (4, 2)
    assert (found["data.personal_data"].claimed, found["data.personal_data"].value) == ("none", "present")
    assert found["traffic.instruction_tokens"].value == 4 and found["traffic.output_tokens"].value == 1


def test_it_changes_the_answer_and_the_record_says_so(case: Path) -> None:
    """40 examples are too few to tune on, whatever the case claims."""
    record = recommend(load_case(case))
    assert record.recommendation.approach != "fine_tune"
    claimed = recommend(load_case(case)._replace(answers={**load_case(case).answers, "data.file": "none.jsonl"}))
    assert claimed.recommendation.approach == "fine_tune"
    assert (
        claimed.measured[0].answer == "data.file"
        and "could not be read (there is no such file)" in claimed.measured[0].how
    )
    shown = {item.answer: (item.claimed, item.measured) for item in record.measured}
    assert shown["data.examples"] == (5000, 40)


def test_the_command_measures_from_the_folder_of_the_case(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it is called; an answer set on the command line is a what-if and wins."""
    monkeypatch.chdir("/")
    words = ["recommend", str(case), "--format", "json", "--as-of", "2026-11-21"]
    record = json.loads(CliRunner().invoke(advisor, words, catch_exceptions=False).stdout)
    assert {item["answer"] for item in record["measured"]} >= {"data.examples", "task.labels"}
    text = CliRunner().invoke(advisor, words[:2], catch_exceptions=False).stdout
    assert "data.examples: 40, the case says 5,000" in text
    what_if = CliRunner().invoke(advisor, [*words, "--set", "data.examples=5000"], catch_exceptions=False).stdout
    assert json.loads(what_if)["recommendation"]["approach"] == "fine_tune"
