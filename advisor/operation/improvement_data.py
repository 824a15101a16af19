"""The rows of a new training: the old ones and every reviewed correction, beside a test set that stays locked."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.data_check import DataRules, check_file
from advisor.data_clean import CleaningPlan, clean_file
from advisor.data_convert import convert_file
from advisor.data_examples import rows_of
from advisor.data_rules import load_data_rules
from advisor.data_split import MANIFEST, part_of_split, split_file
from advisor.dataset.personal import find_personal
from advisor.dataset.split import Shares
from advisor.errors import InputError
from advisor.evaluation.word_overlap import normalised
from advisor.files import write_whole
from advisor.operation.feedback_desk import Desk, training_rows
from advisor.operation.feedback_rules import BLOCKING
from advisor.store.database import Store
from advisor.store.deployments import Deployment
from advisor.store.feedback import ACCEPTED

CORRECTIONS: Final = "corrections.jsonl"
REFUSED: Final = "refused.jsonl"
_OLD: Final = "old.jsonl"
_ROWS: Final = "rows.jsonl"
_CLEAN: Final = "clean.jsonl"
_FORM: Final = "openai_chat"
_SHARES: Final = Shares(0.9, 0.1, 0.0)  # of what is not in the locked test set


class Collected(NamedTuple):
    """How many corrections are new, in all, and refused; rows of before that a correction replaced."""

    new: int
    corrections: int
    refused: int
    superseded: int


class Dealt(NamedTuple):
    """The training part and its rows; what was left out since it is related to the test set; personal data in rows
    that come from corrections."""

    train: Path
    rows: int
    left_out: int
    personal_rows: int


def collect(
    store: Store, deployment: Deployment, data: Path, run_id: str, folder: Path, data_folder: Path
) -> Collected:
    """Write the corrections to train on and those that the checks refuse, and all rows together.

    `folder` is that of the run; canary sets lie in `data_folder`. Every accepted correction is taken, also of earlier
    runs, since each training begins from the rows of the first one; but not those of a run that made the model worse.
    What nobody used before now belongs to this run. The checks of the review are made again, as rows may have come in
    by other ways. Raises InputError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    free = store.feedback.corrections(deployment.id, status=(ACCEPTED,), unused=True)
    store.feedback.mark_used([row.id for row in free], run_id)
    aside = store.improvement_runs.set_aside(deployment.id)
    known = store.feedback.corrections(deployment.id, status=(ACCEPTED,))
    accepted = [row for row in known if row.run_id not in aside]
    desk = Desk(store, deployment, data_folder)
    blocked = {row.id: [one for one in desk.findings(row) if one.severity == BLOCKING] for row in accepted}
    taken = list(training_rows([row for row in accepted if not blocked[row.id]]))
    refused = [
        {"feedback": row.id, "findings": [one._asdict() for one in blocked[row.id]]}
        for row in accepted
        if blocked[row.id]
    ]
    write_whole(folder / CORRECTIONS, _lines(taken))
    write_whole(folder / REFUSED, _lines(refused))
    superseded = _together(data, taken, folder)
    mine = {row.id for row in accepted if row.run_id == run_id}
    return Collected(
        sum(row["metadata"]["feedback"] in mine for row in taken),
        len(taken),
        sum(row["feedback"] in mine for row in refused),
        superseded,
    )


def deal(data: Path, folder: Path, seed: int, on: date) -> Dealt:
    """Clean the rows and split them beside the locked test set of `data`. Raises InputError."""
    rules = load_data_rules()
    checks = DataRules(rules.findings, rules.enough, rules.hosts.of["own"], host_given=True, phrases=rules.phrases)
    report = check_file(folder / _ROWS, checks, parts=("structure", "duplicates"), form=_FORM, deep=False)
    plan = CleaningPlan(frozenset({"exact_duplicate"}))
    (folder / _CLEAN).unlink(missing_ok=True)
    clean_file(folder / _ROWS, folder / _CLEAN, folder / "cleaning.jsonl", plan, report)
    split = folder / "split"
    split.mkdir(exist_ok=True)
    known = part_of_split(data)
    if known is None:
        raise InputError(
            "the training file is no unchanged part of its split any more",
            where=str(data),
            what_to_do="put the old file back, or split again and set it with `advisor improve set`",
        )
    test = next(part for part in known.parts if part.name == "test")
    for name in (MANIFEST, test.file):
        shutil.copyfile(known.manifest.parent / name, split / name)
    made = split_file(folder / _CLEAN, split, _SHARES, seed, on, form=_FORM)
    train = next(part for part in made.parts if part.name == "train")
    return Dealt(split / train.file, train.rows, len(made.left_out), _personal(split / train.file))


def _together(data: Path, taken: list[dict[str, Any]], folder: Path) -> int:
    """Old rows, but for those whose question was corrected, then the corrections; how many were replaced."""
    rows = rows_of(data)
    if rows.format.name == _FORM and data.suffix == ".jsonl":
        shutil.copyfile(data, folder / _OLD)
    else:
        (folder / _OLD).unlink(missing_ok=True)
        convert_file(data, folder / _OLD, _FORM, drop=True)
    corrected = {normalised(_question(row)) for row in taken}
    kept, superseded = [], 0
    for line in (folder / _OLD).read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        if normalised(_question(json.loads(line))) in corrected:
            superseded += 1
        else:
            kept.append(line + "\n")
    newest = {normalised(_question(row)): row for row in taken}  # the latest word on a question counts
    write_whole(folder / _ROWS, "".join(kept) + _lines(list(newest.values())))
    return superseded


def _question(row: dict[str, Any]) -> str:
    said = [str(one.get("content") or "") for one in row.get("messages", ()) if one.get("role") == "user"]
    return said[-1] if said else ""


def _personal(train: Path) -> int:
    """Rows made of corrections that hold personal data."""
    return sum(
        any(find_personal(text) for text in (row.example.prompt, row.example.answer))
        for row in rows_of(train, _FORM)
        if "feedback" in row.example.fields
    )


def _lines(rows: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
