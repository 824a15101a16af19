"""LoRA through the real path on a tiny random model: what is learnt, kept, resumed, refused. Never quality."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from advisor.dataset.conversation import Conversation, said
from advisor.errors import InputError
from advisor.tuning.lora import LoraTrainer
from advisor.tuning.trainer import Asked, Metric, Order, Stopped
from tests.orders import Heard, row

torch = pytest.importorskip("torch")
pytest.importorskip("peft")

COLOURS = "red blue green pink".split()
QUICK = {"learning_rate": 0.02, "batch_size": 4, "n_epochs": 6, "precision": "float32"}


class Killed(BaseException):
    """Stands for a process that ends without a word."""


class Kills(Heard):
    """Ends the run at a step, leaving no time to write anything."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self._at = at

    def report(self, metric: Metric) -> None:
        """Take note of a step, or end."""
        super().report(metric)
        if metric.step == self._at:
            raise Killed


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tiny model."""
    from tests.tiny_llama import save_tiny_llama

    torch.set_num_threads(1)
    return save_tiny_llama(tmp_path_factory.mktemp("tiny"))


def rows(times: int = 4) -> list[Conversation]:
    """Four questions and answers, several times."""
    return [row(f"say {colour}", colour) for colour in COLOURS] * times


def order(base: Path, folder: Path, **changed: Any) -> Order:
    """A supervised order on the colours."""
    return Order(str(base), "supervised", rows(), rows(1), QUICK, 1, folder)._replace(**changed)


def adapter(folder: Path) -> bytes:
    """The bytes of the adapter's weights."""
    return (folder / "adapter_model.safetensors").read_bytes()


def test_the_whole_path(tiny: Path, tmp_path: Path) -> None:
    """Loss falls, the adapter is saved and loaded with the same scores; a killed run ends with the same bits."""
    from advisor.tuning.generation import GeneratingModel
    from advisor.tuning.lora_loss import Learner, learn_answers
    from advisor.tuning.token_rows import packed, tokenised

    heard, trainer = Heard(), LoraTrainer()
    left = trainer.train(order(tiny, tmp_path / "whole"), heard)
    losses = [metric.loss or 0 for metric in heard.metrics]
    assert len(losses) == 24
    assert losses[-1] < losses[0] / 4
    assert left.metrics["validation_loss"] < left.metrics["base_validation_loss"] / 4
    assert left.metrics["validation_accuracy"] == 1
    assert [one.step for one in left.checkpoints] == [16, 20, 24]
    assert left.trained_tokens == 6 * 4 * sum(len(f"say {colour}{colour}") + 6 for colour in COLOURS)

    model = trainer.load(left.folder)
    assert isinstance(model, GeneratingModel)
    loaded = model.base
    packs = packed(tokenised(loaded.tokenizer, rows(1), 256).rows, 256)
    again = learn_answers(Learner(loaded.model, "cpu"), packs, backward=False)
    assert again.loss / again.units == pytest.approx(left.metrics["validation_loss"], abs=1e-6)
    for colour in COLOURS:
        assert model.answer(Asked([said("user", f"say {colour}")], temperature=0)).text == colour

    killed = order(tiny, tmp_path / "killed", hyperparameters={**QUICK, "checkpoint_steps": 5})
    with pytest.raises(Killed):
        trainer.train(killed, Kills(7))
    after = Heard()
    resumed = trainer.train(killed, after)
    assert [metric.step for metric in after.metrics][:2] == [6, 7]
    assert adapter(resumed.folder) == adapter(left.folder)
    assert trainer.train(killed, Heard()) == resumed


@pytest.mark.slow
def test_a_stop_keeps_the_last_step(tiny: Path, tmp_path: Path) -> None:
    """After a stop the run goes on from the very step it had reached; another order may not."""
    trainer, begun = LoraTrainer(), order(tiny, tmp_path / "run")
    with pytest.raises(Stopped):
        trainer.train(begun, Heard(stop_after=7))
    with pytest.raises(InputError, match="another run"):
        trainer.train(begun._replace(seed=2), Heard())
    after = Heard()
    left = trainer.train(begun, after)
    assert after.metrics[0].step == 8
    assert adapter(left.folder) == adapter(trainer.train(order(tiny, tmp_path / "whole"), Heard()).folder)


@pytest.mark.slow
def test_a_stop_is_heard_within_a_pass(tiny: Path) -> None:
    """Layers poll on the way forward and back, so that one long pass does not delay a stop."""
    from advisor.tuning.language_model import load_language_model
    from advisor.tuning.lora_loss import Learner, learn_answers
    from advisor.tuning.polling import polled_layers
    from advisor.tuning.token_rows import packed, tokenised

    base = load_language_model(str(tiny), precision="float32")
    packs = packed(tokenised(base.tokenizer, rows(1), 256).rows, 256)
    polls = 0

    def poll() -> None:
        nonlocal polls
        polls += 1
        if polls == limit:
            raise Stopped

    for limit in range(1, 5):  # noqa: B007  two layers forward, two back
        polls = 0
        with pytest.raises(Stopped), polled_layers(base.model, poll):
            learn_answers(Learner(base.model, "cpu"), packs, backward=True)
    learn_answers(Learner(base.model, "cpu"), packs, backward=True)
    assert polls == 4


