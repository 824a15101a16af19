"""The key with which users are hashed: made once, kept in the data folder, the same for every process and start."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from advisor.errors import InputError

FILE: Final = "gateway.key"
_BYTES: Final = 32


def gateway_key(folder: Path) -> bytes:
    """The key in the data folder; of several processes that make it at once all get the same. Raises InputError."""
    path = folder / FILE
    try:
        if not path.exists():
            beside = folder / f".{FILE}.{secrets.token_hex(8)}"
            descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                os.write(descriptor, secrets.token_bytes(_BYTES))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            try:
                os.link(beside, path)  # fails where another process was first, whose key then holds
            except FileExistsError:
                pass
            finally:
                beside.unlink(missing_ok=True)
        key = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the key of the gateway cannot be kept: {error.strerror}",
            where=str(path),
            what_to_do="let the service write in its data folder",
        ) from None
    if len(key) != _BYTES:
        raise InputError(
            "this is no key of the gateway", where=str(path), what_to_do="restore it from the backup, or remove it"
        )
    return key
