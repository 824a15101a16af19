"""A language model tuned and asked through the real service by the unmodified SDK, on a tiny random model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.live_service import Live, idle_resources
from tests.sdk_types import strict_client
from tests.test_serve_command import serving

pytest.importorskip("torch")
pytest.importorskip("peft")
pytestmark = pytest.mark.slow

ROWS = [
    {"messages": [{"role": "user", "content": f"say {word}"}, {"role": "assistant", "content": word}]}
    for word in ("ja", "no", "si") * 4
]
PAIRS = [
    {
        "input": {"messages": [{"role": "user", "content": f"say {word}"}]},
        "preferred_output": [{"role": "assistant", "content": word}],
        "non_preferred_output": [{"role": "assistant", "content": "x"}],
    }
    for word in ("ja", "no", "si") * 4
]


def test_tuned_and_asked(tmp_path: Path) -> None:
    """Supervised and by preference: jobs, events, checkpoints, answers, streams, probabilities."""
    from tests.tiny_llama import save_tiny_llama

    base = str(save_tiny_llama(tmp_path / "tiny"))
    data = tmp_path / "data"
    with serving(data) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("advisor serves on ").strip()
        with strict_client(url) as client:
            live = Live(url, client, idle_resources(data))
            settings = {"n_epochs": 6, "learning_rate_multiplier": 5}
            for kind, rows in (("supervised", ROWS), ("dpo", PAIRS)):
                method: Any = {"type": kind, kind: {"hyperparameters": settings}}
                made = client.fine_tuning.jobs.create(
                    model=base, training_file=live.upload(rows), method=method, seed=1, suffix=kind
                )
                job = live.ended(made.id)
                assert (job.status, job.error.message if job.error else None) == ("succeeded", None)
                events = list(client.fine_tuning.jobs.list_events(job.id))
                data_of: list[Any] = [event.data for event in reversed(events) if event.type == "metrics"]
                assert data_of[-1]["train_loss"] < data_of[0]["train_loss"]
                assert client.fine_tuning.jobs.checkpoints.list(job.id).data
                asked: Any = [{"role": "user", "content": "say ja"}]
                ask = partial(
                    client.chat.completions.create,
                    model=job.fine_tuned_model,
                    messages=asked,
                    max_tokens=4,
                    temperature=0,
                )
                answer = ask(logprobs=True, top_logprobs=2)
                choice = answer.choices[0]
                assert choice.logprobs is not None and choice.logprobs.content
                assert answer.usage is not None and answer.usage.completion_tokens <= 4
                pieces: Any = ask(stream=True)
                streamed = "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)
                assert streamed == choice.message.content
            live.resources.store.close()
