"""Secrets in the environment: in a variable, or in the file that a variable ending in _FILE names, as containers do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from advisor.errors import InputError


def secret_in(variables: Mapping[str, str], name: str) -> str:
    """The secret `name`, without the line's end; empty where it is not set. Raises InputError for a file not there."""
    file = variables.get(f"{name}_FILE")
    if not file:
        return variables.get(name, "")
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InputError(
            f"the file cannot be read: {reason}", where=f"{name}_FILE", what_to_do="name another"
        ) from None
