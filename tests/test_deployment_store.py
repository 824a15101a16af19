"""Deployments and their records in the store: changes do not cross, records come back as they were."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from advisor.store.audit import Deed
from advisor.store.database import Store, open_store
from advisor.store.deployment_events import Happened
from advisor.store.deployments import DeploymentChanged, NameTaken
from advisor.store.gateway_records import GatewayRecord, GatewayText, record_id

DEED = Deed("somebody", "default", "127.0.0.1")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on SQLite."""
    opened = open_store(tmp_path_factory.mktemp("deployments"))
    yield opened
    opened.close()


def test_names_belong_to_a_workspace(store: Store) -> None:
    """The same name may stand once in each workspace, and is found only there."""
    here = store.deployments.create("bot", "steady", {"incumbent": {}}, {}, DEED)
    there = store.deployments.create("bot", "steady", {}, {}, DEED._replace(workspace="other"))
    with pytest.raises(NameTaken):
        store.deployments.create("bot", "steady", {}, {}, DEED)
    assert store.deployments.find("bot", "default") == here == store.deployments.of(here.id)
    assert store.deployments.find("bot", "other") == there
    assert store.deployments.find("bot", "third") is None
    assert store.deployments.all("other") == [there] == list(store.deployments.page("other").items)


def test_of_two_that_change_at_once_one_is_refused(store: Store) -> None:
    """Of 8 threads that promote the same revision exactly one does, and there is one event."""
    known = store.deployments.create("race", "pilot", {}, {}, DEED)
    won: list[int] = []
    barrier = threading.Barrier(8)

    def promote(number: int) -> None:
        barrier.wait()
        try:
            store.deployments.change(known, known._replace(stage="staged"), Happened("advance", "up"), DEED)
        except DeploymentChanged:
            return
        won.append(number)

    threads = [threading.Thread(target=promote, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    found = store.deployments.of(known.id)
    assert found is not None
    assert (found.stage, found.revision) == ("staged", 2)
    assert [event.kind for event in store.deployment_events.page(known.id).items] == ["advance", "create"]


def test_records_come_back_as_they_were(store: Store) -> None:
    """Records are found by their time, whole, with a text only where one was kept."""
    bot = store.deployments.create("records", "steady", {}, {}, DEED)
    records = [
        GatewayRecord(
            record_id(), bot.id, at, "steady", 1, "incumbent", "m", None, at != 30, "ok", None, 1.5, 3, 2, 9, None, "a"
        )
        for at in (10, 20, 30)
    ]
    text = GatewayText(records[1].id, [{"role": "user", "content": "hello"}], "a")
    store.gateway_records.add_many(records, [text])
    assert list(store.gateway_records.iterate(bot.id, 10, 30)) == records[:2]
    assert list(store.gateway_records.iterate(bot.id, 0, 99, shown_only=True)) == records[:2]
    assert list(store.gateway_records.iterate_texts(bot.id, 0, 99)) == [text]
    assert store.gateway_records.text(records[0].id) is None
    assert store.gateway_records.find(records[2].id, "default") == records[2]
    assert store.gateway_records.find(records[2].id, "other") is None
    assert list(store.gateway_records.page(bot.id, limit=2).items) == records[:0:-1]
