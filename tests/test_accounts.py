"""Accounts and the database from the command line: users, keys, backup and restore, export; nothing secret leaves."""

from __future__ import annotations

import json
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, select, text

import advisor.store.database as database
from advisor.cli import advisor
from advisor.errors import AdvisorError, InputError
from advisor.passwords import hashed, is_right
from advisor.store.audit import Deed
from advisor.store.backup import back_up, restore
from advisor.store.cases import CaseText
from advisor.store.database import FILE, open_store
from advisor.store.table_rows import fill_tables, table_lines
from advisor.store.tables import METADATA

DEED = Deed("test", "default", "local")
PASSWORD = "a long pass phrase"


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder with a user, a key and a case."""
    with closing(open_store(tmp_path / "data")) as store:
        store.users.add("ada", "default", "admin", hashed(PASSWORD), DEED)
        store.api_keys.create("ci", "default", "viewer", ["cases"], DEED)
        store.cases.add(CaseText("A case", "", '{"schema":"advisor/case/v1"}'), DEED)
    yield tmp_path / "data"


def run(*words: str, said: str = "") -> Result:
    """A command of the command line."""
    return CliRunner().invoke(advisor, list(words), input=said)


def content(folder: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with closing(open_store(folder)) as store, store.engine.connect() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in METADATA.sorted_tables
        }


@pytest.mark.slow  # passwords take their time
def test_users(tmp_path: Path) -> None:
    """Added with a password that is not kept, listed, given another role, removed; and each is in the audit log."""
    from advisor.service.server import check_binding

    at = ("--data", str(tmp_path))
    added = run("users", "add", "ada@example.com", "--role", "admin", "--password-stdin", *at, said=PASSWORD + "\n")
    assert added.output == "ada@example.com: admin in default\n"
    assert isinstance(
        run("users", "add", "ada@example.com", "--password-stdin", *at, said=PASSWORD).exception, InputError
    )
    assert isinstance(run("users", "add", "bob", "--password-stdin", *at, said="short").exception, InputError)
    assert isinstance(run("users", "add", "b b", "--password-stdin", *at, said=PASSWORD).exception, InputError)
    assert "admin" in run("users", "list", *at).output
    assert run("users", "role", "ada@example.com", "viewer", *at).exit_code == 0
    with closing(open_store(tmp_path)) as store:
        user = store.users.named("ada@example.com")
        assert user and user.role == "viewer" and is_right(PASSWORD, user.password_hash)
        assert not is_right("another", user.password_hash) and not is_right(PASSWORD, None)
        check_binding("0.0.0.0", (), store)
    assert run("users", "remove", "ada@example.com", *at).exit_code == 0
    assert isinstance(run("users", "remove", "ada@example.com", *at).exception, AdvisorError)
    with closing(open_store(tmp_path)) as store:
        assert [entry.action for entry in store.audit.page("default").items] == [
            "user.remove",
            "user.change",
            "user.add",
        ]
        with pytest.raises(InputError):
            check_binding("0.0.0.0", (), store)
    assert PASSWORD.encode() not in (tmp_path / FILE).read_bytes()


def test_keys(tmp_path: Path) -> None:
    """A key is shown once, kept as a hash, and closed by its id."""
    at = ("--data", str(tmp_path))
    made = run("keys", "create", "ci", "--role", "viewer", "--scope", "cases", "--workspace", "team-a", *at)
    secret = made.stdout.strip()
    with closing(open_store(tmp_path)) as store:
        key = store.api_keys.of(secret)
        assert key and (key.role, key.workspace, list(key.scopes)) == ("viewer", "team-a", ["cases"])
        assert store.workspaces.all() == ["default", "team-a"]
    assert secret.startswith("adv_") and secret not in run("keys", "list", *at).output
    assert run("keys", "revoke", key.id, *at).exit_code == 0
    assert isinstance(run("keys", "revoke", key.id, *at).exception, InputError)
    assert "revoked" in run("keys", "list", *at).output
    with closing(open_store(tmp_path)) as store:
        assert store.api_keys.of(secret) is None
    assert isinstance(run("keys", "create", "x", "--workspace", "../x", *at).exception, InputError)


@pytest.mark.slow
def test_backup_is_restored_and_compared(data: Path, tmp_path: Path) -> None:
    """What was backed up while the store was open is what comes back; what is there is replaced only with --yes."""
    before = content(data)
    file = tmp_path / "backup"
    with closing(open_store(data)) as store:
        assert back_up(store.engine, file) == "copy of the SQLite database"
        store.cases.add(CaseText("later", "", "{}"), DEED)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    refused = run("db", "restore", str(file), "--data", str(data))
    assert isinstance(refused.exception, InputError) and content(data) != before
    assert run("db", "restore", str(file), "--yes", "--data", str(data)).exit_code == 0
    assert content(data) == before
    assert run("db", "restore", str(file), "--data", str(tmp_path / "new")).exit_code == 0
    assert content(tmp_path / "new") == before


@pytest.mark.slow
def test_lines_of_json_are_restored_and_compared(data: Path, tmp_path: Path) -> None:
    """The backup for databases without a tool of their own; a broken line leaves the database as it was."""
    with closing(open_store(data)) as store:
        lines = list(table_lines(store.engine, secrets=True))
    before = content(data)
    for name in ("sessions", "idempotency_keys"):
        assert before[name] == []
    with closing(open_store(tmp_path / "new")) as store:
        with pytest.raises(InputError, match="no row"):
            fill_tables(store.engine, [*lines, '{"table": "users", "row": {"id": "x"}}'], "lines")
        assert store.users.count() == 0
        fill_tables(store.engine, lines, "lines")
        assert store.cases.add(CaseText("new", "", "{}"), DEED)
    assert content(tmp_path / "new")["users"] == before["users"]


@pytest.mark.slow
def test_an_export_has_no_secrets(data: Path, tmp_path: Path) -> None:
    """Neither hashes of passwords nor of keys, and it is no backup."""
    file = tmp_path / "export.jsonl"
    assert run("db", "export", str(file), "--data", str(data)).exit_code == 0
    found = [json.loads(line) for line in file.read_text().splitlines()]
    users = [line["row"] for line in found[1:] if line["table"] == "users"]
    assert [user["name"] for user in users] == ["ada"] and "password_hash" not in users[0]
    assert "digest" not in file.read_text() and "argon2" not in file.read_text()
    assert isinstance(run("db", "restore", str(file), "--yes", "--data", str(data)).exception, InputError)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [b"", b"x", b"{}", b"SQLite format 3\0" + b"x" * 100, b"PGDMP"])
def test_what_is_no_backup_changes_nothing(data: Path, tmp_path: Path, wrong: bytes) -> None:
    """A file of another kind is refused, and the database stays as it is."""
    before = content(data)
    (tmp_path / "wrong").write_bytes(wrong)
    with closing(open_store(data)) as store, pytest.raises(InputError):
        restore(store.engine, tmp_path / "wrong", overwrite=True)
    assert content(data) == before


def test_an_older_database_is_upgraded(tmp_path: Path) -> None:
    """Files, jobs and models of the version before come to the default workspace."""
    engine = create_engine(f"sqlite:///{tmp_path / FILE}")
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO files (id, bytes, created_at, filename, purpose, sha256) "
                "VALUES ('file-1', 1, 1, 'a', 'fine-tune', 'x')"
            )
        )
    engine.dispose()
    assert run("db", "upgrade", "--data", str(tmp_path)).output.startswith("the database is at revision 0")
    with closing(open_store(tmp_path)) as store:
        assert store.files.find("file-1", "default") and not store.files.find("file-1", "other")
        assert store.workspaces.all() == ["default"]
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
