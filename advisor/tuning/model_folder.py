"""Folders of models and checkpoints: written whole or not at all, and told apart by the order they were made for."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from advisor.errors import InputError
from advisor.tuning.trainer import Order


@contextmanager
def written_whole(folder: Path) -> Iterator[Path]:
    """A new folder to write into, which becomes `folder` at the end; after an error nothing is left of it.

    Raises InputError where it cannot be written, such as on a full disk.
    """
    beside = folder.with_name(f"{folder.name}.part")
    try:
        shutil.rmtree(beside, ignore_errors=True)  # what a killed run left
        beside.mkdir(parents=True)
        try:
            yield beside
            for path in beside.rglob("*"):
                if path.is_file():
                    _to_disk(path)
            if folder.exists():
                shutil.rmtree(folder)
            beside.rename(folder)
            _to_disk(folder.parent)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError(
            f"the model cannot be written: {error.strerror or error}",
            where=str(folder),
            what_to_do="free disk space or choose another folder, then start the run again: it goes on from its "
            "last checkpoint",
        ) from error


def fingerprint(order: Order) -> str:
    """A digest of all that changes the result of an order: model, method, rows, hyperparameters, seed."""
    rows = [
        [[list(row.messages), list(row.preferred), list(row.rejected), dict(row.settings)] for row in part]
        for part in (order.train, order.validation)
    ]
    told = [order.base_model, order.method, rows, dict(order.hyperparameters), order.seed]
    text = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def same_order(found: str, order: Order, where: Path) -> None:
    """Raises InputError where what was found in the folder belongs to another order."""
    if found != fingerprint(order):
        raise InputError(
            "this folder holds the model or checkpoints of another run",
            where=str(where),
            what_to_do="choose an empty folder, or take that run's data, hyperparameters and seed",
        )


def read_record(path: Path) -> dict[str, Any]:
    """The JSON object in `path`. Raises InputError where there is none or it is no such object."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            "there is no trained model in this folder", where=str(path.parent), what_to_do="check the path"
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"the model cannot be read: {error}", where=str(path), what_to_do="train it again") from None
    if not isinstance(record, dict):
        raise InputError("this is not the record of a model", where=str(path), what_to_do="train it again")
    return record


def digest(path: Path) -> str:
    """The sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
