"""Who is answered by the candidate: the same users at every time, and more of them as the share grows, never others."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, Literal

Role = Literal["incumbent", "candidate", "fallback", "previous"]
INCUMBENT: Final = "incumbent"
CANDIDATE: Final = "candidate"
FALLBACK: Final = "fallback"
PREVIOUS: Final = "previous"
ROLES: Final = (INCUMBENT, CANDIDATE, FALLBACK, PREVIOUS)
_STEPS: Final = 1 << 64


def user_digest(key: bytes, workspace: str, user: str) -> str:
    """What is kept of a user: the same for the same user of a workspace, and no way back without the key."""
    return hmac.new(key, f"user\0{workspace}\0{user}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]


def place(key: bytes, roll_out: str, user: str) -> float:
    """Where a user stands in a roll-out, from 0 to below 1, evenly spread; another roll-out spreads them anew."""
    raw = hmac.new(key, f"place\0{roll_out}\0{user}".encode("utf-8", "surrogatepass"), hashlib.sha256).digest()
    return int.from_bytes(raw[:8], "big") / _STEPS


def role_at(share: float, stands: float) -> Role:
    """Who answers somebody who stands there, where the candidate has that share of the users.

    A larger share only moves users to the candidate, a smaller one only back.
    """
    return "candidate" if stands < share else "incumbent"


def order_of_models(role: Role, known: frozenset[str]) -> tuple[Role, ...]:
    """Who is asked first, and who then, where each fails: the incumbent before the fallback and the previous one."""
    wanted: tuple[Role, ...] = (role, "incumbent", "fallback", "previous")
    return tuple(one for one in dict.fromkeys(wanted) if one in known)
