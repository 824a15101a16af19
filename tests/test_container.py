"""The container file and the compose file, as far as they can be checked without a runtime of containers."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from advisor.errors import InputError

ROOT = Path(__file__).parents[1]
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
IGNORED = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
PINNED = re.compile(r"\S+:\d+\.\d+(\.\d+)?-\w+(-\w+)?")


def lines(instruction: str) -> list[str]:
    """What follows each `instruction`, continued lines joined."""
    joined = CONTAINER.replace("\\\n", " ")
    return re.findall(rf"^{instruction} +(.+)$", joined, re.MULTILINE)


def test_the_image_is_pinned_small_and_not_roots() -> None:
    """Bases by version, a user of its own without a shell, a check of its health, told to stop by SIGTERM."""
    assert all(PINNED.fullmatch(base.split()[0]) for base in lines("FROM"))
    assert len({base.split()[0] for base in lines("FROM")}) == 1
    assert lines("USER") == ["10001"] and "--shell /usr/sbin/nologin" in CONTAINER
    assert "/readyz" in CONTAINER and lines("STOPSIGNAL") == ["SIGTERM"]
    assert not lines("ADD") and not re.search(r"(?i)password|secret|token", "\n".join(lines("ENV")))


def test_what_is_copied_is_there_and_is_what_the_wheel_needs() -> None:
    """Every source exists and passes .dockerignore; nothing that the build includes is left out."""
    copied = [word for line in lines("COPY") if "--from" not in line for word in line.split()[:-1]]
    assert IGNORED[1] == "*"
    for source in copied:
        name = source.removeprefix("./")
        assert (ROOT / name).exists(), name
        assert f"!{name}" in IGNORED, name
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"], project["project"]["readme"]} <= set(copied)
    extras = re.search(r"'\.\[([a-z,]+)\]'", CONTAINER)
    assert extras and set(extras[1].split(",")) <= set(project["project"]["optional-dependencies"])


def test_compose_holds_no_secret_and_waits_for_the_database() -> None:
    """Passwords come from files; the database is not reached from outside; the service has few rights."""
    database, service = COMPOSE["services"]["database"], COMPOSE["services"]["service"]
    assert PINNED.fullmatch(database["image"]) and "ports" not in database
    assert database["networks"] == ["inside"] and COMPOSE["networks"]["inside"] == {"internal": True}
    assert service["depends_on"] == {"database": {"condition": "service_healthy"}} and database["healthcheck"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["cap_drop"] == ["ALL"] and service["read_only"] is True
    for part in (database, service):
        for name, value in part["environment"].items():
            if re.search("PASSWORD|KEY|SECRET", name):
                assert name.endswith("_FILE") and value.removeprefix("/run/secrets/") in part["secrets"]
        assert set(part["secrets"]) <= set(COMPOSE["secrets"])
        assert {volume.partition(":")[0] for volume in part["volumes"]} <= set(COMPOSE["volumes"])
    assert "secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_the_service_reads_what_compose_sets(tmp_path: Path) -> None:
    """The password goes into the URL, whatever is in it; keys come from their file; a file that is gone is said."""
    from advisor.service.resources import environment

    values = dict(COMPOSE["services"]["service"]["environment"])
    for name in ("ADVISOR_DATABASE_PASSWORD_FILE", "ADVISOR_API_KEYS_FILE"):
        file = tmp_path / name
        file.write_text("p@ss/word:%1\n")
        values[name] = str(file)
    found = environment(values)
    assert found.database_url == "postgresql+psycopg://advisor:p%40ss%2Fword%3A%251@database/advisor"
    assert found.api_keys == ("p@ss/word:%1",)
    with pytest.raises(InputError, match="ADVISOR_API_KEYS_FILE"):
        environment({"ADVISOR_API_KEYS_FILE": str(tmp_path / "none")})


@pytest.mark.slow
def test_hadolint_finds_nothing() -> None:
    """Where it is installed."""
    program = shutil.which("hadolint")
    if program is None:
        pytest.skip("hadolint is not installed")
    done = subprocess.run([program, str(ROOT / "Containerfile")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
