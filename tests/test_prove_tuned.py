"""A tuned language model in a proof, on a tiny random one: asked with and without documents, and probed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.files import content

pytest.importorskip("torch")
pytest.importorskip("peft")
pytestmark = pytest.mark.slow


def test_a_tuned_model_is_proved_and_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found by its training rows, asked in both ways, its gates answered; one that saw the questions is refused."""
    from tests.tiny_llama import save_tiny_llama

    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    base = str(save_tiny_llama(tmp_path / "tiny"))
    words = "pump valve filter sensor gauge motor relay fuse tank hose drain fan".split()
    rows = [
        {"messages": [{"role": "user", "content": f"say {word}"}, {"role": "assistant", "content": f"{word} is {n}"}]}
        for n, word in enumerate(words)
    ]
    train, test = tmp_path / "train.jsonl", tmp_path / "test.jsonl"
    train.write_text("".join(json.dumps(row) + "\n" for row in rows[:9]))
    test.write_text("".join(json.dumps(row) + "\n" for row in rows[9:]))
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "words.md").write_text("# Words\n\nhose is 9, drain is 10, fan is 11\n")
    case = str(content("examples") / "medical-notes.yaml")

    def run(*line: str) -> Any:
        return CliRunner().invoke(advisor, line, catch_exceptions=False)

    plan = str(tmp_path / "plan.yaml")
    planned = run("tune", "plan", case, "--data", str(train), "--backend", "lora", "--model", base, "--out", plan)
    assert planned.exit_code == 0, planned.output
    assert run("tune", "start", plan, "--yes", "--wait").exit_code == 0
    line = ["prove", case, "--data", str(train), "--documents", str(tmp_path / "documents"), "--format", "json"]
    found = json.loads(run(*line, "--test", str(test)).stdout)
    tuned = {arm["kind"]: arm for arm in found["arms"] if arm["kind"].startswith("tuned")}
    assert tuned.keys() == {"tuned", "tuned_rag"} and all(arm["ran"] for arm in tuned.values())
    for gate in ("forgetting", "bias_and_safety"):
        assert tuned["tuned"][gate]["result"] in ("passed", "failed", "not_shown"), tuned["tuned"][gate]
    seen = json.loads(run(*line, "--test", str(train), "--no-probes").stdout)
    why = [arm["why_not"] for arm in seen["arms"] if arm["kind"] == "tuned"]
    assert why == ["it was trained on 9 of the 9 questions"]