@pytest.mark.slow
def test_packing_and_checkpointing_change_no_loss(tiny: Path, tmp_path: Path) -> None:
    """Rows packed together, alone, or with activations computed again: the same losses but for rounding."""
    found = {}
    for name, changed in (("packed", {}), ("alone", {"packing": False}), ("again", {"gradient_checkpointing": True})):
        heard = Heard()
        LoraTrainer().train(order(tiny, tmp_path / name, hyperparameters={**QUICK, **changed}), heard)
        found[name] = [metric.loss for metric in heard.metrics]
    assert found["packed"] == pytest.approx(found["alone"], rel=1e-3)
    assert found["packed"] == pytest.approx(found["again"], rel=1e-3)


@pytest.mark.slow
def test_a_model_that_mixes_packed_rows_is_found_out() -> None:
    """A state-space model carries its state from row to row, so its rows are not packed."""
    from transformers import MambaConfig, MambaForCausalLM

    from advisor.tuning.lora_loss import Learner, packs_apart

    torch.manual_seed(0)
    config = MambaConfig(vocab_size=64, hidden_size=16, num_hidden_layers=2, state_size=4, initializer_range=0.5)

    class Places(MambaForCausalLM):  # type: ignore[misc]  # transformers is not typed here
        def forward(self, position_ids: Any = None, **named: Any) -> Any:
            return super().forward(**named)

    assert not packs_apart(Learner(Places(config).eval(), "cpu"), 64)


@pytest.mark.slow
def test_early_stopping_keeps_the_best_weights(tiny: Path, tmp_path: Path) -> None:
    """Where validation contradicts training the run ends early, with the weights of its lowest validation loss."""
    wrong = [row(f"say {colour}", other) for colour, other in zip(COLOURS, reversed(COLOURS), strict=True)]
    settings = {**QUICK, "n_epochs": 30, "early_stopping_patience": 2}
    heard = Heard()
    left = LoraTrainer().train(order(tiny, tmp_path, validation=wrong, hyperparameters=settings), heard)
    losses = [metric.validation_loss for metric in heard.metrics if metric.validation_loss is not None]
    assert len(losses) < 30
    assert left.metrics["validation_loss"] == min(losses) == losses[-3]


@pytest.mark.slow
def test_preferences_are_learnt(tiny: Path, tmp_path: Path) -> None:
    """DPO begins at log 2, and ends with every preferred answer gaining on the rejected one."""
    pairs = [
        Conversation((said("user", f"say {one}"),), (said("assistant", one),), (said("assistant", other),))
        for one, other in zip(COLOURS, reversed(COLOURS), strict=True)
    ] * 2
    heard = Heard()
    settings = {**QUICK, "learning_rate": 0.005}
    left = LoraTrainer().train(
        order(tiny, tmp_path, method="dpo", train=pairs, validation=pairs[:4], hyperparameters=settings), heard
    )
    assert heard.metrics[0].loss == pytest.approx(math.log(2), abs=1e-6)
    assert left.metrics["validation_loss"] < 0.3
    assert left.metrics["validation_accuracy"] == 1


@pytest.mark.slow
def test_distillation_passes_the_teachers_answers_on(tiny: Path, tmp_path: Path) -> None:
    """A student that saw no answers learns the teacher's, who is asked once although the run was killed."""
    trainer = LoraTrainer()
    teacher = trainer.train(order(tiny, tmp_path / "teacher"), Heard()).folder
    asked = [Conversation((said("user", f"say {colour}"),)) for colour in COLOURS] * 4
    settings = {**QUICK, "teacher": str(teacher), "max_answer_tokens": 8, "checkpoint_steps": 2}
    taught = order(tiny, tmp_path / "student", method="distillation", train=asked, hyperparameters=settings)
    with pytest.raises(Killed):
        trainer.train(taught, Kills(3))
    (made,) = (tmp_path / "student").glob("made-*.jsonl")
    before = made.read_bytes()
    student = trainer.load(trainer.train(taught, Heard()).folder)
    assert made.read_bytes() == before
    assert [student.answer(Asked([said("user", f"say {one}")], temperature=0)).text for one in COLOURS] == COLOURS


