"""Fixtures for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# The fast suite tries fewer examples; `make slow` and CI try as many as Hypothesis does by itself.
# No example has a deadline: a busy machine is no fault.
settings.register_profile("fast", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)
settings.load_profile("fast")

if TYPE_CHECKING:
    from pathlib import Path

    from tests.live_service import Live


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file that is slow as a whole is not even read by the fast suite: importing the service takes seconds."""
    if config.option.markexpr != "not slow" or collection_path.suffix != ".py":
        return None
    return True if "\npytestmark = pytest.mark.slow" in collection_path.read_text(encoding="utf-8") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that none of them runs alone at the end."""
    items.sort(key=lambda item: not item.path.name.startswith(("test_whole_life", "test_improvement_loop")))


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep parsed rule files in a folder of the test run, away from the user's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADVISOR_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The service, started for each file of tests: its threads draw random numbers, which property tests may not."""
    from tests.live_service import live_service

    with live_service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(scope="module")
def tuned(live: Live) -> str:
    """The name of a model that was tuned on a few rows by the service."""
    from tests.chat_files import chat

    rows = [chat(f"What is the colour of {thing}?", f"It is {colour}.") for thing, colour in _COLOURS.items()]
    job = live.client.fine_tuning.jobs.create(
        training_file=live.upload(rows), model="advisor-linear", suffix="colours", metadata={"made": "for all"}
    )
    name: str = live.ended(job.id).fine_tuned_model
    return name


_COLOURS = {"grass": "a fresh green", "snow": "white", "coal": "black", "the sky": "blue on a good day"}
