"""The secret of a data folder, with which tokens are signed and users are hashed; made once, readable by its owner."""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path
from secrets import token_bytes
from typing import Final

from advisor.errors import InputError

FILE: Final = "signing.key"
VARIABLE: Final = "ADVISOR_SIGNING_KEY"
_BYTES: Final = 32


@lru_cache(maxsize=8)
def signing_key(folder: Path) -> bytes:
    """The key of the folder, or of ADVISOR_SIGNING_KEY, which services on several machines share. Raises InputError."""
    given = os.environ.get(VARIABLE)
    if given:
        return hashlib.sha256(given.encode()).digest()
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Made beside it and linked, so that of two that begin together both read the same whole key.
        own = path.with_name(f"{FILE}.{os.getpid()}")
        if not path.exists():
            with os.fdopen(os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(token_bytes(_BYTES))
            try:
                os.link(own, path)
            except FileExistsError:
                pass
            finally:
                own.unlink()
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the signing key cannot be kept: {error.strerror}",
            where=str(path),
            what_to_do=f"choose another data folder, or set {VARIABLE}",
        ) from None


def user_digest(user: str, deployment_id: str, key: bytes) -> str:
    """A user as they are kept: a keyed hash, another one in each deployment."""
    return hmac.new(key, f"{deployment_id}\0{user}".encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
