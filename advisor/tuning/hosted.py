"""Trains at any host with OpenAI's fine-tuning interface: upload, job, watch, use; nothing is created or paid twice.

What was done is kept in `hosted.json` in the run's folder. A job carries the run's name in its metadata; before one is
created the host is asked whether it has one already, so that a crash between the two never pays for a second one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from advisor.api_key import api_key, key_missing
from advisor.chat_client import ChatClient, Completion
from advisor.dataset.conversation import Conversation
from advisor.dataset.formats import row_format
from advisor.dataset.json_text import as_json
from advisor.errors import HostError, InputError
from advisor.files import read_text, write_whole
from advisor.tuning.hosted_calls import HostedCalls, Wait
from advisor.tuning.hosts import TuningHost
from advisor.tuning.runs import RUN
from advisor.tuning.trainer import Answer, Asked, Control, Metric, Order, Stopped, Trained

if TYPE_CHECKING:
    import openai
    from openai.types.fine_tuning import FineTuningJob

STATE: Final = "hosted.json"
POLL_S: Final = 10.0
PATIENCE_S: Final = 6 * 3600.0
ENDED: Final = ("succeeded", "failed", "cancelled")
USUAL_TOKENS: Final = 1024  # of an answer where the caller sets no limit


class _State(NamedTuple):
    """What was done so far, by the ids of the host."""

    training_file: str = ""
    validation_file: str = ""
    job: str = ""
    model: str = ""
    seen_events: int = 0


class HostedTrainer:
    """A trainer whose work is done by a host."""

    def __init__(
        self,
        host: TuningHost,
        base_url: str | None,
        run: str,
        *,
        suffix: str = "",
        wait: Wait = time.sleep,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`run` is the stable name of the run. Raises InputError where there is no key."""
        self.host = host
        self.base_url = base_url
        self.run = run
        self.suffix = suffix
        self._wait = wait
        self._patience_s = patience_s
        self._key = api_key(host.key_variable) or ("not-needed" if host.is_local else "")
        if not self._key:
            raise key_missing(host.key_variable)

    def train(self, order: Order, control: Control) -> Trained:
        """Upload, create the job or find it, and watch it to its end. Raises HostError, InputError and Stopped."""
        import openai

        client = openai.OpenAI(api_key=self._key, base_url=self.base_url, max_retries=0, timeout=120.0)
        calls = HostedCalls(self.host.id, control.wanted, self._wait, self._patience_s)
        work = _Work(self, order, control, client, calls)
        work.upload()
        job = work.watch(work.job())
        if job.fine_tuned_model is None:
            raise HostError(
                f"{self.host.id} says that {job.id} succeeded, but names no model", what_to_do="ask the host"
            )
        work.keep(model=job.fine_tuned_model)
        return Trained(
            order.folder,
            job.trained_tokens or 0,
            (),
            {},
            f"{job.fine_tuned_model} at {self.host.id}, tuned from {order.base_model}",
        )

    def load(self, folder: Path) -> HostedModel:
        """The model that was tuned into `folder`. Raises InputError."""
        return HostedModel(ChatClient(tuned_model_in(folder), self.base_url, self.host.key_variable))


def tuned_model_in(folder: Path) -> str:
    """The host's name of the model that was tuned into `folder`. Raises InputError."""
    state = _read_state(folder)
    if not state.model:
        raise InputError("there is no tuned model yet", where=str(folder), what_to_do="train first")
    return state.model


class HostedModel:
    """A tuned model that its host serves."""

    def __init__(self, client: ChatClient) -> None:
        """Answers through `client`."""
        self._client = client

    def answer(self, asked: Asked) -> Answer:
        """One answer of the host. Raises HostError, and InputError for what is not handed on."""
        return _answer(self._client.complete(asked.messages, asked.max_tokens or USUAL_TOKENS, **_options(asked)))

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """The answer in pieces as the host sends them, and again in whole at the end."""
        found = yield from self._client.stream(asked.messages, asked.max_tokens or USUAL_TOKENS, **_options(asked))
        return _answer(found)


def _options(asked: Asked) -> dict[str, Any]:
    """What is handed on to a host. Raises InputError."""
    if asked.logprobs:
        raise InputError("log probabilities are not handed on from a host", what_to_do="leave them out")
    options: dict[str, Any] = {
        name: value
        for name, value in (
            ("temperature", asked.temperature),
            ("top_p", asked.top_p),
            ("seed", asked.seed),
            ("stop", list(asked.stop) or None),
        )
        if value is not None
    }
    if asked.json_schema is not None:
        schema = {"name": "answer", "schema": dict(asked.json_schema), "strict": True}
        options["response_format"] = {"type": "json_schema", "json_schema": schema}
    return options


def _answer(found: Completion) -> Answer:
    reason = "length" if found.finish_reason == "length" else "stop"
    return Answer(found.text, reason, found.input_tokens, found.output_tokens)


