"""The loop of a LoRA run: steps, evaluations, checkpoints, early stopping. The same order gives the same weights.

Nothing random is drawn between steps but from the step's own number, so a run that was killed and goes on from a
checkpoint ends with the same bits as one that was not (on one processor type, with the same count of threads).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.tuning.lora_checkpoint import Progress, last_checkpoint, restore, save_checkpoint
from advisor.tuning.lora_loss import Learner, Scored, learn_answers, learn_preferences
from advisor.tuning.lora_settings import LoraPlan
from advisor.tuning.polling import check
from advisor.tuning.token_rows import Tokenised, packed
from advisor.tuning.trainer import Control, Metric, Stopped

_LARGEST_GRADIENT: Final = 1.0


class Task(NamedTuple):
    """What is learnt by which plan, and where it is kept. `notes` stand in every checkpoint."""

    plan: LoraPlan
    train: Tokenised
    validation: Tokenised
    seed: int
    folder: Path
    notes: Mapping[str, Any]

    @property
    def rows(self) -> int:
        """Rows of an epoch, or pairs."""
        return len(self.train.rows or self.train.pairs)

    @property
    def steps_per_epoch(self) -> int:
        """The last step of an epoch may have fewer rows."""
        return math.ceil(self.rows / self.plan.batch_size)

    @property
    def steps(self) -> int:
        """If the run is not stopped early."""
        return self.steps_per_epoch * self.plan.epochs


def run(task: Task, learner: Learner, tokenizer: Any, control: Control) -> Progress:
    """Train from the last checkpoint on. Raises InputError, and Stopped after a checkpoint."""
    import torch

    trained = [one for one in learner.model.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=task.plan.learning_rate, weight_decay=task.plan.weight_decay)
    progress, metric = Progress(), Metric(0, task.steps, 0.0, *[None] * 6)
    found = last_checkpoint(task.folder)
    if found:
        progress, metric = found.progress, found.metric
        restore(found, learner.model, optimiser, learner.device)

    saved_step = progress.step

    def save() -> None:
        nonlocal saved_step
        saved_step = progress.step
        save_checkpoint(task.folder, learner.model, tokenizer, optimiser, progress, metric, task.notes)

    try:
        while progress.step < task.steps and progress.worse < task.plan.patience:
            check(control)
            scored, seconds = _step(task, learner, optimiser, trained, progress.step)
            progress, metric = _after(task, learner, progress, scored, seconds)
            control.report(metric)
            if progress.step % task.plan.checkpoint_steps == 0 or progress.step in progress.milestones:
                save()
    except Stopped:
        # A step that was broken off has changed no weight.
        if progress.step != saved_step:
            save()
        raise
    return progress


def evaluate(task: Task, learner: Learner, part: Tokenised) -> Scored:
    """The loss on rows or pairs, without the adapter's dropout."""
    learner.model.eval()
    if part.pairs:
        plan = task.plan
        return learn_preferences(learner, part.pairs, plan.beta, packing=bool(plan.pack_length), backward=False)
    return learn_answers(learner, packed(part.rows, task.plan.pack_length), backward=False)


def learning_rate(plan: LoraPlan, step: int, steps: int) -> float:
    """Linear warm-up, then a cosine to a tenth; `step` from 0."""
    warm = math.ceil(plan.warmup_ratio * steps)
    if step < warm:
        return plan.learning_rate * (step + 1) / warm
    share = (step - warm) / max(1, steps - warm)
    return plan.learning_rate * (0.1 + 0.45 * (1 + math.cos(math.pi * share)))


def rows_of_step(rows: int, batch_size: int, seed: int, step: int) -> list[int]:
    """Which rows a step takes: each epoch takes all of them once, in an order of its own."""
    epoch, place = divmod(step, math.ceil(rows / batch_size))
    order = list(range(rows))
    random.Random(f"{seed} {epoch}").shuffle(order)  # noqa: S311  an order of rows, no secret
    return order[place * batch_size : (place + 1) * batch_size]


def _step(task: Task, learner: Learner, optimiser: Any, trained: Sequence[Any], step: int) -> tuple[Scored, float]:
    import torch

    began = time.perf_counter()
    plan, taken = task.plan, rows_of_step(task.rows, task.plan.batch_size, task.seed, step)
    learner.model.train()
    if plan.dropout:
        torch.manual_seed((task.seed * 1_000_003 + step) % 2**63)
    optimiser.zero_grad(set_to_none=True)
    if task.train.pairs:
        pairs = [task.train.pairs[place] for place in taken]
        scored = learn_preferences(learner, pairs, plan.beta, packing=bool(plan.pack_length), backward=True)
    else:
        packs = packed([task.train.rows[place] for place in taken], plan.pack_length)
        scored = learn_answers(learner, packs, backward=True)
    torch.nn.utils.clip_grad_norm_(trained, _LARGEST_GRADIENT)
    for group in optimiser.param_groups:
        group["lr"] = learning_rate(plan, step, task.steps)
    optimiser.step()
    return scored, time.perf_counter() - began


def _after(task: Task, learner: Learner, before: Progress, scored: Scored, seconds: float) -> tuple[Progress, Metric]:
    """The progress after a step, and its metric; at the end of an epoch with the validation's."""
    step = before.step + 1
    progress = before._replace(step=step, tokens=before.tokens + scored.tokens, seconds=before.seconds + seconds)
    loss = accuracy = None
    if step % task.steps_per_epoch == 0:
        progress = progress._replace(milestones=(*progress.milestones, step))
        if task.validation.rows or task.validation.pairs:
            checked = evaluate(task, learner, task.validation)
            loss, accuracy = checked.loss / checked.units, checked.right / checked.units
            if loss < progress.best_loss:
                progress = progress._replace(best=step, best_loss=loss, worse=0)
            else:
                progress = progress._replace(worse=progress.worse + 1)
    return progress, Metric(
        step,
        task.steps,
        step / task.steps_per_epoch,
        scored.loss / scored.units,
        scored.right / scored.units,
        loss,
        accuracy,
        scored.tokens / seconds,
        peak_memory_gib(learner.device),
    )


def peak_memory_gib(device: str) -> float | None:
    """The most memory that the card's allocator, or without a card this process, has held; None where unknown."""
    if device == "cuda":
        import torch

        return float(torch.cuda.max_memory_allocated()) / 2**30
    try:
        import resource
    except ImportError:  # Windows
        return None
    import sys

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**30 if sys.platform == "darwin" else peak / 2**20
