"""What every trainer takes, reports and leaves behind; one small interface for all of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from advisor.dataset.conversation import Conversation, Message


class Order(NamedTuple):
    """One training run. The seed and everything that changes the result stands in it."""

    base_model: str  # `advisor-linear`, a folder, or `hf/NAME`
    method: str  # supervised, dpo, ...
    train: Sequence[Conversation]
    validation: Sequence[Conversation]
    hyperparameters: Mapping[str, Any]
    seed: int
    folder: Path  # where checkpoints and the model are left; a run that is begun again finds its checkpoints there


class Metric(NamedTuple):
    """One step as it is reported: what the trainer does not know is None."""

    step: int
    steps: int
    epoch: float
    loss: float | None
    token_accuracy: float | None
    validation_loss: float | None
    validation_token_accuracy: float | None
    tokens_per_s: float | None
    memory_gib: float | None


class Checkpoint(NamedTuple):
    """A state of the model that was kept, and the metrics at that step."""

    step: int
    folder: Path
    metric: Metric


class Trained(NamedTuple):
    """What a run left in `folder`; `what` says in words what was trained, such as a linear head on 4 labels."""

    folder: Path
    trained_tokens: int
    checkpoints: tuple[Checkpoint, ...]
    metrics: Mapping[str, float]
    what: str


class Stopped(Exception):  # noqa: N818  a request to stop, not an error
    """Raised by a trainer when `wanted` says stop; its checkpoints are kept."""


StopReason = Literal["cancelled", "paused", "process_ends"]


class Control(Protocol):
    """How a run is watched and stopped. Both are called at least every few seconds."""

    def report(self, metric: Metric) -> None:
        """Take note of a step."""

    def wanted(self) -> bool:
        """False when the run should stop."""

    def why_stopped(self) -> StopReason:
        """Why it is not wanted any more: what somebody else works on is stopped there only where the run is to be."""


class Asked(NamedTuple):
    """One request for an answer; None where the caller leaves it to the model."""

    messages: Sequence[Message]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: Sequence[str] = ()
    logprobs: bool = False
    top_logprobs: int = 0
    json_schema: Mapping[str, Any] | None = None


class TokenLogprob(NamedTuple):
    """A token of an answer, its log probability, and the likeliest others."""

    token: str
    logprob: float
    others: tuple[tuple[str, float], ...]


class Answer(NamedTuple):
    """An answer in whole. `finish_reason` is `stop` or `length`, as in OpenAI's API."""

    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    logprobs: tuple[TokenLogprob, ...] | None = None


class Model(Protocol):
    """A model that is loaded and answers; safe to be used from several threads."""

    def answer(self, asked: Asked) -> Answer:
        """One answer. Raises InputError for what the model cannot do."""

    def stream(self, asked: Asked) -> Generator[str, None, Answer | None]:
        """The same answer in pieces as they come; what the generator returns at its end is the answer in whole.

        A client that streams is told at the end why the answer stopped and how many tokens it took. Where the generator
        returns None, `answer` is asked for that, which is made a second time.
        """


class Trainer(Protocol):
    """A way to train and to load what was trained."""

    def train(self, order: Order, control: Control) -> Trained:
        """Train, from the last checkpoint in the order's folder if there is one. Raises InputError and Stopped."""

    def load(self, folder: Path) -> Model:
        """The model that `train` left in `folder`, or a base model by its folder or as `hf/NAME`. Raises InputError."""


Trainers = Mapping[str, Callable[[], Trainer]]
