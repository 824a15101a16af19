"""How well the training estimate foretells measured runs: the second part of `make score`.

The runs are tests/measured_runs.csv: 90 rows from five published sources, each with its citation in the row. Constants
are fitted anew without the source that is foretold (leave one source out): penalised least squares of log ratios, each
source with equal weight, the penalty being the distance from the prior in pricing/training_constants.yaml. A constant
that the other sources say nothing about stays at its prior. `python -m tests.score_training --fit` prints what all
sources together give, which is what is shipped.
"""

from __future__ import annotations

import csv
import math
import statistics
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from advisor.cost.training_knowledge import Constant, TrainingKnowledge
from advisor.cost.training_memory import memory_parts, memory_range
from advisor.cost.training_run import TrainingRun
from advisor.cost.training_run_reader import COLUMNS, run_from_cells
from advisor.cost.training_time import speed_range, step_time
from advisor.files import load_training_knowledge

FILE = Path(__file__).parent / "measured_runs.csv"
ROWS_PER_SOURCE = 6.0  # what a source counts for, however many rows it has: rows of one table are not independent
NOISE = 0.1  # standard deviation of one row's log ratio


class Measured(NamedTuple):
    """A published run: memory in GiB per GPU and tokens per second over all GPUs, where they were measured."""

    id: str
    source: str
    core: bool
    run: TrainingRun
    memory_gib: float | None
    tokens_per_s: float | None
    odd: bool  # its length or its set-up is not known, so nothing is fitted to it


class Foretold(NamedTuple):
    """A measured value with the range foretold for it."""

    row: Measured
    measured: float
    p10: float
    p50: float
    p90: float

    @property
    def error(self) -> float:
        """Estimate over measurement, less one."""
        return self.p50 / self.measured - 1


