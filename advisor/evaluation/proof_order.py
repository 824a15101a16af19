"""What a proof of the service is to prove, as it is kept: names of files in a folder of its own, and how to ask."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, PlainSerializer

from advisor.errors import InputError
from advisor.tuning.data_folder import DataFolder

_INPUTS: Final = "proof-inputs"  # below the data folder
_DOCUMENTS: Final = "documents"
Usd = Annotated[Decimal, PlainSerializer(str)]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ProofOrder(_Record):
    """The order: files by their names in the folder of inputs, models by name, the ceiling of the whole proof in USD.

    `only_plan` stops before the first answer, until somebody who has read the plan lets it go on. `public_host_only`
    where whoever asked is not at this machine.
    """

    data: str
    test: str | None
    has_documents: bool
    arms: tuple[str, ...]
    model: str | None
    base_url: str | None
    compare: tuple[str, ...]
    tuned: tuple[str, ...]
    kind: str | None
    seed: int
    probes: bool
    spend_up_to_usd: Usd
    day: date
    only_plan: bool
    public_host_only: bool = False


class PlannedArm(_Record):
    """What an arm is expected to take at most; `usd` is None where no price is known, seconds are an assumption."""

    name: str
    what: str
    answers: int
    usd: Usd | None
    seconds: float


class MissingArm(_Record):
    """An arm that cannot run, and what is missing for it."""

    name: str
    why_not: str


class ProofPlan(_Record):
    """What a proof will ask of whom, and what that takes at most; `hosts` see the questions."""

    questions: int
    training_rows: int
    leaked_questions: int
    test_set: str
    task_kind: str
    task_kind_why: str
    arms: tuple[PlannedArm, ...]
    missing: tuple[MissingArm, ...]
    hosts: tuple[str, ...]
    usd: Usd | None
    seconds: float
    spend_up_to_usd: Usd
    notes: tuple[str, ...]


class InputFile(NamedTuple):
    """A file of the service: where its bytes lie, and a name for it that no path can be made of."""

    path: Path
    name: str


class ProofInputs(NamedTuple):
    """The folder with all that one proof reads, so that files may be removed from the service meanwhile."""

    folder: Path

    @property
    def documents(self) -> Path:
        """The folder of documents."""
        return self.folder / _DOCUMENTS

    def path(self, name: str) -> Path:
        """A data file."""
        return self.folder / name

    def keep(self, file: InputFile, beside: str = "") -> str:
        """Keep a file under a name of its own, which is returned; `beside` is put before it. Raises InputError."""
        return _linked(file, self.folder, beside)

    def keep_document(self, file: InputFile) -> None:
        """Keep a document. Raises InputError."""
        _linked(file, self.documents, "")


def inputs_of(data: DataFolder, proof_id: str) -> ProofInputs:
    """The inputs of a proof."""
    return ProofInputs(data.path / _INPUTS / proof_id)


def _linked(file: InputFile, folder: Path, beside: str) -> str:
    """The same bytes under a second name, or a copy where the disk knows no such links."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = f"{beside}{file.name}"
    name, number = wanted, 2
    while (folder / name).exists():
        name, number = f"{number}-{wanted}", number + 1
    try:
        os.link(file.path, folder / name)
    except OSError:
        try:
            shutil.copyfile(file.path, folder / name)
        except OSError as error:
            raise InputError(
                f"the files of the proof cannot be kept: {error.strerror}", what_to_do="make room, and start again"
            ) from None
    return name


def progress_of(arms: Mapping[str, tuple[int, int]]) -> dict[str, dict[str, int]]:
    """Answers and questions of each arm as plain JSON."""
    return {name: {"answered": done, "questions": items} for name, (done, items) in arms.items()}
