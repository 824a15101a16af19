"""Under load with a worker killed, no accepted write is lost: the short form of `make load`."""

from __future__ import annotations

import pytest

from tests.load import bear
from tests.postgresql_server import installed

pytestmark = pytest.mark.slow  # a real service, over HTTP


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_no_accepted_write_is_lost(database: str) -> None:
    """Two workers on one database and one port, one killed at least once."""
    if database == "postgresql" and installed() is None:
        pytest.skip("PostgreSQL is not installed")
    report = bear(12, database=database, workers=2, clients=4, rate=20, kill_every_s=4)
    assert report.good, report
    assert report.kills >= 1  # a busy machine takes long to start the next one
    assert report.accepted > 20, report
