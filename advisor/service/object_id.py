"""Ids of new objects."""

from __future__ import annotations

import secrets


def new_id(prefix: str) -> str:
    """`prefix` and 24 hexadecimal digits drawn at random."""
    return prefix + secrets.token_hex(12)
