"""Opens the database: SQLite in a folder by default, PostgreSQL by URL; its tables are brought up to date."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from alembic import command
from sqlalchemy import URL, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

import advisor.store.operation_tables  # noqa: F401  (backups and migrations know a table by its being imported)
from advisor.errors import InputError
from advisor.store.accounts import Users, Workspaces
from advisor.store.api_keys import ApiKeys
from advisor.store.audit import Audit
from advisor.store.ballots import Ballots
from advisor.store.cases import Cases
from advisor.store.checkpoints import Checkpoints
from advisor.store.deployment_events import DeploymentEvents
from advisor.store.deployments import Deployments
from advisor.store.events import Events
from advisor.store.feedback import Feedback
from advisor.store.files import Files
from advisor.store.gateway_records import GatewayRecords
from advisor.store.idempotency import IdempotencyKeys
from advisor.store.improvement_runs import ImprovementRuns
from advisor.store.jobs import Jobs
from advisor.store.kpi_values import KpiValues
from advisor.store.models import Models
from advisor.store.plans import Plans
from advisor.store.predictions import Predictions
from advisor.store.proof_runs import ProofRuns
from advisor.store.recommendations import Recommendations
from advisor.store.revision import migrations
from advisor.store.sessions import Sessions
from advisor.store.ticks import Ticks

FILE: Final = "advisor.sqlite3"
_MIGRATING: Final = 7_201_530  # number of the PostgreSQL lock under which one process migrates at a time
_BUSY_S: Final = 30.0
_AGAIN_S: Final = 0.02


class Store(NamedTuple):
    """The repositories on one database."""

    engine: Engine
    files: Files
    jobs: Jobs
    events: Events
    checkpoints: Checkpoints
    models: Models
    workspaces: Workspaces
    users: Users
    api_keys: ApiKeys
    sessions: Sessions
    audit: Audit
    idempotency: IdempotencyKeys
    cases: Cases
    ticks: Ticks
    recommendations: Recommendations
    plans: Plans
    predictions: Predictions
    proofs: ProofRuns
    ballots: Ballots
    deployments: Deployments
    gateway_records: GatewayRecords
    deployment_events: DeploymentEvents
    improvement_runs: ImprovementRuns
    feedback: Feedback
    kpi_values: KpiValues

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_store(data: Path, url: str | None = None) -> Store:
    """The store at `url`, or in the SQLite file in the folder `data`; tables are made or migrated first.

    Raises InputError where the folder cannot be written or the server does not answer. The message shows no password.
    """
    engine = _engine(data, url)
    try:
        _migrate(engine)
    except DBAPIError as error:
        engine.dispose()
        # The driver's own text may hold the URL with its password, so only its kind is told.
        kind = type(error.orig).__name__
        raise InputError(
            f"the database cannot be opened ({kind})",
            where=engine.url.render_as_string(hide_password=True),
            what_to_do="check that it exists, that the server runs and that the name and password are right",
        ) from None
    return Store(
        engine,
        Files(engine),
        Jobs(engine),
        Events(engine),
        Checkpoints(engine),
        Models(engine),
        Workspaces(engine),
        Users(engine),
        ApiKeys(engine),
        Sessions(engine),
        Audit(engine),
        IdempotencyKeys(engine),
        Cases(engine),
        Ticks(engine),
        Recommendations(engine),
        Plans(engine),
        Predictions(engine),
        ProofRuns(engine),
        Ballots(engine),
        Deployments(engine),
        GatewayRecords(engine),
        DeploymentEvents(engine),
        ImprovementRuns(engine),
        Feedback(engine),
        KpiValues(engine),
    )


def checked_url(url: str) -> URL:
    """`url` as SQLAlchemy reads it; only PostgreSQL with psycopg and SQLite are served. Raises InputError."""
    advice = "write it as postgresql+psycopg://NAME:PASSWORD@HOST/DATABASE"
    try:
        parsed = make_url(url)
    except ArgumentError:
        # The text is not shown: it may hold a password.
        raise InputError("this is no URL of a database", where="ADVISOR_DATABASE_URL", what_to_do=advice) from None
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("postgresql+psycopg", "sqlite"):
        raise InputError(
            f"databases of the kind {parsed.drivername} are not served",
            where="ADVISOR_DATABASE_URL",
            what_to_do=advice,
        )
    return parsed


def write_ahead(path: Path) -> None:
    """Set the write-ahead log on a SQLite file, which keeps it; readers then do not wait for a writer."""
    connection = sqlite3.connect(path, timeout=_BUSY_S)
    until = time.monotonic() + _BUSY_S
    try:
        while True:
            try:
                connection.execute("PRAGMA journal_mode=WAL")
            except sqlite3.OperationalError:
                # Of two that change the mode of a new file at once SQLite turns one away without letting it wait.
                if time.monotonic() > until:
                    raise
                time.sleep(_AGAIN_S)
            else:
                return
    finally:
        connection.close()


def _engine(data: Path, url: str | None) -> Engine:
    if url:
        parsed = checked_url(url)
        try:
            engine = create_engine(parsed, pool_pre_ping=True)
        except (ModuleNotFoundError, NoSuchModuleError):
            raise InputError(
                "the driver for PostgreSQL is not installed",
                where="ADVISOR_DATABASE_URL",
                what_to_do="pip install 'advisor[postgresql]'",
            ) from None
        if parsed.drivername != "sqlite":
            return engine
    else:
        try:
            data.mkdir(parents=True, exist_ok=True)
            write_ahead(data / FILE)
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"the data folder cannot be used: {error}", where=str(data), what_to_do="choose another with --data"
            ) from None
        engine = create_engine(f"sqlite:///{data / FILE}")
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: sqlite3.Connection, record: Any) -> None:  # noqa: ARG001 - the signature is SQLAlchemy's
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA foreign_keys=ON")
    # With the write-ahead log nothing is lost when a process dies; only a power cut may take the last moments.
    connection.execute("PRAGMA synchronous=NORMAL")
    # Copied back into the database every 32 MB rather than every 4: each time somebody waits for the disk.
    connection.execute("PRAGMA wal_autocheckpoint=8000")


def _migrate(engine: Engine) -> None:
    config = migrations()
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": _MIGRATING})
        else:
            # Taken at once: two that start together must not both find no tables.
            connection.execute(text("BEGIN IMMEDIATE"))
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
            connection.commit()
        finally:
            if engine.dialect.name == "postgresql":
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": _MIGRATING})
                connection.commit()
