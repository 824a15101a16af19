"""The trainer of open language models: LoRA, and QLoRA on a card, by supervised examples or preferences.

Distillation and constitutional training first make their rows with a model (kept in the run's folder, so that they
are paid for once) and then train on them as supervised examples.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from advisor.dataset.conversation import Conversation
from advisor.errors import InputError
from advisor.tuning.constitution import revised_rows
from advisor.tuning.distillation import labelled_rows
from advisor.tuning.generation import GeneratingModel
from advisor.tuning.language_model import LanguageModel, check_extra, has_card, load_language_model
from advisor.tuning.lora_checkpoint import RECORD, Progress, checkpoints, last_checkpoint, step_folder
from advisor.tuning.lora_loss import Learner, packs_apart
from advisor.tuning.lora_run import Task, evaluate, peak_memory_gib, run
from advisor.tuning.lora_settings import LoraPlan, LoraSettings, lora_plan
from advisor.tuning.made_rows import made_once
from advisor.tuning.model_folder import fingerprint, read_record, same_order, written_whole
from advisor.tuning.polling import Poll, in_background, polled_layers
from advisor.tuning.settings import read_settings
from advisor.tuning.token_rows import Tokenised, tokenised, tokenised_pairs
from advisor.tuning.trainer import Control, Model, Order, Trained

METHODS: Final = ("supervised", "dpo", "distillation", "constitutional")
_PACKAGES: Final = ("torch", "transformers", "peft")


class LoraTrainer:
    """Trains an adapter beside a frozen base model. On a CPU the same order leaves the same weights."""

    def train(self, order: Order, control: Control) -> Trained:
        """Train, from the last checkpoint on. Raises InputError and Stopped."""
        if order.method not in METHODS:
            raise InputError(
                f"LoRA has no method {order.method}",
                where="method",
                what_to_do=f"take one of {', '.join(METHODS)}",
            )
        settings = read_settings(LoraSettings, order.hyperparameters, "LoRA")
        check_extra()
        found = last_checkpoint(order.folder)
        if found:
            same_order(str(read_record(found.folder / RECORD)["order"]), order, order.folder)
        final = order.folder / "model"
        if (final / RECORD).is_file():
            same_order(str(read_record(final / RECORD)["order"]), order, order.folder)
            return _left(order.folder)
        mark = fingerprint(order)  # before rows are made, which takes long and does not change it
        order = self._with_made_rows(order, settings, control)
        quantised = settings.quantisation == "nf4"
        poll = Poll(control)
        base = in_background(
            lambda: load_language_model(order.base_model, precision=settings.precision, four_bits=quantised), poll
        )
        task, learner = _prepared(order, settings, base, mark, poll)
        with polled_layers(learner.model, poll):
            before = evaluate(task, learner, task.validation) if _any(task.validation) and not found else None
            progress = run(task, learner, base.tokenizer, control)
        metrics: dict[str, float] = {
            "rows": task.rows,
            "rows_cut": task.train.cut,
            "rows_left_out": task.train.left_out,
            "steps": progress.step,
            "tokens_per_s": progress.tokens / progress.seconds if progress.seconds else 0.0,
            "training_s": progress.seconds,
            "memory_gib": peak_memory_gib(base.device) or 0.0,
            "trained_parameters": sum(one.numel() for one in learner.model.parameters() if one.requires_grad),
        }
        if before:  # a fresh adapter changes nothing, so this is the base model
            metrics["base_validation_loss"] = before.loss / before.units
        _finish(order.folder, progress, metrics)
        return _left(order.folder)

    def load(self, folder: Path) -> Model:
        """The model in `folder`, adapter and base; a base model's own folder is loaded as it is. Raises InputError."""
        check_extra()
        if not (folder / RECORD).is_file():
            return load_base(str(folder))
        from peft import PeftModel

        record = read_record(folder / RECORD)
        base = load_language_model(
            record["base_model"], precision=record["precision"], four_bits=record["four_bits"] and has_card()
        )
        try:
            model = PeftModel.from_pretrained(base.model, folder)
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(
                f"the adapter cannot be loaded: {error}", where=str(folder), what_to_do="train it again"
            ) from error
        return GeneratingModel(base._replace(model=model.eval()))

    def _with_made_rows(self, order: Order, settings: LoraSettings, control: Control) -> Order:
        """The order with the rows that a teacher or a critic makes; supervised and DPO orders as they are."""
        if order.method == "distillation":
            if not settings.teacher:
                raise InputError(
                    "distillation needs a teacher",
                    where="hyperparameters.teacher",
                    what_to_do="name a trained folder, a model's folder, or hf/NAME",
                )
            teacher, longest = settings.teacher, settings.max_answer_tokens

            def label(rows: Sequence[Conversation]) -> Any:
                return labelled_rows(self._named(teacher), rows, longest, order.seed, Poll(control))

            return _made(order, label, control)
        if order.method == "constitutional":
            principles, longest = settings.principles or (), settings.max_answer_tokens

            def revise(rows: Sequence[Conversation]) -> Any:
                model = load_base(order.base_model)
                return revised_rows(model, model, rows, principles, longest, order.seed, Poll(control))

            return _made(order, revise, control)
        return order

    def _named(self, name: str) -> Model:
        return self.load(Path(name)) if (Path(name) / RECORD).is_file() else load_base(name)


