"""Blind ballots on proofs, and the copies that experts fill in. The key is given to nobody but the count."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from advisor.store.audit import Deed, note
from advisor.store.proof_tables import BALLOT_COPIES, BALLOTS


class StoredBallot(NamedTuple):
    """A ballot: `shown` are the questions as experts see them, `result` what the count found, None until then."""

    id: str
    created_at: int
    actor: str
    proof_id: str
    commitment: str
    shown: Sequence[Mapping[str, Any]]
    workspace: str
    counted_at: int | None = None
    result: Mapping[str, Any] | None = None


class BallotCopy(NamedTuple):
    """One expert's copy: `judgements` by the id of the question, `revision` grows with each that is saved."""

    id: str
    ballot_id: str
    created_at: int
    expert: str
    judgements: Mapping[str, Any]
    revision: int = 0
    given_in: bool = False


_COLUMNS = tuple(BALLOTS.c[name] for name in StoredBallot._fields)
_COPY = tuple(BALLOT_COPIES.c[name] for name in BallotCopy._fields)
_TRIES = 8


class Ballots:
    """The tables of ballots and of copies."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(
        self, proof_id: str, commitment: str, shown: Sequence[Mapping[str, Any]], sealed_key: str, deed: Deed
    ) -> StoredBallot:
        """Keep a new ballot with its key."""
        made = StoredBallot(
            f"ballot-{token_hex(12)}", int(time.time()), deed.actor, proof_id, commitment, shown, deed.workspace
        )
        with self._engine.begin() as connection:
            connection.execute(insert(BALLOTS).values(**made._asdict(), sealed_key=sealed_key))
            note(connection, deed, "ballot.create", made.id)
        return made

    def find(self, id: str, workspace: str) -> StoredBallot | None:
        """The ballot with that id in the workspace."""
        query = select(*_COLUMNS).where(BALLOTS.c.id == id, BALLOTS.c.workspace == workspace)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return StoredBallot(*row) if row else None

    def of_proof(self, proof_id: str, workspace: str) -> list[StoredBallot]:
        """The ballots on a proof, newest first."""
        query = select(*_COLUMNS).where(BALLOTS.c.proof_id == proof_id, BALLOTS.c.workspace == workspace)
        with self._engine.connect() as connection:
            return [StoredBallot(*row) for row in connection.execute(query.order_by(BALLOTS.c.number.desc()))]

    def new_copy(self, ballot_id: str, expert: str) -> BallotCopy | None:
        """A copy for an expert; None where one of that name has a copy already, in whatever case of its letters."""
        made = BallotCopy(f"copy-{token_hex(12)}", ballot_id, int(time.time()), expert, {})
        same = select(BALLOT_COPIES.c.expert).where(BALLOT_COPIES.c.ballot_id == ballot_id)
        try:
            with self._engine.begin() as connection:
                known = {name.casefold() for name in connection.execute(same).scalars()}
                if expert.casefold() in known:
                    return None
                connection.execute(insert(BALLOT_COPIES).values(made._asdict()))
        except IntegrityError:
            return None
        return made

    def copies(self, ballot_id: str) -> list[BallotCopy]:
        """The copies of a ballot, oldest first."""
        query = select(*_COPY).where(BALLOT_COPIES.c.ballot_id == ballot_id).order_by(BALLOT_COPIES.c.number)
        with self._engine.connect() as connection:
            return [BallotCopy(*row) for row in connection.execute(query)]

    def copy(self, id: str, ballot_id: str) -> BallotCopy | None:
        """One copy of a ballot."""
        query = select(*_COPY).where(BALLOT_COPIES.c.id == id, BALLOT_COPIES.c.ballot_id == ballot_id)
        with self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return BallotCopy(*row) if row else None

    def judge(self, copy: BallotCopy, item: str, judgement: Mapping[str, Any]) -> bool:
        """Keep what an expert says of one question; false where the copy was given in or its ballot counted."""
        table = BALLOT_COPIES.c
        for _ in range(_TRIES):
            with self._engine.begin() as connection:
                query = select(table.judgements, table.revision).where(table.id == copy.id, _open(copy.ballot_id))
                row = connection.execute(query).one_or_none()
                if row is None:
                    return False
                same = (table.id == copy.id, table.revision == row.revision, _open(copy.ballot_id))
                values = {"judgements": {**row.judgements, item: dict(judgement)}, "revision": row.revision + 1}
                if connection.execute(update(BALLOT_COPIES).where(*same).values(values)).rowcount:
                    return True
        return False

    def give_in(self, copy: BallotCopy, deed: Deed) -> bool:
        """The expert is done; false where that was so already, or the ballot is counted."""
        table = BALLOT_COPIES.c
        with self._engine.begin() as connection:
            query = update(BALLOT_COPIES).where(table.id == copy.id, _open(copy.ballot_id)).values(given_in=True)
            if not connection.execute(query).rowcount:
                return False
            note(connection, deed, "ballot.give_in", copy.id)
        return True

    def sealed_key(self, id: str) -> str:
        """The key, for the count alone."""
        with self._engine.connect() as connection:
            key: str = connection.execute(select(BALLOTS.c.sealed_key).where(BALLOTS.c.id == id)).scalar_one()
        return key

    def count(self, ballot: StoredBallot, result: Mapping[str, Any], copies: int, deed: Deed) -> bool:
        """Keep what the count of `copies` found: nothing is taken afterwards. False where others came since."""
        table = BALLOT_COPIES.c
        given_in = select(func.count()).where(table.ballot_id == ballot.id, table.given_in).scalar_subquery()
        mine = (BALLOTS.c.id == ballot.id, BALLOTS.c.counted_at.is_(None), given_in == copies)
        values = {"counted_at": int(time.time()), "result": dict(result)}
        with self._engine.begin() as connection:
            if not connection.execute(update(BALLOTS).where(*mine).values(values)).rowcount:
                return False
            note(connection, deed, "ballot.count", ballot.id)
        return True


def _open(ballot_id: str) -> Any:
    counted = select(BALLOTS.c.id).where(BALLOTS.c.id == ballot_id, BALLOTS.c.counted_at.is_(None)).exists()
    return ~BALLOT_COPIES.c.given_in & counted
