"""Estimates for a table of runs: the rows as they came, with memory, speed, hours and a note in further columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Final

from advisor.cost.training_estimate import fits
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.cost.training_memory import memory_range
from advisor.cost.training_run import TrainingRun
from advisor.cost.training_run_reader import COLUMNS, run_from_cells
from advisor.cost.training_time import hours_range, speed_range
from advisor.errors import InputError
from advisor.question import nearest

RESULTS: Final = [
    "memory_gb_p10",
    "memory_gb_p50",
    "memory_gb_p90",
    "tokens_per_s_p10",
    "tokens_per_s_p50",
    "tokens_per_s_p90",
    "hours_p50",
    "note",
]


def estimated_table(text: str, name: str, knowledge: TrainingKnowledge) -> str:
    """The CSV `text` with the columns of RESULTS after its own: GiB per GPU, tokens per second over all GPUs, hours.

    A row that cannot be estimated keeps empty cells and a note that says why. Raises InputError where the table itself
    is wrong: no header, or no column that names a model.
    """
    try:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True))
    except csv.Error as error:
        raise InputError(f"the table cannot be read: {error}", where=name, what_to_do="save it as CSV") from None
    rows = [row for row in rows if row]
    header = [column.strip() for column in rows[0]] if rows else []
    if not {"model_arch", "params_b"} & set(header):
        close = "".join(nearest(column, ("model_arch", "params_b")) for column in header[:1])
        raise InputError(
            f"the first line names neither model_arch nor params_b{close}",
            where=f"{name}:1",
            what_to_do=f"name the columns: {', '.join(COLUMNS)}",
        )
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise InputError(f"the column {twice[0]} occurs twice", where=f"{name}:1", what_to_do="rename one of them")
    kept = [place for place, column in enumerate(header) if column not in RESULTS]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([header[place] for place in kept] + list(RESULTS))
    for row in rows[1:]:
        full = row + [""] * (len(header) - len(row))
        if len(row) > len(header):
            results = [""] * 7 + [f"the row has {len(row)} cells, the header {len(header)}"]
        else:
            results = _results(dict(zip(header, full, strict=True)), knowledge)
        writer.writerow([full[place] for place in kept] + results)
    return out.getvalue()


def _results(cells: Mapping[str, str], knowledge: TrainingKnowledge) -> list[str]:
    try:
        run = run_from_cells(cells, knowledge)
    except InputError as error:
        return [""] * 7 + [f"no estimate: {error.problem}"]
    memory = memory_range(run, knowledge)
    numbers = [f"{value:.2f}" for value in memory[:3]]
    notes = [f"{taken.input} taken as {taken.taken} ({taken.because})" for taken in run.assumptions]
    if run.gpu is None:
        return numbers + [""] * 4 + ["; ".join(notes)]
    held = fits(memory, run.gpu, knowledge)
    if held == "no":
        notes.insert(0, f"no time: {_too_small(memory.p10_gib, run)}")
        return numbers + [""] * 4 + ["; ".join(notes)]
    if held == "tight":
        notes.insert(0, f"may not fit {run.gpu.name} ({run.gpu.memory_gib:g} GiB)")
    if not run.gpu.bf16:
        notes.append(f"{run.gpu.name} has no bf16: fp16 is meant")
    speed = speed_range(run, knowledge)
    numbers += [_figure(value) for value in speed[:3]]
    if run.dataset_tokens:
        numbers.append(_figure(hours_range(run, knowledge, run.dataset_tokens, run.epochs).hours_p50))
    else:
        numbers.append("")
        notes.append("no hours: dataset_tokens is not given")
    return [*numbers, "; ".join(notes)]


def _too_small(gib: float, run: TrainingRun) -> str:
    assert run.gpu is not None
    return f"at least {gib:.1f} GiB are needed on each GPU and {run.gpu.name} has {run.gpu.memory_gib:g}"


def _figure(value: float) -> str:
    """`value` with four significant digits and no exponent."""
    return f"{value:.4g}" if 0.001 <= value < 10_000 else f"{value:.0f}" if value >= 1 else f"{value:.6f}"
