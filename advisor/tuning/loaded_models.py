"""Models that are in memory and answer, found by the name that a request gives."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from pathlib import Path
from typing import Final, NamedTuple

from advisor.errors import ModelNameError
from advisor.store.database import Store
from advisor.tuning.back_ends import LINEAR_MODELS, back_end_of, trainer_of
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.trainer import Model, Trainers

_KEPT: Final = 8  # models in memory; the one that was not asked for longest goes first
_LOOK_EVERY_S: Final = 2.0  # how often it is checked that a model was not deleted, perhaps by another process


class _Loaded(NamedTuple):
    model: Model
    checked: float


class LoadedModels:
    """Loads models when they are first asked for; safe to be used from several threads."""

    def __init__(self, store: Store, data: DataFolder, trainers: Trainers) -> None:
        self._store = store
        self._data = data
        self._trainers = trainers
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()
        self._lock = threading.Lock()
        self._loading = threading.Lock()

    def model(self, name: str) -> Model:
        """The model with that name. Raises ModelNameError, and InputError where it cannot be loaded."""
        now = time.monotonic()
        with self._lock:
            known = self._loaded.get(name)
            if known is not None and now - known.checked < _LOOK_EVERY_S:
                self._loaded.move_to_end(name)
                return known.model
        place = self._place(name)
        if known is None:
            # One at a time: two requests must not load the same model twice. Those in memory do not wait for it.
            with self._loading:
                with self._lock:
                    known = self._loaded.get(name)
                model = known.model if known else self._load(place)
        else:
            model = known.model
        with self._lock:
            self._loaded[name] = _Loaded(model, now)
            self._loaded.move_to_end(name)
            while len(self._loaded) > _KEPT:
                self._loaded.popitem(last=False)
        return model

    def forget(self, name: str) -> None:
        """Let go of a model that was deleted, and of its checkpoints."""
        with self._lock:
            for known in [known for known in self._loaded if known == name or known.startswith(f"{name}:")]:
                del self._loaded[known]

    def _load(self, place: _Place) -> Model:
        chosen = trainer_of(place.base_model, place.folder, self._trainers)
        if chosen is None:
            raise ModelNameError(
                f"{place.base_model} is not there any more",
                code="model_not_found",
                what_to_do="put the base model back in its place",
            )
        return chosen.trainer.load(place.folder)

    def _place(self, name: str) -> _Place:
        tuned = self._store.models.find(name)
        if tuned is not None:
            return _Place(tuned.base_model, self._data.path / tuned.folder)
        checkpoint = self._store.checkpoints.find_model(name)
        if checkpoint is not None and self._store.models.find(name.rpartition(":")[0]) is not None:
            job = self._store.jobs.find(checkpoint.job_id)
            assert job is not None, checkpoint.job_id
            return _Place(job.base_model, self._data.path / checkpoint.folder)
        self.forget(name)
        if name in LINEAR_MODELS:
            raise ModelNameError(
                f"{name} answers only after it was tuned",
                code="model_not_tuned",
                what_to_do="create a fine-tuning job on it and ask the model that the job makes",
            )
        if back_end_of(name) is None:
            raise ModelNameError(
                f"the model {name} does not exist",
                code="model_not_found",
                what_to_do="GET /v1/models lists those that answer",
            )
        return _Place(name, Path(name))


class _Place(NamedTuple):
    base_model: str
    folder: Path
