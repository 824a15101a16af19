"""The DPO loss, against the paper's formula and TRL's trainer on the same model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from advisor.dataset.conversation import Conversation, said

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytestmark = pytest.mark.slow
PAIRS = [
    Conversation((said("user", "say red"),), (said("assistant", "red"),), (said("assistant", "no, blue"),)),
    Conversation((said("user", "say it"),), (said("assistant", "it is long"),), (said("assistant", "x"),)),
]
BETA = 0.3


@pytest.fixture
def learner(tmp_path: Path) -> Any:
    """The tiny model with a fresh adapter, and its tokenizer."""
    from peft import LoraConfig, get_peft_model

    from advisor.tuning.language_model import load_language_model
    from advisor.tuning.lora_loss import Learner
    from tests.tiny_llama import save_tiny_llama

    torch.set_num_threads(1)
    base = load_language_model(str(save_tiny_llama(tmp_path / "base")), precision="float32")
    torch.manual_seed(3)
    model = get_peft_model(base.model, LoraConfig(task_type="CAUSAL_LM", r=4, target_modules="all-linear"))
    return Learner(model.eval(), "cpu"), base.tokenizer


def move(model: Any) -> None:
    """Give the adapter an effect."""
    for name, weight in model.named_parameters():
        if "lora_B.default" in name:
            torch.nn.init.normal_(weight, std=0.1)


def test_the_formula(learner: Any) -> None:
    """-log sigmoid(beta x (log-ratio of the preferred - log-ratio of the rejected)), written out token by token."""
    from advisor.tuning.lora_loss import learn_preferences
    from advisor.tuning.token_rows import tokenised_pairs

    learning, tokenizer = learner
    move(learning.model)
    pairs = tokenised_pairs(tokenizer, PAIRS, 256).pairs

    def logprob(row: Any) -> float:
        with torch.no_grad():
            scores = learning.model(torch.tensor([row.ids])).logits[0].log_softmax(-1)
        return float(sum(scores[place - 1, row.ids[place]] for place in row.learnt))

    expected = []
    for pair in pairs:
        gains = []
        for side in pair:
            policy = logprob(side)
            with learning.model.disable_adapter():
                gains.append(policy - logprob(side))
        expected.append(-float(torch.nn.functional.logsigmoid(torch.tensor(BETA * (gains[0] - gains[1])))))
    for packing in (True, False):
        found = learn_preferences(learning, pairs, BETA, packing=packing, backward=False)
        assert found.loss == pytest.approx(sum(expected), rel=1e-4)
        assert found.units == 2


@pytest.mark.filterwarnings("ignore::FutureWarning")  # TRL 1.16 uses what transformers 5.23 calls otherwise
def test_it_is_the_loss_of_trl(learner: Any, tmp_path: Path) -> None:
    """TRL's DPOTrainer computes the same mean loss for the same pairs."""
    trl = pytest.importorskip("trl")
    datasets = pytest.importorskip("datasets")

    from advisor.tuning.chat_text import render
    from advisor.tuning.lora_loss import learn_preferences
    from advisor.tuning.token_rows import tokenised_pairs

    learning, tokenizer = learner
    rows = []
    for pair in PAIRS:
        prompt = render(tokenizer, pair.messages, answer_next=True)
        # TRL adds the end token to an answer.
        rows.append({"prompt": prompt, "chosen": pair.preferred[0]["content"], "rejected": pair.rejected[0]["content"]})
    trainer = trl.DPOTrainer(
        model=learning.model,
        args=trl.DPOConfig(
            output_dir=str(tmp_path / "trl"),
            beta=BETA,
            report_to=[],
            use_cpu=True,
            bf16=False,
            per_device_train_batch_size=2,
        ),
        processing_class=tokenizer,
        train_dataset=datasets.Dataset.from_list(rows),
    )
    move(learning.model)  # TRL compares with the adapter as it was given
    batch = next(iter(trainer.get_train_dataloader()))
    trainer.model.eval()
    with torch.no_grad():
        theirs = float(trainer.compute_loss(trainer.model, batch))
    ours = learn_preferences(learning, tokenised_pairs(tokenizer, PAIRS, 256).pairs, BETA, packing=True, backward=False)
    assert ours.loss / ours.units == pytest.approx(theirs, rel=1e-4)
