"""The worked cases of docs/examples/, each against the expected result beside it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor import load_case, recommend
from advisor.derived import APPROACHES, TECHNIQUES
from advisor.files import load_rulebook, read_document

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "examples"
SUFFIX = ".expected.yaml"
EXPECTED = sorted(FOLDER.glob(f"*{SUFFIX}"))
KEYS = ["case", "because", "status", "approach", "technique", "also", "never", "flags"]
NAMES = {
    "changing-handbook",
    "cost-gap-distillation",
    "first-questions",
    "hr-leave-policy",
    "hydrocore-error-codes",
    "internal-code-framework",
    "iot-log-classifier",
    "legal-document-analyser",
    "medical-notes",
    "on-premises-claims",
    "pizzeria",
    "saas-financial-analyst",
    "saas-support",
    "sales-email-assistant",
}


def expected(path: Path) -> dict[str, Any]:
    """The expected result in `path`, refused where a key is missing, unknown, out of order or of the wrong type."""
    found = read_document(path).value
    assert isinstance(found, dict), path.name
    assert list(found) == KEYS, path.name
    assert all(isinstance(found[key], str) for key in ("case", "because", "status", "approach")), path.name
    for key in ("also", "never", "flags"):
        assert isinstance(found[key], list) and all(isinstance(name, str) for name in found[key]), f"{path.name}: {key}"
        assert len(set(found[key])) == len(found[key]), f"{path.name}: {key} names something twice"
    assert {found["approach"], *found["also"], *found["never"]} <= set(APPROACHES), path.name
    technique = found["technique"]
    if isinstance(technique, dict):
        assert list(technique) == ["not"], path.name
        technique = technique["not"]
    assert technique is None or technique in TECHNIQUES, path.name
    return found


def name_of(path: Path) -> str:
    """`pizzeria` for pizzeria.expected.yaml."""
    return path.name.removesuffix(SUFFIX)


def test_cases_and_expected_results_come_in_pairs() -> None:
    """Every case has an expected result of its own name, every expected result a case, and all that are meant exist."""
    cases = {path.stem for path in FOLDER.glob("*.yaml") if not path.name.endswith(SUFFIX)}
    assert cases == {name_of(path) for path in EXPECTED}
    assert cases >= NAMES
    for path in EXPECTED:
        assert expected(path)["case"] == f"{name_of(path)}.yaml"


@pytest.mark.parametrize("path", EXPECTED, ids=name_of)
def test_worked_case(path: Path) -> None:
    """The case comes out as written beside it: verdict, technique, companions, flags, and what is ruled out and why."""
    wanted = expected(path)
    result = recommend(load_case(FOLDER / wanted["case"]))
    chosen = result.recommendation
    assert (result.status, chosen.approach) == (wanted["status"], wanted["approach"])
    if isinstance(wanted["technique"], dict):
        assert chosen.technique is not None
        assert chosen.technique != wanted["technique"]["not"]
    else:
        assert chosen.technique == wanted["technique"]
    assert set(wanted["also"]) <= set(chosen.also)
    assert set(wanted["flags"]) <= {flag.id for flag in result.flags}
    for approach in wanted["never"]:
        assert approach not in {chosen.approach, *chosen.also, *result.possible}
        against = [item for item in result.rejected if item.approach == approach]
        assert against, f"{approach} is not among those rejected"
        assert all(item.why and item.source for item in against)


@pytest.mark.parametrize("path", EXPECTED, ids=name_of)
def test_worked_case_is_sound(path: Path) -> None:
    """The answers of a worked case do not contradict each other, and only an open case has questions left."""
    result = recommend(load_case(FOLDER / f"{name_of(path)}.yaml"))
    assert [found.id for found in result.contradictions] == []
    assert bool(result.next_questions) == (result.status == "open")
    assert (len(result.possible) > 1) == (result.status == "open")
    assert bool(result.recommendation.assuming) == (result.status == "open")


@pytest.mark.parametrize("path", EXPECTED, ids=name_of)
def test_the_reason_beside_it_names_its_sources(path: Path) -> None:
    """`because` cites at least one source id, and every id that it cites exists."""
    cited = [
        name for group in re.findall(r"\[([^\]]*)\]", expected(path)["because"]) for name in re.split(r",\s*", group)
    ]
    assert cited
    assert set(cited) <= set(load_rulebook().sources)


@pytest.mark.parametrize("path", EXPECTED, ids=name_of)
def test_worked_case_says_where_it_comes_from(path: Path) -> None:
    """A case file begins with a comment that names a source document or a fact of the mission."""
    lines = (FOLDER / f"{name_of(path)}.yaml").read_text(encoding="utf-8").splitlines()
    comment = " ".join(lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))])
    assert re.search(r"\b(S[0-4]|M-[A-Z]\d+|K-\d)\b", comment)


def test_a_classifier_begins_with_the_smallest_model() -> None:
    """Log lines in four categories are first learnt by a linear head, although the case names a hosted model."""
    book = load_rulebook()
    result = recommend(load_case(FOLDER / "iot-log-classifier.yaml"))
    assert result.recommendation.base_model is not None
    assert result.recommendation.base_model.id == book.base_models["linear_head"]


@pytest.mark.parametrize("name", ["hydrocore-error-codes", "medical-notes", "first-questions"])
def test_command_and_python_give_the_same(name: str) -> None:
    """The process prints the same JSON as the Python face returns."""
    path = FOLDER / f"{name}.yaml"
    command = [sys.executable, "-m", "advisor", "recommend", str(path), "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stderr == ""
    assert json.loads(done.stdout) == recommend(load_case(path)).model_dump(mode="json")