class _Work:
    """One run at one host."""

    def __init__(
        self, trainer: HostedTrainer, order: Order, control: Control, client: openai.OpenAI, calls: HostedCalls
    ) -> None:
        self.trainer = trainer
        self.order = order
        self.control = control
        self.client = client
        self.calls = calls
        order.folder.mkdir(parents=True, exist_ok=True)
        self.state = _read_state(order.folder)

    def keep(self, **done: Any) -> None:
        """Note what was done, on the disk before anything else is."""
        self.state = self.state._replace(**done)
        write_whole(self.order.folder / STATE, json.dumps(self.state._asdict(), indent=2) + "\n")

    def upload(self) -> None:
        """The rows, each file once."""
        for name, rows in (("training_file", self.order.train), ("validation_file", self.order.validation)):
            if rows and not getattr(self.state, name):
                path = self.order.folder / f"{self.trainer.run}-{name}.jsonl"
                if not path.exists():
                    write_whole(path, _lines(rows, self.order.method))
                self.keep(**{name: self._uploaded(path)})

    def _uploaded(self, path: Path) -> str:
        def look_then_send() -> str:
            for known in self.client.files.list(purpose="fine-tune", limit=100):
                if known.filename == path.name and known.bytes == path.stat().st_size:
                    return known.id
            with path.open("rb") as stream:
                return self.client.files.create(file=(path.name, stream), purpose="fine-tune").id

        return self.calls.try_until_done(f"uploading {path.name}", look_then_send)

    def job(self) -> str:
        """The id of the run's job: the one that is there, else a new one."""
        if not self.state.job:
            self.keep(job=self.calls.try_until_done("creating the job", self._look_then_create))
        return self.state.job

    def _look_then_create(self) -> str:
        for known in self.client.fine_tuning.jobs.list(limit=100):
            if (known.metadata or {}).get(RUN) == self.trainer.run:
                return known.id
        kind = "dpo" if self.order.method == "dpo" else "supervised"
        method: Any = {"type": kind, kind: {"hyperparameters": dict(self.order.hyperparameters)}}
        more: dict[str, Any] = {}
        if self.state.validation_file:
            more["validation_file"] = self.state.validation_file
        if self.trainer.suffix:
            more["suffix"] = self.trainer.suffix
        return self.client.fine_tuning.jobs.create(
            model=self.order.base_model,
            training_file=self.state.training_file,
            method=method,
            seed=self.order.seed,
            metadata={RUN: self.trainer.run},
            **more,
        ).id

    def watch(self, job_id: str) -> FineTuningJob:
        """The job once it has succeeded. Raises HostError where it failed, and Stopped."""
        try:
            while True:
                job = self.calls.try_until_done(
                    "asking for the job", lambda: self.client.fine_tuning.jobs.retrieve(job_id)
                )
                self._report(job_id)
                status = self.trainer.host.status(job.status)
                if status == "succeeded":
                    return job
                if status == "paused":
                    self._order(job_id, "resume", self.client.fine_tuning.jobs.resume)
                if status in ENDED or job.finished_at is not None:
                    said = job.error.message if job.error and job.error.message else "no reason was given"
                    raise HostError(
                        f"{job_id} at {self.trainer.host.id} ended as {job.status}: {said}",
                        what_to_do="mend the data or the plan, and plan again: a new plan is a new run",
                    )
                self.calls.pause(POLL_S)
        except Stopped:
            why = self.control.why_stopped()
            if why == "cancelled":
                self._order(job_id, "cancel", self.client.fine_tuning.jobs.cancel)
            elif why == "paused":
                self._order(job_id, "pause", self.client.fine_tuning.jobs.pause)
            raise

    def _order(self, job_id: str, what: str, call: Callable[[str], object]) -> None:
        """Ask the host to stop or to go on; that the job has ended already is no mistake."""
        import openai

        try:
            call(job_id)
        except openai.APIStatusError as error:
            if error.status_code not in (400, 404, 405, 409):
                raise HostError(
                    f"the host did not {what} {job_id}: {error.message[:200]}", what_to_do=f"{what} it at the host"
                ) from None
        except openai.APIConnectionError:
            raise HostError(
                f"the host did not {what} {job_id}: it cannot be reached", what_to_do=f"{what} it at the host"
            ) from None

    def _report(self, job_id: str) -> None:
        """Hand on the metrics among the events, those first that came first."""
        events = self.calls.try_until_done(
            "asking for events", lambda: list(self.client.fine_tuning.jobs.list_events(job_id, limit=100))
        )
        metrics = [event for event in reversed(events) if event.type == "metrics" and isinstance(event.data, Mapping)]
        for event in metrics[self.state.seen_events :]:
            self.control.report(_metric(event.data))
        if len(metrics) > self.state.seen_events:
            self.keep(seen_events=len(metrics))


def _metric(data: Any) -> Metric:
    def number(*names: str) -> float | None:
        found = next((data[name] for name in names if isinstance(data.get(name), int | float)), None)
        return None if found is None else float(found)

    return Metric(
        int(number("step") or 0),
        int(number("total_steps") or 0),
        number("epoch") or 0.0,
        number("train_loss"),
        number("train_mean_token_accuracy", "train_accuracy"),
        number("valid_loss", "full_valid_loss"),
        number("valid_mean_token_accuracy", "full_valid_mean_token_accuracy"),
        None,
        None,
    )


def _lines(rows: Sequence[Conversation], method: str) -> str:
    """The rows as the host reads them, without metadata, which it has no business to know."""
    form = row_format("openai_preference" if method == "dpo" else "openai_chat")
    written = [form.write(row._replace(fields={})).row for row in rows]
    return "".join(f"{as_json(row)}\n" for row in written if row is not None)


def _read_state(folder: Path) -> _State:
    path = folder / STATE
    if not path.exists():
        return _State()
    try:
        return _State(**json.loads(read_text(path)))
    except (ValueError, TypeError):
        raise InputError("this is no state of a run", where=str(path), what_to_do="start the plan anew") from None
