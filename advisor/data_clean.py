"""Cleans a data file: drops, repairs and anonymises rows, with a log of every change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from advisor.data_check import DataReport, recognised_format
from advisor.data_file import open_data_file, read_parts
from advisor.data_target import rows_to, target_kind
from advisor.dataset.anonymise import TOKENS, Finder, anonymise
from advisor.dataset.conversation import Conversation
from advisor.dataset.example import Place
from advisor.dataset.file_parts import Element, Lines, Part, Row
from advisor.dataset.json_text import as_json
from advisor.dataset.personal import find_personal
from advisor.dataset.repair import repaired
from advisor.dataset.row_texts import texts_of, with_texts
from advisor.dataset.secrets import find_secrets
from advisor.dataset.structure import StructureCheck
from advisor.errors import InputError

MENDED = ("unknown_key", "control_characters")


class CleaningPlan(NamedTuple):
    """What is done: rows with these findings are dropped; `kinds` of personal data are replaced."""

    drop: frozenset[str]
    kinds: frozenset[str] = frozenset()
    find: Finder = find_personal


class Cleaned(NamedTuple):
    """What was read and written, and how many rows were changed by action and reason."""

    rows: int
    written: int
    dropped: Mapping[str, int]
    repaired: Mapping[str, int]
    anonymised: Mapping[str, int]


Log = Callable[[dict[str, Any]], None]


def clean_file(path: Path, out: Path, log: Path, plan: CleaningPlan, report: DataReport) -> Cleaned:
    """Write what is left of `path` to `out`, and every change to `log`, both whole or not at all.

    `report` is that of a check of `path`. Structure that cannot be mended is always dropped. Raises InputError where
    nothing would be left, or a file cannot be written.
    """
    if log.exists() and log.samefile(path):
        raise InputError("this is the file that is read", where="--log", what_to_do="name another file")
    target_kind(log)
    reasons = _reasons(report, plan)
    form = recognised_format(open_data_file(path), report.format, None, None)
    cleaning = _Cleaning(plan, reasons)
    structure = StructureCheck(form)
    columns = _columns(path) if target_kind(out) in (".csv", ".tsv") else ()
    with rows_to(log, path) as note, rows_to(out, path, columns) as write:
        cleaning.note = note
        for part in read_parts(open_data_file(path)):
            rows = {row.line: row for row in structure.read(part)}
            for line, raw in _raw_rows(part):
                row = rows.get(line)
                kept = cleaning.cleaned(line, raw, row.conversation if row and row.right else None)
                if kept is not None:
                    written = form.write(kept)
                    if written.row is not None:
                        write(written.row)
                        cleaning.written += 1
        if not cleaning.written:
            raise InputError("no row would be left", where=str(path), what_to_do="drop less, and check the file")
    counts = cleaning.counts
    return Cleaned(structure.rows, cleaning.written, counts["dropped"], counts["repaired"], counts["anonymised"])


class _Cleaning:
    def __init__(self, plan: CleaningPlan, reasons: Mapping[int, tuple[str, str]]) -> None:
        self.plan = plan
        self.reasons = reasons
        self.written = 0
        self.counts: dict[str, Counter[str]] = {name: Counter() for name in ("dropped", "repaired", "anonymised")}
        self.note: Log = lambda _: None

    def cleaned(self, line: int, raw: str, conversation: Conversation | None) -> Conversation | None:
        """The row as it is to be written; None where it is dropped. Every change is noted."""
        if line in self.reasons or conversation is None:
            reason, detail = self.reasons.get(line, ("unreadable", "the row cannot be understood"))
            self._note(line, "dropped", reason, detail=detail, **self._before(raw))
            return None
        mended, what = repaired(conversation)
        for reason in what:
            self._note(line, "repaired", reason, **self._before(raw), after=as_json(mended._asdict()))
        if not self.plan.kinds:
            return mended
        anonymised = anonymise(texts_of(mended), self.plan.find, self.plan.kinds)
        if not anonymised.changes:
            return mended
        changes = [change._asdict() for change in anonymised.changes]
        kinds = Counter(change.kind for change in anonymised.changes)
        self.counts["anonymised"].update(kinds)
        self.note({"line": line, "action": "anonymised", "reason": ", ".join(sorted(kinds)), "changes": changes})
        return with_texts(mended, anonymised.texts)

    def _note(self, line: int, action: str, reason: str, **more: Any) -> None:
        self.counts[action][reason] += 1
        self.note({"line": line, "action": action, "reason": reason, **more})

    def _before(self, raw: str) -> dict[str, Any]:
        """The row as it was, unless it holds something personal, which no log may keep."""
        if find_personal(raw) or find_secrets(raw):
            return {"before": None, "personal": True}
        return {"before": raw}


def _reasons(report: DataReport, plan: CleaningPlan) -> dict[int, tuple[str, str]]:
    """Why the row of a line is dropped: the id of its worst finding, and the detail."""
    found: dict[int, tuple[str, str]] = {}
    for finding in report.findings:
        structural = finding.severity == "blocking" and finding.id not in MENDED
        if finding.id in plan.drop or (structural and finding.id not in ("secret", "leakage", "too_long")):
            for place in finding.lines:
                found.setdefault(place.line, (finding.id, _said(place)))
    return found


def _said(place: Place) -> str:
    return place.detail if place.column is None else f"column {place.column}: {place.detail}"


def _raw_rows(part: Part) -> Iterator[tuple[int, str]]:
    """The rows of a part as they stand in the file, by their line."""
    if isinstance(part, Lines):
        lines = part.data.split(b"\n")
        for number, line in enumerate(lines[:-1] if not lines[-1] else lines, part.first):
            if line.strip(b" \t\r"):
                yield number, line.decode("utf-8", "replace")
    elif isinstance(part, Element):
        yield part.line, part.data.decode("utf-8", "replace")
    elif isinstance(part, Row):
        yield part.line, as_json(dict(part.value))


def _columns(path: Path) -> tuple[str, ...]:
    for part in read_parts(open_data_file(path)):
        if isinstance(part, Row):
            return tuple(part.value)
    return ()


def kinds_of(names: Sequence[str]) -> frozenset[str]:
    """The kinds of personal data to replace; all where none is named. Raises InputError for an unknown one."""
    unknown = [name for name in names if name not in TOKENS]
    if unknown:
        raise InputError(
            f"there is no kind {unknown[0]}", where="--kind", what_to_do=f"name one of {', '.join(TOKENS)}"
        )
    return frozenset(names or TOKENS)


def droppable(findings: Collection[str]) -> frozenset[str]:
    """What a row may be dropped for. Raises InputError for an id that is no finding of a row."""
    from advisor.data_rules import load_data_rules

    known = load_data_rules().findings.of
    for name in findings:
        if name not in known:
            raise InputError(
                f"there is no finding {name}", where="--drop", what_to_do="`advisor data check` names them"
            )
    return frozenset(findings)
