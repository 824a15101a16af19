"""A plan of training as text builders for other tools take it, and the files that they make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Hardware(NamedTuple):
    """What is asked of a cluster; a node has `gpus` cards of the kind `gpu`, as the cluster names it."""

    nodes: int = 1
    gpus: int = 1
    gpu: str = ""
    cpus: int = 8
    memory_gib: int = 64
    hours: int = 24
    image: str = ""  # the container image for Kubernetes


class ExportOrder(NamedTuple):
    """Model, method (supervised or dpo; adapter lora or qlora), data and machine. Files are OpenAI's chat JSONL.

    `hyperparameters` have the names of the LoRA trainer, each with its value.
    """

    name: str
    base_model: str
    method: str
    adapter: str
    train_file: str
    validation_file: str | None
    output_folder: str
    hyperparameters: Mapping[str, Any]
    seed: int
    hardware: Hardware = Hardware()

    def value(self, name: str, usual: Any) -> Any:
        """A hyperparameter, or the LoRA trainer's usual value."""
        given = self.hyperparameters.get(name)
        return usual if given in (None, "auto") else given

    @property
    def hub_model(self) -> str:
        """The base model as other tools name it."""
        return self.base_model.removeprefix("hf/")

    @property
    def epochs(self) -> int:
        """Passes over the data."""
        return int(self.value("n_epochs", 3))

    @property
    def learning_rate(self) -> float:
        """The highest rate."""
        usual = 2e-5 if self.method == "dpo" else 2e-4
        return float(self.value("learning_rate", usual * float(self.value("learning_rate_multiplier", 1))))

    @property
    def rows_at_once(self) -> int:
        """Rows in one pass of one card; the rest of a step's batch is accumulated."""
        return min(2, self.batch_size)

    @property
    def batch_size(self) -> int:
        """Rows in one step over all cards."""
        return int(self.value("batch_size", 16))

    @property
    def accumulation(self) -> int:
        """Passes in one step; at least one, so many cards may make a step bigger than asked for."""
        return max(1, self.batch_size // (self.rows_at_once * self.hardware.gpus * self.hardware.nodes))

    @property
    def rank(self) -> int:
        """The rank of the adapter."""
        return int(self.value("lora_rank", 16))

    @property
    def alpha(self) -> int:
        """The scale of the adapter, twice the rank unless given."""
        return int(self.value("lora_alpha", 2 * self.rank))

    @property
    def dropout(self) -> float:
        """Of the adapter's inputs."""
        return float(self.value("lora_dropout", 0.0))

    @property
    def targets(self) -> list[str] | None:
        """Module names; None for all linear ones."""
        given = self.value("lora_targets", "all-linear")
        return None if given == "all-linear" else [given] if isinstance(given, str) else list(given)

    @property
    def max_length(self) -> int:
        """Tokens of a row."""
        return int(self.value("max_length", 2048))

    @property
    def warmup_ratio(self) -> float:
        """The share of steps in which the rate rises."""
        return float(self.value("warmup_ratio", 0.05))

    @property
    def beta(self) -> float:
        """How near DPO keeps to the base model."""
        return float(self.value("beta", 0.1))


class ExportedFile(NamedTuple):
    """A file to write: its name and text."""

    name: str
    text: str
