"""Checks a file of fine-tuning data: one pass, one part of the file in memory at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from advisor.data_content import NOTHING, Learnable, Look, content_parts, looking
from advisor.data_file import DataFile, open_data_file, read_parts, sample_of
from advisor.dataset.boilerplate import Phrases
from advisor.dataset.check import Finding, blocked_lines, findings_of
from advisor.dataset.conversation import example_of
from advisor.dataset.duplicates import Duplicates, find_leakage
from advisor.dataset.enough import Enough, Verdict, verdict_of
from advisor.dataset.finding_rules import PARTS, FindingRules
from advisor.dataset.formats import FORMAT_NAMES, RowFormat, recognise, row_format, table_columns
from advisor.dataset.found import Found
from advisor.dataset.host_rules import HostRules, Refusal, refusals
from advisor.dataset.labels import LabelCount
from advisor.dataset.structure import StructureCheck
from advisor.dataset.table import Columns
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.token_tally import Tokens, TokenTally

Progress = Callable[[int], None]  # is told the number of rows that were read


class DataRules(NamedTuple):
    """All that a check is judged by: findings, what is enough, and the service that the file is for.

    A host that was not given by the user counts only for formats that it takes.
    """

    findings: FindingRules
    enough: Sequence[Enough]
    host: HostRules
    host_given: bool
    phrases: Sequence[Phrases] = ()


class DataReport(NamedTuple):
    """What a check found; `tokens` is None where they were not counted."""

    file: str
    format: str
    parts: tuple[str, ...]
    rows: int
    tokens: Tokens | None
    findings: tuple[Finding, ...]
    host: str | None
    refusals: tuple[Refusal, ...]
    verdict: Verdict
    labels: tuple[LabelCount, ...] = ()
    learnable: Learnable | None = None


def recognised_format(file: DataFile, given: str | None, prompt: str | None, answer: str | None) -> RowFormat:
    """The format of the rows in `file`: the one that was given, else the one that most of the first rows have.

    `prompt` and `answer` name the columns of a table. Raises InputError where no format fits.
    """
    sample = sample_of(file)
    form = given or ("table" if file.kind == "table" or prompt or answer else recognise(sample.values, sample.head))
    if form is None:
        raise InputError(
            "no row has the keys of a known format",
            where=str(file.path),
            what_to_do=f"name the format with --from, one of {', '.join(FORMAT_NAMES)}",
        )
    if form != "table":
        return row_format(form)
    guessed = table_columns(sample.values)
    prompt, answer = prompt or (guessed and guessed.prompt), answer or (guessed and guessed.answer)
    names = sorted({str(name) for row in sample.values if isinstance(row, dict) for name in row})
    for option, name in (("--prompt-column", prompt), ("--answer-column", answer)):
        if not name or (name not in names and names):
            problem = (
                f"there is no column named {name}" if name else "the names of the columns do not say what they hold"
            )
            raise InputError(
                problem, where=str(file.path), what_to_do=f"give {option}; the columns are {', '.join(names[:12])}"
            )
    if not names:
        raise InputError("the table has no rows below its header", where=str(file.path), what_to_do="add rows")
    return row_format(form, Columns(str(prompt), str(answer), guessed.system if guessed else None))


def check_file(
    path: Path,
    rules: DataRules,
    *,
    parts: Collection[str] = PARTS,
    form: str | None = None,
    prompt: str | None = None,
    answer: str | None = None,
    tally: Callable[[], TokenTally] | None = None,
    progress: Progress | None = None,
    test: Path | None = None,
    deep: bool = True,
    seed: int = 0,
) -> DataReport:
    """Check `path` for the chosen `parts`; `tally` makes the counter of tokens where they are wanted.

    `test` is a test set whose rows must not stand in `path`. `deep` trains quick models on labelled rows, to suspect
    wrong labels and to draw a learning curve. Raises InputError where the file cannot be read, is empty, or has no
    format that is known.
    """
    file = open_data_file(path)
    known = recognised_format(file, form, prompt, answer)
    structure = StructureCheck(known)
    counter = tally() if tally and "tokens" in parts else None
    leaks = test is not None and "leakage" in parts
    duplicates = Duplicates() if "duplicates" in parts or leaks else None
    adds = [one.add for one in (duplicates, counter) if one is not None]
    with looking(Look(file, known, content_parts(parts), tuple(rules.phrases), seed, deep)) as content:
        for part in read_parts(file):
            if adds:
                for row in structure.read(part):
                    example = example_of(row.conversation, row.line)
                    for add in adds:
                        add(example)
            else:
                structure.check(part)
            if progress:
                progress(structure.rows)
        _refuse_unreadable(path, structure)
        told = list(counter.found()) if counter else []
        if duplicates:
            told += duplicates.found() if "duplicates" in parts else ()
            told += _leaked(duplicates, test, form) if test is not None and leaks else ()
        looked = content() if content_parts(parts) else NOTHING
    places = {name: list(found) for name, found in structure.places.items()}
    for found in (*told, *looked.found):
        places.setdefault(found.id, []).extend(found.places)
    chosen = {name: found for name, found in places.items() if _wanted(name, parts, rules.findings)}
    findings = findings_of(chosen, rules.findings)
    right = structure.rows - len(blocked_lines(findings_of(places, rules.findings)))
    size_bytes = path.stat().st_size
    for_host = "structure" in parts and (rules.host_given or known.name in rules.host.formats)
    host = rules.host if for_host else None
    return DataReport(
        str(path),
        known.name,
        tuple(part for part in PARTS if part in parts),
        structure.rows,
        counter.tokens() if counter else None,
        findings,
        host.name if host else None,
        tuple(refusals(host, known.name, right, size_bytes)) if host else (),
        verdict_of(known.name, structure.rows, right, rules.enough),
        looked.labels,
        looked.learnable,
    )


def _leaked(trained: Duplicates, test: Path, form: str | None) -> tuple[Found, ...]:
    """Rows that stand in the test set as well. Raises InputError where that cannot be read."""
    file = open_data_file(test)
    structure = StructureCheck(recognised_format(file, form, None, None))
    tested = Duplicates()
    for part in read_parts(file):
        for row in structure.read(part):
            tested.add(example_of(row.conversation, row.line))
    return find_leakage(trained, tested)


def _wanted(name: str, parts: Collection[str], rules: FindingRules) -> bool:
    # A row that is too long even to be read is a matter of structure as well.
    return rules.of[name].part in parts or (name == "too_long" and "structure" in parts)


def _refuse_unreadable(path: Path, structure: StructureCheck) -> None:
    if not structure.rows:
        raise InputError("the file has no rows", where=str(path), what_to_do="give a file with at least one row")
    wrong = structure.places.get("encoding_error", [])
    if len({place.line for place in wrong}) == structure.rows > 1:
        raise InputError(
            "no row is UTF-8; the file looks like Latin-1 or another encoding of one byte",
            where=f"{path}:{wrong[0].line}",
            what_to_do="save it as UTF-8",
        )
