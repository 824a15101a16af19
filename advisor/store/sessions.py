"""Sessions of browsers. The cookie holds 256 random bits, of which only the hash is kept."""

from __future__ import annotations

import time
from secrets import token_urlsafe
from typing import Final

from sqlalchemy import Engine, delete, insert, select

from advisor.store.account_tables import SESSIONS, USERS
from advisor.store.accounts import User
from advisor.store.api_keys import digest_of
from advisor.store.audit import Deed, note

LASTS_S: Final = 12 * 3600


class Sessions:
    """The table of sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, user: User, deed: Deed) -> str:
        """The secret of a new session; sessions that have ended are cleared away."""
        secret, now = token_urlsafe(32), int(time.time())
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at <= now))
            connection.execute(
                insert(SESSIONS).values(
                    digest=digest_of(secret), user_id=user.id, created_at=now, expires_at=now + LASTS_S
                )
            )
            note(connection, deed, "session.begin", user.id)
        return secret

    def user(self, secret: str) -> User | None:
        """Whose session this is, as long as it lasts."""
        query = select(*(USERS.c[name] for name in User._fields)).join(SESSIONS, SESSIONS.c.user_id == USERS.c.id)
        query = query.where(SESSIONS.c.digest == digest_of(secret), SESSIONS.c.expires_at > int(time.time()))
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return User(*row) if row else None

    def end(self, secret: str, deed: Deed) -> None:
        """Log out."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest_of(secret)))
            note(connection, deed, "session.end", deed.actor)
