"""Proofs: asked for, planned, let go on and cancelled, for the JSON API and the pages alike."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from werkzeug.utils import secure_filename

from advisor.case import Case
from advisor.case_text import case_json
from advisor.errors import InputError, RequestError
from advisor.evaluation.proof_order import InputFile, ProofInputs, ProofOrder, inputs_of
from advisor.service.model_names import may_name
from advisor.service.object_id import new_id
from advisor.service.outgoing_host import check_base_url, wrong
from advisor.service.principal import current, deed, workspace
from advisor.service.resources import Resources
from advisor.service.tuning_start import MOST_CHECKED_BYTES, data_set_of
from advisor.store import proof_runs as status
from advisor.store.files import StoredFile
from advisor.store.proof_runs import ProofRun, said

DOCUMENT: Final = "user_data"  # the purpose of files that are documents


class AskedProof(NamedTuple):
    """What is to be proved on which files of the workspace; None or empty is left to the proof."""

    case: Case
    case_id: str | None
    data_set: str
    spend_up_to_usd: Decimal
    only_plan: bool
    test_set: str | None = None
    documents: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()
    model: str | None = None
    base_url: str | None = None
    compare: tuple[str, ...] = ()
    tuned: tuple[str, ...] = ()
    kind: str | None = None
    seed: int = 0
    probes: bool = True
    day: date | None = None


def begin(resources: Resources, asked: AskedProof) -> ProofRun:
    """Keep the proof and its files; it is planned, and run unless only that is asked for. Raises RequestError."""
    data, test = _rows(resources, asked)
    documents = [_document(resources, id, place) for place, id in enumerate(asked.documents)]
    _check_models(resources, asked)
    _check_names(asked)
    id = new_id("proof-")
    inputs = inputs_of(resources.data, id)
    try:
        order = ProofOrder(
            data=inputs.keep(_input(resources, data)),
            test=inputs.keep(_input(resources, test), "test-") if test else None,
            has_documents=_keep_documents(inputs, [_input(resources, file) for file in documents]),
            arms=asked.arms,
            model=asked.model,
            base_url=asked.base_url,
            compare=asked.compare,
            tuned=asked.tuned,
            kind=asked.kind,
            seed=asked.seed,
            probes=asked.probes,
            spend_up_to_usd=asked.spend_up_to_usd,
            day=asked.day or asked.case.as_of or date.today(),
            only_plan=asked.only_plan,
            public_host_only=current().via != "local",
        )
    except InputError as error:
        raise RequestError(f"{error.problem}. {error.what_to_do}", status=507, code="disk_full") from None
    who = deed()
    run = ProofRun(
        id,
        int(time.time()),
        who.actor,
        asked.case.title,
        asked.case_id,
        case_json(asked.case),
        order.model_dump(mode="json"),
        status.PLANNING if asked.only_plan else status.QUEUED,
        who.workspace,
    )
    resources.store.proofs.add(run, said(id, "created", "The proof was asked for"), who)
    resources.runner.wake()
    return run


def go_on(resources: Resources, run: ProofRun, most_usd: Decimal | None = None) -> ProofRun:
    """Let a planned proof run, with another ceiling if one is given. Raises RequestError where it does not wait."""
    order = ProofOrder.model_validate(run.order).model_copy(
        update={"only_plan": False, **({"spend_up_to_usd": most_usd} if most_usd is not None else {})}
    )
    event = said(run.id, "started", f"The proof was started, for at most ${order.spend_up_to_usd}")
    changed = resources.store.proofs.again(
        run.id,
        (status.PLANNED,),
        status.QUEUED,
        event=event,
        deed=deed(),
        action="proof.start",
        order=order.model_dump(mode="json"),
    )
    if not changed:
        raise _not_now(run, "only a planned proof can be started")
    resources.runner.wake()
    return proof_named(resources, run.id)


def cancel(resources: Resources, run: ProofRun) -> ProofRun:
    """Stop a proof for good: before its next answer, with all answers kept. Raises RequestError where it has ended."""
    event = said(run.id, "cancelled", "The proof was cancelled")
    changed = resources.store.proofs.change(
        run.id,
        status.UNFINISHED,
        event=event,
        deed=deed(),
        action="proof.cancel",
        status=status.CANCELLED,
        finished_at=event.created_at,
    )
    if not changed:
        raise _not_now(run, "it has ended")
    return proof_named(resources, run.id)


def proof_named(resources: Resources, id: str) -> ProofRun:
    """The proof of the workspace. Raises RequestError where there is none."""
    run = resources.store.proofs.find(id, workspace())
    if run is None:
        raise RequestError(f"there is no proof {id[:100]}", status=404, code="not_found")
    return run


def _rows(resources: Resources, asked: AskedProof) -> tuple[StoredFile, StoredFile | None]:
    data = data_set_of(resources, asked.data_set)
    test = data_set_of(resources, asked.test_set, "test_set") if asked.test_set else None
    for field, file in (("data_set", data), ("test_set", test)):
        if file is not None and file.bytes > MOST_CHECKED_BYTES:
            raise wrong(field, f"it has over {MOST_CHECKED_BYTES} bytes; prove it with `advisor prove`", "too_large")
    return data, test


def _document(resources: Resources, id: str, place: int) -> StoredFile:
    file = resources.store.files.find(id, workspace())
    if file is None or file.purpose != DOCUMENT:
        raise wrong(f"documents/{place}", f"there is no document {id[:100]}", "not_found")
    return file


def _check_models(resources: Resources, asked: AskedProof) -> None:
    if asked.base_url is not None:
        check_base_url(asked.base_url)
        if asked.model is None and not asked.compare:
            raise wrong("base_url", "a host is named, but no model there", "no_model")
    named = [("model", asked.model)] if asked.model else []
    named += [(f"compare/{place}", name) for place, name in enumerate(asked.compare)]
    for field, name in named:
        if not may_name(resources, name):
            raise wrong(field, "there is no such model", "model_not_found")
    for place, name in enumerate(asked.tuned):
        if resources.store.models.find(name, workspace()) is None:
            raise wrong(f"tuned/{place}", f"there is no tuned model {name[:100]}", "model_not_found")


def _check_names(asked: AskedProof) -> None:
    from advisor.evaluation.proof_arms import ARMS
    from advisor.evaluation_rules import load_evaluation_rules

    for place, name in enumerate(asked.arms):
        if name not in (*ARMS, *asked.compare) and not name.startswith("ft:"):
            known = ", ".join((*ARMS, *asked.compare))
            raise wrong(f"arms/{place}", f"there is no arm {name[:100]}; take some of {known}", "unknown_arm")
    if asked.kind is not None:
        try:
            load_evaluation_rules().metrics.kind(asked.kind)
        except InputError as error:
            raise wrong("kind", f"{error.problem}. {error.what_to_do}", "unknown_kind") from None


def _input(resources: Resources, file: StoredFile) -> InputFile:
    return InputFile(resources.data.file(file.id), secure_filename(file.filename)[-100:] or "file")


def _keep_documents(inputs: ProofInputs, documents: Sequence[InputFile]) -> bool:
    for document in documents:
        inputs.keep_document(document)
    return bool(documents)


def _not_now(run: ProofRun, why: str) -> RequestError:
    return RequestError(f"the proof is {run.status}: {why}", status=409, code="invalid_status")
