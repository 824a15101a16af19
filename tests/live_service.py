"""The real service on a free port, in a thread, with the small trainer of the tests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import openai

from advisor.service.resources import Resources, open_resources
from advisor.service.server import bind
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
def live_service(folder: Path, api_keys: Sequence[str] = ()) -> Iterator[Live]:
    """A running service with its data in `folder`."""
    resources = open_resources(folder, None, {"linear": MemoryTrainer})
    server = bind(resources, "127.0.0.1", 0, api_keys)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{server.effective_port}"
    client = strict_client(url, api_keys[0] if api_keys else "no-key-needed")
    try:
        yield Live(url, client, resources)
    finally:
        client.close()
        server.trigger.pull_trigger(server.close)  # in the thread of the server, which ends when nothing is open
        thread.join(timeout=10)
        server.task_dispatcher.shutdown()
        resources.close()


def chat(prompt: str, answer: str, system: str = "") -> dict[str, Any]:
    """A row of OpenAI's chat format."""
    messages = [{"role": "system", "content": system}] if system else []
    return {"messages": [*messages, {"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]}


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as the bytes of a file."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
