"""Answers of a language model: greedy, sampled, stopped, streamed, with probabilities, from several threads."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from advisor.dataset.conversation import said
from advisor.errors import InputError
from advisor.tuning.trainer import Asked

torch = pytest.importorskip("torch")
pytest.importorskip("peft")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tiny random model, untuned."""
    from advisor.tuning.generation import GeneratingModel
    from advisor.tuning.language_model import load_language_model
    from tests.tiny_llama import save_tiny_llama

    torch.set_num_threads(1)
    folder = save_tiny_llama(tmp_path_factory.mktemp("tiny"))
    return GeneratingModel(load_language_model(str(folder), precision="float32"))


def asked(**changed: Any) -> Asked:
    """A request for at most twelve tokens."""
    return Asked([said("user", "hello")], max_tokens=12)._replace(**changed)


def test_greedy_is_what_transformers_generates(model: Any) -> None:
    """The same tokens as `generate` without sampling."""
    base = model.base
    prompt = torch.tensor([model.prompt_ids(asked())])
    expected = base.model.generate(prompt, do_sample=False, max_new_tokens=12, use_cache=True)[0, prompt.shape[1] :]
    answer = model.answer(asked(temperature=0))
    assert answer.text == base.tokenizer.decode(expected, skip_special_tokens=True)
    assert answer.prompt_tokens == prompt.shape[1]
    assert answer.completion_tokens + (answer.finish_reason == "stop") == len(expected)


def test_a_seed_repeats_and_top_p_narrows(model: Any) -> None:
    """Sampling at temperature 1 differs from seed to seed; a top_p near 0 is greedy."""
    drawn = [model.answer(asked(temperature=1.5, seed=seed)).text for seed in range(6)]
    assert len(set(drawn)) > 1
    assert drawn[2] == model.answer(asked(temperature=1.5, seed=2)).text
    assert model.answer(asked(temperature=1.5, top_p=1e-6, seed=1)).text == model.answer(asked(temperature=0)).text


def test_logprobs_are_those_of_the_scores(model: Any) -> None:
    """Without a cache, in one pass over question and answer, the same log-probabilities; the likeliest come first."""
    answer = model.answer(asked(temperature=0, logprobs=True, top_logprobs=3))
    base = model.base
    prompt = model.prompt_ids(asked())
    found = islice(model.tokens(prompt, asked(temperature=0)), answer.completion_tokens)
    ids = [token.id for token in found]
    with torch.no_grad():
        scores = base.model(torch.tensor([prompt + ids])).logits[0, len(prompt) - 1 : -1].log_softmax(-1)
    for place, (number, told) in enumerate(zip(ids, answer.logprobs, strict=True)):
        assert told.logprob == pytest.approx(float(scores[place, number]), abs=1e-4)
        assert told.others[0][1] == pytest.approx(told.logprob)
        assert sum(math.exp(one) for _, one in told.others) <= 1


def test_the_stream_is_the_answer(model: Any) -> None:
    """In pieces, also where a stop text ends it; nothing of the stop text is given."""
    for seed in range(5):
        whole = asked(temperature=1.2, seed=seed)
        text = model.answer(whole).text
        assert "".join(model.stream(whole)) == text
        stop = text[4:6]
        stopped = model.answer(whole._replace(stop=[stop]))
        assert stopped.text == text[: text.index(stop)]
        assert stopped.finish_reason == "stop"
        assert "".join(model.stream(whole._replace(stop=[stop]))) == stopped.text


def test_threads_do_not_mix(model: Any) -> None:
    """Eight requests at a time get what each gets alone."""
    requests = [asked(temperature=1.0, seed=seed) for seed in range(8)]
    alone = [model.answer(one).text for one in requests]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda one: model.answer(one).text, requests)) == alone


def test_what_it_cannot_do(model: Any) -> None:
    """JSON by a schema, and a question that fills the context."""
    with pytest.raises(InputError, match="JSON schema"):
        model.answer(asked(json_schema={}))
    with pytest.raises(InputError, match="at most"):
        model.answer(Asked([said("user", "x" * 300)]))
    assert model.answer(asked(max_tokens=1, temperature=0)).finish_reason == "length"


def test_the_folder_of_a_model_says_what_is_wrong(tmp_path: Path) -> None:
    """An empty folder, two GGUF files, a broken configuration."""
    from advisor.tuning.lora import load_base

    for broken in (lambda: None, lambda: (tmp_path / "config.json").write_text("{")):
        broken()
        with pytest.raises(InputError, match="cannot be loaded"):
            load_base(str(tmp_path))
    two = tmp_path / "two"
    two.mkdir()
    for name in "ab":
        (two / f"{name}.gguf").touch()
    with pytest.raises(InputError, match="2 GGUF files"):
        load_base(str(two))
