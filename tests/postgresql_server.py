"""A PostgreSQL server of one's own, where one is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def installed() -> Path | None:
    """The folder of its programs; None where it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    return Path(on_path).parent if on_path else found[-1].parent if found else None


@contextmanager
def postgresql_server(programs: Path, *options: str) -> Iterator[str]:
    """The URL of a new server with `options` such as `-c fsync=on`; it is gone afterwards."""
    # Not below pytest's own folder, which other users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="advisor-postgresql-"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    as_user: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
        shutil.chown(folder, "nobody", "nogroup")

    def run(program: str, *arguments: str) -> None:
        log = folder / f"{program}.out"
        with log.open("w") as out:
            done = subprocess.run([*as_user, str(programs / program), *arguments], stdout=out, stderr=out, cwd="/")
        assert done.returncode == 0, log.read_text()

    database = str(folder / "db")
    run("initdb", "-D", database, "-U", "advisor", "-A", "trust", "--no-sync")
    settings = " ".join([f"-p {port} -k {database}", *(options or ("-c fsync=off",))])
    run("pg_ctl", "-D", database, "-w", "-o", settings, "-l", f"{database}/log", "start")
    try:
        yield f"postgresql+psycopg://advisor:secret-word@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", database, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
