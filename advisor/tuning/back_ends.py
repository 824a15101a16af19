"""Which trainer a base model belongs to, by its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from advisor.errors import InputError
from advisor.tuning.trainer import Trainer, Trainers

LINEAR_MODELS: Final = ("advisor-linear", "advisor-retrieval")
HUB: Final = "hf/"


class BackEnd(NamedTuple):
    """A trainer by its name in `Trainers`, its methods, and hyperparameters that the name of the model means."""

    name: str
    methods: tuple[str, ...]
    hyperparameters: Mapping[str, str] = {}


_LINEAR: Final = BackEnd("linear", ("supervised",))
_RETRIEVAL: Final = BackEnd("linear", ("supervised",), {"answers": "copied"})
_LORA: Final = BackEnd("lora", ("supervised", "dpo"))
_HOSTED: Final = BackEnd("openai_api", ("supervised", "dpo"))


def back_end_of(base_model: str) -> BackEnd | None:
    """The back end that tunes `base_model`, or None where the name is none that can be tuned."""
    if base_model in LINEAR_MODELS:
        return _LINEAR if base_model == "advisor-linear" else _RETRIEVAL
    if base_model.startswith(HUB) and len(base_model) > len(HUB):
        return _LORA
    return _LORA if "/" in base_model and _is_model(Path(base_model)) else None


def _is_model(folder: Path) -> bool:
    """Whether the folder has a model of Hugging Face or a GGUF file."""
    try:
        return (folder / "config.json").is_file() or any(folder.glob("*.gguf"))
    except (OSError, ValueError):  # a name that no folder can have
        return False


class Chosen(NamedTuple):
    """A trainer with its back end."""

    back_end: BackEnd
    trainer: Trainer


def trainer_of(base_model: str, folder: Path, trainers: Trainers, run: str = "") -> Chosen | None:
    """Who trains `base_model` in a run's folder, and loads what lies there: the host of its plan, else a trainer here.

    `run` is the name under which a host knows the job. None where no model of that name can be tuned. Raises
    InputError where something is missing for it.
    """
    from advisor.tuning.runs import plan_in

    plan = plan_in(folder)
    if plan and plan.back_end == "openai_api":
        from advisor.tuning.hosted import HostedTrainer
        from advisor.tuning_rules import load_tuning_rules

        host = load_tuning_rules().hosts.at(plan.base_url)
        trainer = HostedTrainer(host, plan.base_url, run, suffix=plan.suffix, public_host_only=plan.public_host_only)
        return Chosen(_HOSTED, trainer)
    back_end = back_end_of(base_model)
    return Chosen(back_end, trainers[back_end.name]()) if back_end else None


def shipped_trainers() -> Trainers:
    """The trainers of this package; each is imported when it is first used."""
    return {"linear": _linear, "lora": _lora}


def _linear() -> Trainer:
    return _trainer("advisor.tuning.linear", "LinearTrainer", "advisor")


def _lora() -> Trainer:
    return _trainer("advisor.tuning.lora", "LoraTrainer", "advisor[lora]")


def _trainer(module: str, name: str, package: str) -> Trainer:
    from importlib import import_module

    try:
        trainer: Trainer = getattr(import_module(module), name)()
    except ModuleNotFoundError as error:
        raise InputError(
            f"{error.name} is not installed, which this trainer needs", what_to_do=f"pip install '{package}'"
        ) from None
    return trainer
