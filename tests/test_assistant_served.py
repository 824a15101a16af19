"""Assistants of a service: who may ask which, and files that change or are wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from advisor.assistant.served import Assistants
from advisor.errors import ModelNameError
from advisor.tuning.trainer import Asked, Model
from tests.test_assistant_file import EXAMPLES

pytestmark = pytest.mark.slow
NAME = "assistant/hydrocore-support"


def no_models(name: str) -> Model:
    """No local model is there."""
    raise AssertionError(name)


def asked(assistants: Assistants, workspace: str = "default") -> str:
    """What E-02 means."""
    model = assistants.named(NAME, workspace)
    return model.answer(Asked([{"role": "user", "content": "What does E-02 mean?"}])).text


def test_an_assistant_comes_changes_and_goes(tmp_path: Path) -> None:
    """Without a restart: a new folder answers, a changed file counts, a wrong one is left out, a removed one goes."""
    assistants = Assistants((), tmp_path, no_models)
    assert assistants.ids("default") == []
    folder = Path(shutil.copytree(EXAMPLES / "hydrocore-support", tmp_path / "hydrocore"))
    assert assistants.ids("default") == [NAME] and "CLEAN_TURB" in asked(assistants)
    assert assistants.named(NAME, "default") is assistants.named(NAME, "default")
    path = folder / "assistant.yaml"
    text = path.read_text()
    path.write_text(text + "workspaces: [plant]\n")
    assert assistants.ids("default") == [] and assistants.ids("plant") == [NAME]
    with pytest.raises(ModelNameError, match="does not exist"):
        asked(assistants)
    assert "CLEAN_TURB" in asked(assistants, "plant")
    path.write_text(text + "nonsense: 1\n")
    assert assistants.ids("plant") == []
    shutil.rmtree(folder)
    with pytest.raises(ModelNameError, match="does not exist"):
        asked(assistants, "plant")


def test_named_files_answer_beside_the_folder(tmp_path: Path) -> None:
    """A folder or a file may be named; a wrong one does not keep the others from answering."""
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("id: Wrong Id\n")
    assistants = Assistants((wrong, EXAMPLES / "hydrocore-support"), None, no_models)
    assert assistants.ids("default") == [NAME] and "CLEAN_TURB" in asked(assistants)
