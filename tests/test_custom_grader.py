"""One's own graders: what they give is taken, what is no score stops the run with words."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from advisor.dataset.conversation import said
from advisor.errors import InputError, ModelNameError
from advisor.evaluation.custom_grader import grade_by_command, grade_by_openai, grade_by_python, read_openai_grader
from advisor.evaluation.item import Item, Reply
from advisor.tuning.graders import GraderTools
from advisor.tuning.trainer import Model

ITEMS = [Item("L1", [said("user", "one?")], "1"), Item("L2", [said("user", "two?")], "2")]
REPLIES = [Reply("L1", "1", 5.0, usd=Decimal("0.25")), Reply("L2", "22", 5.0, usd=None)]


def written(folder: Path, code: str) -> Path:
    """A grader file with this code."""
    path = folder / "my_grader.py"
    path.write_text(code, encoding="utf-8")
    return path


def test_python_grader(tmp_path: Path) -> None:
    """It gets the records, may import its neighbours and print; failed and empty replies are 0 unasked."""
    (tmp_path / "neighbour.py").write_text("HALF = 0.5", encoding="utf-8")
    code = (
        "from neighbour import HALF\n"
        "def grade(item, reply):\n"
        "    print('1.0')\n"
        "    assert reply.usd is None or reply.usd * 4 == 1\n"
        "    assert item.messages[0]['role'] == 'user'\n"
        "    return True if reply.text == item.expected else HALF\n"
    )
    more = [Item("L3", [], "x"), Item("L4", [], "x")]
    replies = [*REPLIES, Reply("L3", "x", 1.0, error="timeout"), Reply("L4", " ", 1.0)]
    assert grade_by_python(written(tmp_path, code), [*ITEMS, *more], replies) == [1, 0.5, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def grade(item, reply):\n    return 1 / 0\n", "at item L1: ZeroDivisionError: division by zero at line 2"),
        ("def grade(item, reply): return 'good'", "it returned 'good'"),
        ("def grade(item, reply): return None", "it returned None"),
        ("def grade(item, reply): return 7", "no score"),
        ("def grade(item, reply): return float('nan')", "no score"),
        ("def mark(item, reply): return 1", "no function grade"),
        ("def grade(:", "SyntaxError"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("import os\ndef grade(item, reply): os._exit(0)", "its process ended"),
        ("def grade(item, reply):\n    while True: pass", "took longer than"),
    ],
)
def test_python_grader_that_gives_no_score(tmp_path: Path, code: str, words: str) -> None:
    """Named with the item and what it did."""
    patience_s = 0.6 if "while" in code else 20.0
    with pytest.raises(InputError, match=words) as raised:
        grade_by_python(written(tmp_path, code), ITEMS, REPLIES, timeout_s=patience_s)
    assert raised.value.where.endswith("my_grader.py")


def test_missing_grader_file(tmp_path: Path) -> None:
    """Said before anything runs."""
    with pytest.raises(InputError, match="no such file"):
        grade_by_python(tmp_path / "none.py", ITEMS, REPLIES)


def test_shell_grader() -> None:
    """A number or an exit code; the item and the reply come as JSON."""
    assert grade_by_command('grep -q \'"text": "1"\'', ITEMS, REPLIES) == [1, 0]
    assert grade_by_command("cat > /dev/null; echo 0.25", ITEMS, REPLIES) == [0.25, 0.25]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("echo good", "printed 'good'"),
        ("echo 7", "no score"),
        ("exit 3", "exit code 3"),
        ("echo 1; exit 1", "exit code 1"),
        ("no-such-command-here", "exit code 127"),
        ("exec tail -f /dev/null", "longer than 0.2 s at item L1"),
    ],
)
def test_shell_grader_that_gives_no_score(command: str, words: str) -> None:
    """Named with the item and what it did."""
    with pytest.raises(InputError, match=words):
        grade_by_command(command, ITEMS, REPLIES, timeout_s=0.2 if "tail" in command else 20)


def test_openai_grader(tmp_path: Path) -> None:
    """From a YAML or a JSON file, with the names an item has."""
    grader = {
        "type": "string_check",
        "name": "same",
        "input": "{{sample.output_text}}",
        "reference": "{{item.expected}}",
        "operation": "eq",
    }
    for name, text in (("g.json", json.dumps(grader)), ("g.yaml", "\n".join(f"{k}: '{v}'" for k, v in grader.items()))):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        read = read_openai_grader(path)
        assert grade_by_openai(read, ITEMS, REPLIES, GraderTools(_no_model, None)) == [1, 0]  # type: ignore[arg-type]
    path.write_text("type: string_check\nname: x\noperation: equals\n", encoding="utf-8")
    with pytest.raises(InputError, match="no grader") as raised:
        read_openai_grader(path)
    assert "g.yaml:" in raised.value.where


def _no_model(name: str) -> Model:
    raise ModelNameError(f"there is no {name}", code="model_not_found")