def load_base(name: str) -> GeneratingModel:
    """An untuned model that answers: a folder, or `hf/NAME`. Raises InputError."""
    return GeneratingModel(load_language_model(name))


def _made(order: Order, make: Any, control: Control) -> Order:
    """The order with its training rows answered by `make`; validation rows stay, they are what is aimed at."""
    rows = made_once(order.folder / f"made-{fingerprint(order)[:12]}.jsonl", order.train, make, control)
    return order._replace(train=rows)


def _prepared(order: Order, settings: LoraSettings, base: LanguageModel, mark: str, poll: Poll) -> tuple[Task, Learner]:
    """The rows as tokens, and the model with a fresh adapter. Raises InputError."""
    import torch

    method = "dpo" if order.method == "dpo" else "supervised"
    plan = lora_plan(settings, method, len(order.train), base.context_tokens, base.device)
    convert = tokenised_pairs if method == "dpo" else tokenised
    parts = [convert(base.tokenizer, rows, plan.max_length, poll) for rows in (order.train, order.validation)]
    if not _any(parts[0]):
        raise InputError(
            "no row has an answer to learn from" if method == "supervised" else "no row has two answers to compare",
            where="training data",
            what_to_do="check the roles and weights of the messages, and that max_length leaves room for the answers",
        )
    torch.manual_seed(order.seed % 2**63)  # the adapter's first weights
    learner = Learner(_adapted(base, plan), base.device, _autocast(base))
    if plan.pack_length and not packs_apart(learner, len(base.tokenizer)):
        plan = plan._replace(pack_length=0)
    notes = {
        "base_model": order.base_model,
        "method": order.method,
        "precision": base.precision,
        "four_bits": settings.quantisation == "nf4",
        "order": mark,
        "plan": plan._asdict(),
        "what": _what(order, plan, settings),
        "versions": {name: version(name) for name in _PACKAGES},
    }
    return Task(plan, parts[0], parts[1], order.seed, order.folder, notes), learner


def _adapted(base: LanguageModel, plan: LoraPlan) -> Any:
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

    model = base.model
    if getattr(model, "is_quantized", False):
        model = prepare_model_for_kbit_training(model, use_gradient_checkpointing=plan.gradient_checkpointing)
    elif plan.gradient_checkpointing:
        model.activation_checkpointing_enable()
        model.enable_input_require_grads()
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=plan.rank,
        lora_alpha=plan.alpha,
        lora_dropout=plan.dropout,
        target_modules=plan.targets if isinstance(plan.targets, str) else list(plan.targets),
    )
    try:
        return get_peft_model(model, config)
    except ValueError as error:
        raise InputError(
            f"the adapter does not fit this model: {error}",
            where="hyperparameters.lora_targets",
            what_to_do='write "all-linear", or names of the model\'s linear modules such as q_proj',
        ) from error


def _autocast(base: LanguageModel) -> Any:
    import torch

    return None if base.precision == "float32" else getattr(torch, base.precision)


def _what(order: Order, plan: LoraPlan, settings: LoraSettings) -> str:
    kind = "QLoRA" if settings.quantisation == "nf4" else "LoRA"
    targets = plan.targets if isinstance(plan.targets, str) else ", ".join(plan.targets)
    return f"a {kind} adapter of rank {plan.rank} on {targets} of {order.base_model}, trained by {order.method}"


def _finish(folder: Path, progress: Progress, metrics: Mapping[str, float]) -> None:
    """The model folder: the checkpoint with the lowest validation loss, or the last one without validation."""
    source = step_folder(folder, progress.best or progress.step)
    with written_whole(folder / "model") as new:
        for path in source.iterdir():
            if path.is_file() and path.name != "optimiser.pt" and path.name != RECORD:
                (new / path.name).write_bytes(path.read_bytes())
        record = read_record(source / RECORD)
        whole = {**record, "metrics": dict(metrics), "steps": list({*progress.milestones, progress.step})}
        whole["tokens"] = progress.tokens
        (new / RECORD).write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")


def _left(folder: Path) -> Trained:
    """What a run left, also when it was already at its end."""
    record = read_record(folder / "model" / RECORD)
    kept = checkpoints(folder, record["steps"])
    metric = record["metric"]
    metrics = dict(record["metrics"])
    for name, place in (
        ("training_loss", 3),
        ("training_accuracy", 4),
        ("validation_loss", 5),
        ("validation_accuracy", 6),
    ):
        if metric[place] is not None:
            metrics[name] = metric[place]
    return Trained(folder / "model", record["tokens"], kept, metrics, record["what"])


def _any(part: Tokenised) -> bool:
    return bool(part.rows or part.pairs)
