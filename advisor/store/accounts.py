"""Workspaces and their users; a user belongs to one workspace and has one role in it."""

from __future__ import annotations

import time
from secrets import token_hex
from typing import NamedTuple

from sqlalchemy import Engine, delete, func, insert, select, update

from advisor.errors import InputError
from advisor.store.account_tables import SESSIONS, USERS, WORKSPACES
from advisor.store.audit import Deed, note


class User(NamedTuple):
    """A person who logs in; `password_hash` as argon2 writes it."""

    id: str
    name: str
    workspace: str
    role: str
    password_hash: str
    created_at: int


_COLUMNS = tuple(USERS.c[name] for name in User._fields)


class Workspaces:
    """The table of workspaces."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ensure(self, id: str) -> None:
        """Make the workspace if there is none of that id."""
        with self._engine.begin() as connection:
            if connection.execute(select(WORKSPACES.c.id).where(WORKSPACES.c.id == id)).first() is None:
                connection.execute(insert(WORKSPACES).values(id=id, created_at=int(time.time())))

    def all(self) -> list[str]:
        """The ids of all workspaces, oldest first."""
        with self._engine.connect() as connection:
            return list(connection.execute(select(WORKSPACES.c.id).order_by(WORKSPACES.c.number)).scalars())


class Users:
    """The table of users."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, name: str, workspace: str, role: str, password_hash: str, deed: Deed) -> User:
        """Keep a new user of a workspace that is there. Raises InputError where the name is taken."""
        user = User(f"user-{token_hex(12)}", name, workspace, role, password_hash, int(time.time()))
        with self._engine.begin() as connection:
            if connection.execute(select(USERS.c.id).where(USERS.c.name == name)).first():
                raise InputError(f"there is a user {name} already", what_to_do="choose another name")
            connection.execute(insert(USERS).values(user._asdict()))
            note(connection, deed, "user.add", user.id)
        return user

    def named(self, name: str) -> User | None:
        """The user of that name."""
        return self._one(USERS.c.name == name)

    def find(self, id: str) -> User | None:
        """The user with that id."""
        return self._one(USERS.c.id == id)

    def all(self) -> list[User]:
        """Every user, oldest first."""
        with self._engine.connect() as connection:
            return [User(*row) for row in connection.execute(select(*_COLUMNS).order_by(USERS.c.number))]

    def count(self) -> int:
        """How many users there are."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(USERS)).scalar_one()

    def change(self, id: str, deed: Deed, *, role: str | None = None, password_hash: str | None = None) -> None:
        """Set the role or the password; whoever is logged in as this user is logged out."""
        values = {"role": role, "password_hash": password_hash}
        with self._engine.begin() as connection:
            given = {name: value for name, value in values.items() if value is not None}
            connection.execute(update(USERS).where(USERS.c.id == id).values(given))
            connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == id))
            note(connection, deed, "user.change", id)

    def remove(self, id: str, deed: Deed) -> None:
        """Forget a user and every session of theirs."""
        with self._engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == id))
            connection.execute(delete(USERS).where(USERS.c.id == id))
            note(connection, deed, "user.remove", id)

    def _one(self, condition: object) -> User | None:
        with self._engine.connect() as connection:
            row = connection.execute(select(*_COLUMNS).where(condition)).one_or_none()  # type: ignore[arg-type]
        return User(*row) if row else None
