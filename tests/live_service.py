"""The real service on a free port, in a process of its own, with the small trainer of the tests."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import openai

from advisor.operation.gateway import Gateway
from advisor.service.resources import Resources, open_resources
from advisor.service.server import bind
from advisor.store.database import open_store
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.embedding import HashedTerms
from advisor.tuning.job_runner import JobRunner
from advisor.tuning.loaded_models import LoadedModels
from tests.chat_files import jsonl
from tests.memory_trainer import MemoryTrainer
from tests.sdk_types import strict_client

ENDED = ("succeeded", "failed", "cancelled")


class Live(NamedTuple):
    """A service that answers, and the SDK pointed at it."""

    url: str
    client: openai.OpenAI
    resources: Resources

    def upload(self, rows: Sequence[Mapping[str, Any]], name: str = "rows.jsonl") -> str:
        """The id of a new training file with `rows`."""
        return self.client.files.create(file=(name, jsonl(rows)), purpose="fine-tune").id

    def ended(self, job_id: str) -> Any:
        """The job when it has ended; a job that takes a minute fails the test."""
        return self.until(job_id, lambda job: job.status in ENDED)

    def until(self, job_id: str, condition: Any) -> Any:
        """The job when `condition` holds for it."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            job = self.client.fine_tuning.jobs.retrieve(job_id)
            if condition(job):
                return job
            threading.Event().wait(0.05)
        raise AssertionError(f"{job_id} did not get there: {job}")


@contextmanager
def live_service(folder: Path) -> Iterator[Live]:
    """A running service with its data in `folder`, in a process of its own.

    Its threads draw random numbers, which Hypothesis does not bear beside its own.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.live_service", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith("http"), url
        resources = idle_resources(folder)
        with strict_client(url) as client:
            yield Live(url, client, resources)
        resources.store.close()
    finally:
        process.kill()
        process.communicate()


def idle_resources(folder: Path) -> Resources:
    """The data in `folder` as an application needs them, with nobody who works on the jobs."""
    data, trainers = DataFolder(folder.resolve()), {"linear": MemoryTrainer}
    data.prepare()
    store = open_store(data.path)
    runner = JobRunner(store, data, trainers, name="nobody")
    models = LoadedModels(store, data, trainers)
    gateway = Gateway(store, data, models)
    return Resources(store, data, runner, models, HashedTerms(), 0, gateway, ())


def main() -> None:
    """Serve the folder that is named until killed; prints the address."""
    resources = open_resources(Path(sys.argv[1]), None, {"linear": MemoryTrainer})
    # The same embeddings whatever is installed.
    server = bind(resources._replace(embedder=HashedTerms()), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.effective_port}", flush=True)
    server.run()


if __name__ == "__main__":
    main()
