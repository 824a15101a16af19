"""Which proofs there are: the folders of runs, the newest first, each with its verdict."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from advisor.errors import InputError
from advisor.evaluation.proof import PROOF, Proof
from advisor.files import read_text
from advisor.store.tables import DEFAULT_WORKSPACE

FOLDER: Final = "proofs"  # below the data folder, or below a workspace's own
_WORKSPACES: Final = "workspaces"
_SHARED: Final = ("splits", "documents")  # what several runs use


class ListedProof(NamedTuple):
    """A run: `state` is the verdict's answer, `unfinished` or `damaged`; `changed` is when its folder or result was."""

    name: str
    changed: datetime
    state: str
    title: str = ""
    best_arm: str | None = None
    is_partial: bool = False


def proofs_folder(data: Path, workspace: str = DEFAULT_WORKSPACE) -> Path:
    """The folder of a workspace's proofs and of what they share: answers, splits, documents that were read."""
    return data / FOLDER if workspace == DEFAULT_WORKSPACE else data / _WORKSPACES / workspace / FOLDER


def proofs_in(data: Path, workspace: str = DEFAULT_WORKSPACE) -> tuple[ListedProof, ...]:
    """The runs of a workspace, the newest first; runs without a result are among them."""
    folder = proofs_folder(data, workspace)
    runs = (path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else ()
    found = [_listed(path) for path in runs if path.name not in _SHARED]
    return tuple(sorted(found, key=lambda one: (one.changed, one.name), reverse=True))


def proof_folder(run: str, data: Path, workspace: str = DEFAULT_WORKSPACE) -> Path:
    """The folder of `run`, a name in the workspace. Raises InputError where there is none."""
    folder = proofs_folder(data, workspace)
    known = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    if run not in known or run in _SHARED:
        raise InputError(
            f"there is no proof {run}",
            where=str(folder),
            what_to_do="`advisor prove list` shows those that there are; or name the folder of one",
        )
    return folder / run


def _listed(path: Path) -> ListedProof:
    result = path / PROOF
    changed = datetime.fromtimestamp((result if result.exists() else path).stat().st_mtime, UTC)
    if not result.exists():
        return ListedProof(path.name, changed, "unfinished")
    try:
        proof = Proof.model_validate_json(read_text(result))
    except (ValidationError, InputError):
        return ListedProof(path.name, changed, "damaged")
    verdict = proof.verdict
    return ListedProof(path.name, changed, verdict.answer, proof.title, verdict.best_arm, proof.is_partial)
