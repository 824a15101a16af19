"""Linear models on disk: JSON and NumPy arrays, never pickle, so that a model from elsewhere cannot run code.

`advisor-linear.json` holds what is small and the sha256 of the other files, which find a damaged copy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from advisor.errors import InputError
from advisor.tuning.calibration import Calibration
from advisor.tuning.embedded_texts import EmbeddedTexts
from advisor.tuning.embedding import Embedder
from advisor.tuning.linear_model import LabelModel, RetrievalModel
from advisor.tuning.model_folder import digest, read_record, written_whole
from advisor.tuning.tfidf import Features, Terms

RECORD: Final = "advisor-linear.json"
_ARRAYS: Final = "arrays.npz"
_TERMS: Final = "terms.json"
_FORMAT: Final = 1


def save_labels(
    folder: Path,
    terms: Sequence[Features],
    weights: NDArray[np.float32],
    offsets: NDArray[np.float64],
    calibration: Calibration,
    labels: Sequence[str],
    notes: Mapping[str, Any],
) -> None:
    """Write a head; `weights` is terms x labels, the terms of all kinds one after the other."""
    arrays = {"weights": weights, "offsets": offsets, "label_offsets": calibration.offsets}
    _save(folder, terms, arrays, {"kind": "labels", "labels": labels, "scale": calibration.scale, **notes})


def save_retrieval(
    folder: Path, terms: Sequence[Terms], matrix: Any, answers: Sequence[str], notes: Mapping[str, Any]
) -> None:
    """Write the prompts' matrix (prompts x terms, CSC) and their answers."""
    arrays = {"data": matrix.data, "rows": matrix.indices.astype(np.int32), "starts": matrix.indptr.astype(np.int64)}
    _save(folder, terms, arrays, {"kind": "retrieval", "answers": answers, **notes})


def load_linear(folder: Path, embedder: Embedder) -> LabelModel | RetrievalModel:
    """The model in `folder`; `embedder` reads texts for a head on embeddings.

    Raises InputError where there is none, it is damaged or of another version, or reads another kind of embeddings.
    """
    record = read_record(folder / RECORD)
    if record.get("format") != _FORMAT:
        raise InputError(
            "this linear model was written by another version", where=str(folder), what_to_do="train it again"
        )
    for name, expected in record["sha256"].items():
        if not (folder / name).is_file() or digest(folder / name) != expected:
            raise InputError("a file of the model is damaged", where=str(folder / name), what_to_do="train it again")
    with np.load(folder / _ARRAYS, allow_pickle=False) as arrays:
        found = {name: arrays[name] for name in arrays.files}
    if "embedder" in record:
        if record["embedder"] != embedder.what:
            raise InputError(
                f"the model reads {record['embedder']}, and here there are {embedder.what}",
                where=str(folder),
                what_to_do="install what it was trained with (docs/how-to/train-a-linear-model.md)",
            )
        calibration = Calibration(record["scale"], found["label_offsets"])
        embedded = EmbeddedTexts(embedder)
        return LabelModel([embedded], found["weights"], found["offsets"], calibration, record["labels"])
    names = json.loads((folder / _TERMS).read_text(encoding="utf-8"))
    terms = [
        Terms(kind, {name: number for number, name in enumerate(listed)}, found[f"idf_{kind}"])
        for kind, listed in names.items()
    ]
    if record["kind"] == "labels":
        calibration = Calibration(record["scale"], found["label_offsets"])
        return LabelModel(terms, found["weights"], found["offsets"], calibration, record["labels"])
    return RetrievalModel(terms, found["data"], found["rows"], found["starts"], record["answers"])


def _save(folder: Path, features: Sequence[Features], arrays: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    terms = [one for one in features if isinstance(one, Terms)]
    embedded = next((one for one in features if isinstance(one, EmbeddedTexts)), None)
    record = {**record, "embedder": embedded.embedder.what} if embedded else record
    with written_whole(folder) as new:
        everything: dict[str, Any] = {**arrays, **{f"idf_{one.kind}": one.idf for one in terms}}
        np.savez(new / _ARRAYS, **everything)
        names = {one.kind: list(one.numbers) for one in terms}
        (new / _TERMS).write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")
        digests = {name: digest(new / name) for name in (_ARRAYS, _TERMS)}
        whole = {"format": _FORMAT, **record, "sha256": digests}
        (new / RECORD).write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