@pytest.mark.slow
def test_constitutional_rows_are_made_by_the_base_model(tiny: Path, tmp_path: Path) -> None:
    """The run writes the revised answers down, and trains on them."""
    settings = {**QUICK, "n_epochs": 1, "principles": ["The answer is a colour."], "max_answer_tokens": 4}
    made = order(tiny, tmp_path, method="constitutional", train=rows(1), validation=[], hyperparameters=settings)
    left = LoraTrainer().train(made, Heard())
    assert "constitutional" in left.what
    written = [json.loads(line) for line in next(tmp_path.glob("made-*")).read_text().splitlines()]
    assert [[message["role"] for message in one] for one in written] == [["user", "assistant"]] * 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"hyperparameters": {"lora_rnk": 4}}, "did you mean lora_rank"),
        ({"hyperparameters": {"quantisation": "nf4"}}, "NVIDIA card"),
        ({"hyperparameters": {"lora_targets": ["query"]}}, "does not fit this model"),
        ({"hyperparameters": {"max_length": 4096}}, "longer than the 256"),
        ({"method": "ppo"}, "no method ppo"),
        ({"method": "dpo"}, "no row has two answers"),
        ({"method": "distillation"}, "needs a teacher"),
        ({"train": [Conversation((said("user", "hi"),))]}, "no row has an answer"),
        ({"base_model": "no/such/folder"}, "no such model"),
    ],
)
def test_what_is_refused(tiny: Path, tmp_path: Path, changed: dict[str, Any], problem: str) -> None:
    """Each mistake gets a sentence, and nothing is written."""
    if torch.cuda.is_available() and "quantisation" in str(changed):
        pytest.skip("there is a card")
    with pytest.raises(InputError, match=problem):
        LoraTrainer().train(order(tiny, tmp_path, **changed), Heard())
    assert not (tmp_path / "model").exists()


@pytest.mark.slow
def test_a_full_disk_leaves_no_half_checkpoint(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkpoint that cannot be written ends the run with a sentence; with room again it goes on to the same bits."""
    import advisor.tuning.lora_checkpoint as lora_checkpoint

    settings = {**QUICK, "checkpoint_steps": 5}
    whole = LoraTrainer().train(order(tiny, tmp_path / "whole", hyperparameters=settings), Heard())
    full = order(tiny, tmp_path / "full", hyperparameters=settings)
    right = torch.save

    def no_room(state: Any, path: Path) -> None:
        if "step-000010" in str(path):
            raise OSError(28, "No space left on device")
        right(state, path)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", no_room)
        with pytest.raises(InputError, match="No space left"):
            LoraTrainer().train(full, Heard())
    assert sorted(path.name for path in (tmp_path / "full" / "checkpoints").iterdir())[-1] == "step-000008"
    assert lora_checkpoint.last_checkpoint(tmp_path / "full")
    assert adapter(LoraTrainer().train(full, Heard()).folder) == adapter(whole.folder)


CHILD = """
import os, signal, sys
from pathlib import Path
from tests.orders import Heard
from tests.test_lora import order
from advisor.tuning.lora import LoraTrainer
import torch
torch.set_num_threads(1)

class Ends(Heard):
    def report(self, metric):
        if metric.step == 7:
            os.kill(os.getpid(), signal.SIGKILL)

base, folder = map(Path, sys.argv[1:])
changed = {"n_epochs": 6, "learning_rate": 0.02, "batch_size": 4, "precision": "float32", "checkpoint_steps": 5}
LoraTrainer().train(order(base, folder, hyperparameters=changed), Ends())
"""


@pytest.mark.slow
def test_a_killed_process_ends_with_the_same_bits(tiny: Path, tmp_path: Path) -> None:
    """kill -9 after step 7, with a checkpoint half written beside the last one: resumed it equals an unbroken run."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(tiny), str(tmp_path / "killed")], cwd=Path(__file__).parents[1], check=False
    )
    assert done.returncode == -signal.SIGKILL
    half = tmp_path / "killed" / "checkpoints" / "step-000008.part"
    half.mkdir()
    (half / "adapter_model.safetensors").write_bytes(b"half")
    settings = {**QUICK, "checkpoint_steps": 5}
    after = Heard()
    resumed = LoraTrainer().train(order(tiny, tmp_path / "killed", hyperparameters=settings), after)
    assert after.metrics[0].step == 6
    whole = LoraTrainer().train(order(tiny, tmp_path / "whole", hyperparameters=settings), Heard())
    assert adapter(resumed.folder) == adapter(whole.folder)
    assert not list((tmp_path / "killed").rglob("*.part"))


@pytest.mark.slow
def test_a_damaged_checkpoint_is_named(tiny: Path, tmp_path: Path) -> None:
    """A checkpoint whose optimiser cannot be read is an error that says what to delete."""
    with pytest.raises(Killed):
        LoraTrainer().train(order(tiny, tmp_path), Kills(6))
    (tmp_path / "checkpoints" / "step-000004" / "optimiser.pt").write_bytes(b"no")
    with pytest.raises(InputError, match="cannot be read"):
        LoraTrainer().train(order(tiny, tmp_path), Heard())
