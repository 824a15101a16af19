"""Passwords of people, hashed with argon2id at the library's own settings (RFC 9106, low memory)."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher()


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _HASHER.hash(password)


def is_right(password: str, known: str | None) -> bool:
    """Whether the password is the one that `known` was made from; None takes as long, and is never right."""
    try:
        right = _HASHER.verify(known or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and known is not None


@cache
def _nobody() -> str:
    return hashed("the password of nobody")
