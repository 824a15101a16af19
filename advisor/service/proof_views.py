"""Proofs of a workspace to be listed and shown: those of the service, and in the default one also those of the command
line, which are known by their folders alone."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from advisor.errors import InputError, RequestError
from advisor.evaluation.proof import PROOF
from advisor.evaluation.proof_list import ListedProof, proof_folder, proofs_in
from advisor.files import read_text
from advisor.service.principal import workspace
from advisor.service.resources import Resources
from advisor.store import proof_runs as status
from advisor.store.proof_runs import ProofRun

_MOST: Final = 1_000


class ShownProof(NamedTuple):
    """A proof in a list; `verdict` is the answer in one word, times are seconds since 1970."""

    id: str
    created_at: int
    status: str
    title: str
    verdict: str | None
    best_arm: str | None
    is_partial: bool
    by: str


def proofs_of(resources: Resources) -> list[ShownProof]:
    """The proofs of who asks, the newest first."""
    runs = [_of_run(run) for run in resources.store.proofs.newest(workspace(), limit=_MOST)]
    known = {run.id for run in runs}
    folders = [_of_folder(one) for one in proofs_in(resources.data.path, workspace()) if one.name not in known]
    return sorted([*runs, *folders], key=lambda one: (one.created_at, one.id), reverse=True)


def folder_of(resources: Resources, id: str) -> Path:
    """The folder of a finished proof of who asks. Raises RequestError where there is none."""
    try:
        folder = proof_folder(id, resources.data.path, workspace())
    except InputError:
        raise _missing(id) from None
    run = resources.store.proofs.find(id, workspace())
    if not (folder / PROOF).is_file() or (run is not None and run.status != status.SUCCEEDED):
        raise _missing(id)
    return folder


def result_text(resources: Resources, id: str) -> str:
    """The result of a finished proof as JSON, without where files lie on the service's disk. Raises RequestError."""
    return read_text(folder_of(resources, id) / PROOF).replace(f"{resources.data.path}/", "")


def shown_folder(resources: Resources, id: str) -> ShownProof:
    """A proof of the command line. Raises RequestError where there is none."""
    found = next((one for one in proofs_in(resources.data.path, workspace()) if one.name == id), None)
    if found is None:
        raise RequestError(f"there is no proof {id[:100]}", status=404, code="not_found")
    return _of_folder(found)


def _of_run(run: ProofRun) -> ShownProof:
    said = run.verdict or {}
    return ShownProof(
        run.id,
        run.created_at,
        run.status,
        run.title,
        said.get("answer"),
        said.get("best_arm"),
        bool(said.get("is_partial")),
        run.actor,
    )


def _of_folder(one: ListedProof) -> ShownProof:
    ended = one.state not in ("unfinished", "damaged")
    return ShownProof(
        one.name,
        int(one.changed.timestamp()),
        status.SUCCEEDED if ended else one.state,
        one.title,
        one.state if ended else None,
        one.best_arm,
        one.is_partial,
        "command line",
    )


def _missing(id: str) -> RequestError:
    return RequestError(f"there is no finished proof {id[:100]}", status=404, code="not_found")
