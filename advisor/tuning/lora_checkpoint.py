"""States of a run on disk: the adapter, which can be loaded as a model, and what going on needs beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from pickle import UnpicklingError  # raised by torch's reader, which runs no code from the file
from typing import Any, Final, NamedTuple

from advisor.errors import InputError
from advisor.tuning.model_folder import read_record, written_whole
from advisor.tuning.trainer import Checkpoint, Metric

RECORD: Final = "advisor-lora.json"
STATE: Final = "optimiser.pt"
_KEPT_EPOCHS: Final = 3  # as OpenAI keeps them


class Progress(NamedTuple):
    """How far a run has come. `best` is the step of the lowest validation loss, `worse` evaluations since then."""

    step: int = 0
    best: int = 0
    best_loss: float = float("inf")
    worse: int = 0
    tokens: int = 0
    seconds: float = 0.0
    milestones: tuple[int, ...] = ()  # steps at the ends of epochs, whose checkpoints are kept


class Saved(NamedTuple):
    """A checkpoint that was found."""

    folder: Path
    progress: Progress
    metric: Metric


def step_folder(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step is."""
    return folder / "checkpoints" / f"step-{step:06d}"


def save_checkpoint(
    folder: Path,
    model: Any,
    tokenizer: Any,
    optimiser: Any,
    progress: Progress,
    metric: Metric,
    notes: Mapping[str, Any],
) -> None:
    """Write the checkpoint of `progress.step`, then remove those that are no longer needed. Raises InputError."""
    import torch

    with written_whole(step_folder(folder, progress.step)) as new:
        model.save_pretrained(new)
        tokenizer.save_pretrained(new)
        torch.save(optimiser.state_dict(), new / STATE)
        record = {**notes, "progress": progress._asdict(), "metric": list(metric)}
        (new / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
    kept = {progress.step, progress.best, *progress.milestones[-_KEPT_EPOCHS:]}
    for path in (folder / "checkpoints").iterdir():
        step = path.name.removeprefix("step-")
        if step.isdecimal() and int(step) not in kept:
            shutil.rmtree(path, ignore_errors=True)
        elif step.isdecimal() and int(step) != progress.step:
            (path / STATE).unlink(missing_ok=True)


def last_checkpoint(folder: Path) -> Saved | None:
    """The latest checkpoint with which the run can go on."""
    for path in sorted((folder / "checkpoints").glob("step-*"), reverse=True):
        if (path / STATE).is_file() and (path / RECORD).is_file():
            return _saved(path)
    return None


def checkpoints(folder: Path, steps: Sequence[int]) -> tuple[Checkpoint, ...]:
    """Those of `steps` that are kept."""
    found = [_saved(path) for step in sorted(set(steps)) if (path := step_folder(folder, step)).is_dir()]
    return tuple(Checkpoint(one.progress.step, one.folder, one.metric) for one in found)


def restore(saved: Saved, model: Any, optimiser: Any, device: str) -> None:
    """Put a checkpoint's adapter and the optimiser's state back. Raises InputError where it is damaged."""
    import torch
    from peft import set_peft_model_state_dict
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        weights = load_file(saved.folder / "adapter_model.safetensors", device=device)
        optimiser.load_state_dict(torch.load(saved.folder / STATE, map_location=device, weights_only=True))
    except (OSError, SafetensorError, UnpicklingError, RuntimeError, ValueError, EOFError) as error:
        raise InputError(
            f"the checkpoint cannot be read: {error}",
            where=str(saved.folder),
            what_to_do="delete this folder: the run then goes on from the checkpoint before",
        ) from error
    set_peft_model_state_dict(model, weights)


def _saved(path: Path) -> Saved:
    record = read_record(path / RECORD)
    progress = record["progress"]
    return Saved(path, Progress(**{**progress, "milestones": tuple(progress["milestones"])}), Metric(*record["metric"]))
