"""Keys of programs. A key is 256 random bits, so its plain SHA-256 tells nothing of it; the key itself is not kept."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from secrets import token_hex, token_urlsafe
from typing import Final, NamedTuple

from sqlalchemy import Engine, func, insert, or_, select, update

from advisor.store.account_tables import API_KEYS
from advisor.store.audit import Deed, note

PREFIX: Final = "adv_"
_USED_EVERY_S: Final = 60  # how exactly the last use is kept


class ApiKey(NamedTuple):
    """What is kept of a key; times in seconds since 1970."""

    id: str
    name: str
    workspace: str
    role: str
    scopes: Sequence[str]
    digest: str
    created_at: int
    last_used_at: int | None = None
    revoked_at: int | None = None


class NewKey(NamedTuple):
    """A key that was just made: `secret` is shown once, and kept nowhere."""

    key: ApiKey
    secret: str


_COLUMNS = tuple(API_KEYS.c[name] for name in ApiKey._fields)


def digest_of(secret: str) -> str:
    """What is kept of a secret that was drawn at random."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


class ApiKeys:
    """The table of keys."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, name: str, workspace: str, role: str, scopes: Sequence[str], deed: Deed) -> NewKey:
        """Make a key for a workspace that is there."""
        secret = PREFIX + token_urlsafe(32)
        now = int(time.time())
        key = ApiKey(f"key-{token_hex(8)}", name, workspace, role, list(scopes), digest_of(secret), now)
        with self._engine.begin() as connection:
            connection.execute(insert(API_KEYS).values(key._asdict()))
            note(connection, deed, "key.create", key.id)
        return NewKey(key, secret)

    def of(self, secret: str) -> ApiKey | None:
        """The key, if it is known and not revoked; that it was used is noted about once a minute."""
        query = select(*_COLUMNS).where(API_KEYS.c.digest == digest_of(secret), API_KEYS.c.revoked_at.is_(None))
        now = int(time.time())
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            return None
        key = ApiKey(*row)
        if key.last_used_at is None or now - key.last_used_at >= _USED_EVERY_S:
            used = or_(API_KEYS.c.last_used_at.is_(None), API_KEYS.c.last_used_at < now)
            with self._engine.begin() as connection:
                connection.execute(update(API_KEYS).where(API_KEYS.c.id == key.id, used).values(last_used_at=now))
        return key

    def all(self) -> list[ApiKey]:
        """Every key, revoked ones among them, oldest first."""
        with self._engine.connect() as connection:
            return [ApiKey(*row) for row in connection.execute(select(*_COLUMNS).order_by(API_KEYS.c.number))]

    def count(self) -> int:
        """How many keys open the door."""
        query = select(func.count()).select_from(API_KEYS).where(API_KEYS.c.revoked_at.is_(None))
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def revoke(self, id: str, deed: Deed) -> bool:
        """Close a key for ever; false where there is none of that id that is open."""
        query = update(API_KEYS).where(API_KEYS.c.id == id, API_KEYS.c.revoked_at.is_(None))
        with self._engine.begin() as connection:
            if not connection.execute(query.values(revoked_at=int(time.time()))).rowcount:
                return False
            note(connection, deed, "key.revoke", id)
        return True
