"""Parts of the gateway by themselves: shares, stickiness, breaker, cache, key and the writer of records."""

from __future__ import annotations

import math
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from advisor.errors import InputError
from advisor.operation.answer_cache import AnswerCache
from advisor.operation.circuit_breaker import BreakerRules, CircuitBreaker
from advisor.operation.gateway_key import FILE, gateway_key
from advisor.operation.record_writer import RecordWriter, Written
from advisor.operation.routing import order_of_models, place, role_at, user_digest
from advisor.store.database import Store, open_store
from advisor.store.gateway_records import GatewayRecord, GatewayRecords, GatewayText, record_id
from tests.deployments import deployed, host_route

KEY = bytes(range(32))


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.10, 0.25, 0.5])
def test_shares_of_100_000_users(share: float) -> None:
    """The candidate's part is within the binomial interval that chance leaves once in 10,000."""
    users = 100_000
    chosen = sum(role_at(share, place(KEY, "dep:1", f"user {number}")) == "candidate" for number in range(users))
    assert abs(chosen - users * share) <= 3.9 * math.sqrt(users * share * (1 - share))


@settings(max_examples=15)
@given(st.text(max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_moves_users_one_way(user: str, one: float, other: float) -> None:
    """Who has the candidate at a share has it at every larger one; all have it at 1 and nobody at 0."""
    stands = place(KEY, "dep:1", user)
    low, high = sorted((one, other))
    assert role_at(low, stands) == "incumbent" or role_at(high, stands) == "candidate"
    assert (role_at(0, stands), role_at(1, stands)) == ("incumbent", "candidate")


def test_users_stand_elsewhere_in_another_roll_out() -> None:
    """The same few users are not the ones who try everything; without the key nobody is found."""
    first = {n for n in range(2_000) if place(KEY, "dep:1", str(n)) < 0.1}
    second = {n for n in range(2_000) if place(KEY, "dep:2", str(n)) < 0.1}
    assert len(first & second) < len(first) / 2
    assert user_digest(KEY, "a", "ada") != user_digest(KEY, "b", "ada") != user_digest(bytes(32), "b", "ada")


def test_order_of_models() -> None:
    """The candidate, then the incumbent, the fallback, the previous version; only those that there are, each once."""
    every = frozenset(("incumbent", "candidate", "fallback", "previous"))
    assert order_of_models("candidate", every) == ("candidate", "incumbent", "fallback", "previous")
    assert order_of_models("incumbent", every) == ("incumbent", "fallback", "previous")
    assert order_of_models("candidate", frozenset(("incumbent", "previous"))) == ("incumbent", "previous")


def test_breaker() -> None:
    """After so many failures in a row it rests; then one request tries it, and a success ends it all."""
    breaker = CircuitBreaker(BreakerRules(2, 10.0))
    breaker.failed("m", 0.0)
    breaker.succeeded("m")
    breaker.failed("m", 1.0)
    assert breaker.may_ask("m", 1.0)
    breaker.failed("m", 2.0)
    assert not breaker.may_ask("m", 11.9) and breaker.resting(11.9) == 1
    assert [breaker.may_ask("m", 12.0), breaker.may_ask("m", 12.0)] == [True, False]
    breaker.failed("m", 12.0)
    assert not breaker.may_ask("m", 21.9)
    assert breaker.may_ask("m", 22.0)
    breaker.succeeded("m")
    assert breaker.may_ask("m", 22.0) and breaker.may_ask("m", 22.0)


def test_cache_is_bounded() -> None:
    """The one that was not asked for longest goes; what is too old is gone."""
    cache: AnswerCache[str] = AnswerCache(2)
    cache.keep("a", "A", 10.0)
    cache.keep("b", "B", 5.0)
    assert cache.find("a", 1.0) == "A"
    cache.keep("c", "C", 10.0)
    assert cache.find("b", 1.0) is None
    assert (cache.find("a", 9.9), cache.find("a", 10.0)) == ("A", None)


def test_the_key_is_made_once(tmp_path: Path) -> None:
    """Of many that make it at once all have the same, which nobody else can read; a broken one is told."""
    found: list[bytes] = []
    barrier = threading.Barrier(8)

    def make() -> None:
        barrier.wait()
        found.append(gateway_key(tmp_path))

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1 and len(found[0]) == 32
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    (tmp_path / FILE).write_bytes(b"short")
    with pytest.raises(InputError, match="no key of the gateway"):
        gateway_key(tmp_path)


@pytest.mark.slow
def test_users_stand_where_they_stood_after_a_restart(tmp_path: Path) -> None:
    """Another process with the same data folder puts each user in the same place."""
    code = (
        "import sys; from pathlib import Path\n"
        "from advisor.operation.gateway_key import gateway_key\n"
        "from advisor.operation.routing import place\n"
        "print([place(gateway_key(Path(sys.argv[1])), 'dep:1', str(n)) for n in range(50)])"
    )
    runs = [subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, check=True) for _ in "ab"]
    assert runs[0].stdout == runs[1].stdout != b""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on SQLite."""
    opened = open_store(tmp_path_factory.mktemp("writer"))
    yield opened
    opened.close()


def record(deployment_id: str) -> GatewayRecord:
    """A record of nothing in particular."""
    return GatewayRecord(
        record_id(), deployment_id, 1, "steady", 1, "incumbent", "m", None, True, "ok", None, 1, 1, 1, 1, None, None
    )


def test_the_writer_writes_all_before_it_ends(store: Store) -> None:
    """What was added is in the store after `close`, in order; a closed writer begins again."""
    id = deployed(store, "written", {"incumbent": host_route("http://127.0.0.1:9/v1", "m")}).id
    writer = RecordWriter(store.gateway_records, every_s=0.01)
    made = [record(id) for _ in range(2_500)]
    for one in made:
        writer.add(Written(one, None))
    writer.close()
    assert list(store.gateway_records.iterate(id, 0, 2)) == made
    writer.add(Written(record(id), None))
    assert writer.flush()
    assert store.gateway_records.requests(id, 0, 2).asked == 2_501
    writer.close()


class _Broken(GatewayRecords):
    """A table that cannot be written."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go = threading.Event()

    def add_many(self, records: object, texts: object = ()) -> None:
        self.began.set()
        self.go.wait(5)
        raise OperationalError("INSERT", {}, Exception("disk full"))


def test_losses_are_counted() -> None:
    """Nobody waits for the store: what is too much is lost, and so is what cannot be written, and both are counted."""
    broken = _Broken()
    writer = RecordWriter(broken, waiting=3, every_s=0.001)
    writer.add(Written(record("d"), GatewayText("r", [], "")))
    assert broken.began.wait(5)
    for _ in range(5):
        writer.add(Written(record("d"), None))
    assert (writer.lost, writer.waiting) == (2, 3)
    broken.go.set()
    assert writer.flush(5)
    assert writer.lost == 6
    writer.close()
