"""What a role or a key allows: roles say how much may be done, scopes in which part of the service."""

from typing import Final, Literal

Role = Literal["viewer", "consultant", "admin"]
ROLES: Final = ("viewer", "consultant", "admin")  # each may do what those before it may
SCOPES: Final = ("cases", "data", "tuning", "openai", "feedback")


def at_least(role: str, needed: str) -> bool:
    """Whether `role` may do what `needed` may; a role that is not known may do nothing."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)
