"""Tuned models at a host with OpenAI's interface, and whether the rows they were tuned on can still be fetched.

Every call is really made: the list of models, every page of jobs, and the first bytes of each training file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from advisor.chat_client import connected, host_errors
from advisor.errors import HostError
from advisor.rescue.model_list import Listed, day_in, is_tuned
from advisor.rescue.tuned_model import DataState, InUse, TrainingData

if TYPE_CHECKING:
    import openai

_MOST_PAGES: Final = 1_000
_LOOK_BYTES: Final = 4096


class _Job(NamedTuple):
    training_file: str
    examples: int | None


class HostInventory:
    """Asks one host; safe for a host that fails in parts: what could not be asked is said of that model alone."""

    def __init__(self, base_url: str | None, key_variable: str) -> None:
        """Raises InputError where the key is missing."""
        self._client = connected(base_url, key_variable)
        self.host = urlsplit(str(self._client.base_url)).netloc

    def models(self, day: date) -> Listed:
        """Every tuned model of the account. Raises HostError where the list itself cannot be had."""
        notes: list[str] = []
        with host_errors(self.host):
            listed = [one for one in self._pages("/models") if is_tuned(str(one.get("id", "")))]
        try:
            with host_errors(self.host):
                jobs = self._jobs()
        except HostError as error:
            jobs = {}
            notes.append(f"jobs could not be listed, so training files are not known: {error.problem}")
        found: dict[str, InUse] = {}
        for one in listed:
            name = str(one["id"])
            job = jobs.get(_without_step(name))
            found[name] = InUse(
                name,
                examples=job.examples if job else None,
                data=self.training_data(job.training_file if job else "", bool(jobs)),
                host_says_on=day_in(one.get("shutdown_date")),
                source=f"GET /v1/models of {self.host}, read {day}",
            )
        return Listed(tuple(found.values()), tuple(notes))

    def training_data(self, file_id: str, jobs_known: bool = True) -> TrainingData:
        """Whether the file can be fetched: its first bytes are."""
        import openai

        if not file_id:
            why = "no job of this account made it" if jobs_known else "the jobs of the account could not be listed"
            return TrainingData("unknown", why)
        try:
            with self._client.files.with_streaming_response.content(file_id) as reply:
                first = next(reply.iter_bytes(_LOOK_BYTES), b"")
        except openai.APIStatusError as error:
            return TrainingData(_state_of(error.status_code), f"{file_id}: {_said(error)}", file_id)
        except openai.APIError as error:
            return TrainingData("unknown", f"{file_id} could not be asked for: {error.message[:200]}", file_id)
        if not first:
            return TrainingData("gone", f"{file_id} is empty", file_id)
        return TrainingData("fetchable", f"{file_id} was fetched in part", file_id)

    def fetch(self, file_id: str) -> bytes:
        """The whole training file. Raises HostError."""
        with host_errors(self.host):
            return self._client.files.content(file_id).content

    def _jobs(self) -> Mapping[str, _Job]:
        """Each tuned model's job; where several made one, the newest, which a host lists first."""
        found: dict[str, _Job] = {}
        for job in self._pages("/fine_tuning/jobs", limit=100):
            model = job.get("fine_tuned_model")
            if isinstance(model, str):
                found.setdefault(model, _Job(str(job.get("training_file") or ""), None))
        return found

    def _pages(self, path: str, **query: int) -> Iterator[dict[str, Any]]:
        """Every object of a list, page after page, whether the host has pages or not."""
        after: str | None = None
        for _ in range(_MOST_PAGES):
            options: Any = {"params": {**query, **({"after": after} if after else {})}}
            try:
                body: Any = self._client.get(path, cast_to=object, options=options)
            except ValueError:
                body = None  # no JSON
            rows = body.get("data") if isinstance(body, dict) else None
            if not isinstance(rows, list):
                raise HostError(f"{self.host} answered GET {path} without a list", what_to_do="check the address")
            yield from (row for row in rows if isinstance(row, dict))
            last = body.get("last_id") or (rows[-1].get("id") if rows and isinstance(rows[-1], dict) else None)
            if not body.get("has_more") or not last or last == after:
                return
            after = str(last)


def _state_of(status: int) -> DataState:
    return "gone" if status in (404, 410) else "forbidden" if status in (401, 403) else "unknown"


def _said(error: openai.APIStatusError) -> str:
    return f"the host answered {error.status_code}: {error.message[:200]}"


def _without_step(model: str) -> str:
    return model.partition(":ckpt-step-")[0]
