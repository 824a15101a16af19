"""Where the service keeps things on disk: databases, uploaded files, what runs leave behind."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from advisor.errors import FolderHeldError, InputError

_BLOCK_BYTES: Final = 1 << 20
_UPLOAD_S: Final = 86_400


class DataFolder(NamedTuple):
    """The folder of one service; several hosts that work for it must all see the same one."""

    path: Path

    def prepare(self) -> None:
        """Make what is missing, and clear uploads that were cut off long ago. Raises InputError."""
        try:
            for folder in (self.path, self.uploads, self.files, self.models):
                folder.mkdir(parents=True, exist_ok=True)
            for upload in self.uploads.iterdir():
                # Another process may be reading a younger one in.
                if time.time() - upload.stat().st_mtime > _UPLOAD_S:
                    upload.unlink(missing_ok=True)
        except OSError as error:
            raise InputError(
                f"the data folder cannot be used: {error.strerror}",
                where=str(self.path),
                what_to_do="choose another with --data",
            ) from None

    @property
    def uploads(self) -> Path:
        """Files that are still coming in."""
        return self.path / "uploads"

    @property
    def files(self) -> Path:
        """Files that are whole, by id."""
        return self.path / "files"

    @property
    def models(self) -> Path:
        """What each job leaves behind, by the job's id."""
        return self.path / "models"

    def file(self, id: str) -> Path:
        """The bytes of a file."""
        return self.files / id

    def run(self, job_id: str) -> Path:
        """The folder of a job's checkpoints and model."""
        return self.models / job_id

    def relative(self, path: Path) -> str:
        """`path` as it is stored: below the data folder where it lies there, so that the folder can be moved."""
        return str(path.relative_to(self.path)) if path.is_relative_to(self.path) else str(path)

    @contextmanager
    def held(self, name: str) -> Iterator[None]:
        """Hold the folder under `name` until the process ends, however it ends. Raises FolderHeldError."""
        descriptor = os.open(self.path / f"{name}.lock", os.O_CREAT | os.O_RDWR, 0o644)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FolderHeldError(
                    f"another process works here as {name}",
                    where=str(self.path),
                    what_to_do="stop it first, or use another folder (--data) or name (--name)",
                ) from None
            yield
        finally:
            os.close(descriptor)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