def measured_runs(knowledge: TrainingKnowledge) -> list[Measured]:
    """Every row of the file."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [_measured(row, knowledge) for row in rows]


def _measured(row: dict[str, str], knowledge: TrainingKnowledge) -> Measured:
    run = run_from_cells({name: row[name] for name in COLUMNS}, knowledge)
    memory = float(row["measured_vram_gb"]) if row["measured_vram_gb"] else None
    if memory and "/1e9" in row["vram_unit"]:
        memory *= 1e9 / 2**30
    if memory and row["vram_scope"].startswith("sum"):
        memory /= run.gpus
    speed = float(row["tokens_per_s_total"]) if row["tokens_per_s_total"] else None
    odd = "unpacked" in row["avg_seq_len_known"] or "?" in row["method"]
    return Measured(row["id"], row["source_id"], row["scored_vram"] != "no", run, memory, speed, odd)


def fitted(knowledge: TrainingKnowledge, rows: Sequence[Measured]) -> TrainingKnowledge:
    """`knowledge` with the constants of memory and time that `rows` give together with the priors."""
    memory_rows = [row for row in rows if row.memory_gib and row.core and not row.odd]
    time_rows = [row for row in rows if row.tokens_per_s and not row.odd]

    def memory_misses(tried: TrainingKnowledge) -> list[tuple[str, float]]:
        return [
            (row.source, math.log(memory_parts(row.run, tried).total / (row.memory_gib or 1))) for row in memory_rows
        ]

    def time_misses(tried: TrainingKnowledge) -> list[tuple[str, float]]:
        return [
            (row.source, math.log(step_time(row.run, tried).total * (row.tokens_per_s or 1) / _tokens(row.run)))
            for row in time_rows
        ]

    memory = _descend(knowledge.memory, lambda part: memory_misses(knowledge._replace(memory=part)))
    time = _descend(knowledge.time, lambda part: time_misses(knowledge._replace(time=part)))
    return knowledge._replace(memory=memory, time=time)


def _tokens(run: TrainingRun) -> int:
    return run.gpus * run.tokens_per_micro_step


def _descend(
    constants: dict[str, Constant] | object, misses: Callable[[dict[str, Constant]], list[tuple[str, float]]]
) -> dict[str, Constant]:
    """Coordinate descent from the priors, with steps that are halved until nothing gets better."""
    assert isinstance(constants, dict)
    now: dict[str, Constant] = {name: one._replace(value=one.prior) for name, one in constants.items()}
    free = [name for name, one in now.items() if one.prior_sd]

    def loss(tried: dict[str, Constant]) -> float:
        found = misses(tried)
        counts: dict[str, int] = {}
        for source, _ in found:
            counts[source] = counts.get(source, 0) + 1
        miss = sum((value / NOISE) ** 2 * min(1.0, ROWS_PER_SOURCE / counts[source]) for source, value in found)
        return miss + sum(((tried[name].value - tried[name].prior) / tried[name].prior_sd) ** 2 for name in free)

    best, step = loss(now), 0.5
    while step > 0.02:
        better = False
        for name in free:
            for sign in (1, -1):
                value = now[name].value + sign * step * now[name].prior_sd
                if value <= 0:
                    continue
                tried = {**now, name: now[name]._replace(value=value)}
                found = loss(tried)
                if found < best - 1e-6:
                    now, best, better = tried, found, True
                    break
        if not better:
            step /= 2
    return now


def foretold_memory(rows: Sequence[Measured], knowledge: TrainingKnowledge) -> list[Foretold]:
    """Memory of every row that has it."""
    return [
        Foretold(row, row.memory_gib, found.p10_gib, found.p50_gib, found.p90_gib)
        for row in rows
        if row.memory_gib
        for found in [memory_range(row.run, knowledge)]
    ]


def foretold_speed(rows: Sequence[Measured], knowledge: TrainingKnowledge) -> list[Foretold]:
    """Tokens per second of every row that has them."""
    return [
        Foretold(row, row.tokens_per_s, found.tokens_per_s_p10, found.tokens_per_s_p50, found.tokens_per_s_p90)
        for row in rows
        if row.tokens_per_s
        for found in [speed_range(row.run, knowledge)]
    ]


def leave_one_source_out() -> tuple[list[Foretold], list[Foretold]]:
    """Memory and speed of every run, foretold without its own source."""
    knowledge = load_training_knowledge()
    rows = measured_runs(knowledge)
    memory: list[Foretold] = []
    speed: list[Foretold] = []
    for source in dict.fromkeys(row.source for row in rows):
        without = fitted(knowledge, [row for row in rows if row.source != source])
        held = [row for row in rows if row.source == source]
        memory += foretold_memory(held, without)
        speed += foretold_speed(held, without)
    return memory, speed


def line(label: str, found: Sequence[Foretold]) -> str:
    """Mean absolute error, coverage of P10 to P90, share above P90, median width, of `found`."""
    if not found:
        return f"  {label:34} none"
    error = statistics.mean(abs(one.error) for one in found)
    inside = statistics.mean(one.p10 <= one.measured <= one.p90 for one in found)
    above = statistics.mean(one.measured > one.p90 for one in found)
    width = statistics.median((one.p90 - one.p10) / one.p50 for one in found)
    bias = statistics.mean(one.error for one in found)
    return f"  {label:34} {len(found):4} {error:6.1%} {bias:+7.1%} {inside:8.0%} {above:8.0%} {width:7.0%}"


def report(title: str, memory: Sequence[Foretold], speed: Sequence[Foretold]) -> None:
    """Print the tables of one way of foretelling."""
    print(f"{title}\n  {'memory':34} rows  error    bias  P10-P90  above P90  width")
    core = [one for one in memory if one.row.core]
    for method in ("lora", "qlora", "full"):
        print(line(f"{method}, scored rows", [one for one in core if one.row.run.method == method]))
    print(line("all scored rows", core))
    print(line("all rows with memory", memory))
    print(f"  {'tokens per second':34} rows  error    bias  P10-P90  above P90  width")

    def a100(one: Foretold) -> bool:
        return one.row.run.gpu is not None and "A100" in one.row.run.gpu.name

    plain = [one for one in speed if not one.row.odd]
    print(line("A100, length >= 1024", [one for one in plain if a100(one) and one.row.run.length >= 1024]))
    print(line("A100, shorter", [one for one in plain if a100(one) and one.row.run.length < 1024]))
    print(line("other cards", [one for one in plain if not a100(one)]))
    print(line("set-up or length unclear", [one for one in speed if one.row.odd]))


def main() -> int:
    """Print both tables; with --fit the constants that all sources give."""
    knowledge = load_training_knowledge()
    rows = measured_runs(knowledge)
    if "--fit" in sys.argv:
        found = fitted(knowledge, rows)
        for part in (found.memory, found.time):
            for name, one in part.items():
                if one.prior_sd:
                    print(f"{name:26} prior {one.prior:g} +- {one.prior_sd:g}: {one.value:.4g}")
        return 0
    if "--rows" in sys.argv:
        for each in foretold_memory(rows, knowledge) + foretold_speed(rows, knowledge):
            print(
                f"{each.row.id} {each.row.run.shape.id:32} {each.row.run.method:6} {each.measured:9.1f} "
                f"{each.p50:9.1f} {each.error:+.0%}"
            )
        return 0
    report("Leave one source out (constants fitted without it)", *leave_one_source_out())
    report("Shipped constants", foretold_memory(rows, knowledge), foretold_speed(rows, knowledge))
    return 0


if __name__ == "__main__":
    sys.exit(main())
