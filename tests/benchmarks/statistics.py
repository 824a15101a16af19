"""Speed of a proof's statistics, whole processes: `python -m tests.benchmarks.statistics`.

Five arms x 2,000 items, 10,000 bootstrap draws, all pairs: once right or wrong, once with scores between 0 and 1, once
with accuracy and macro scores of 20 labels. Goal: at most 2 s each, with the start of Python and all imports.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np

ITEMS, ARMS, ROUNDS = 2_000, 5, 3
CASES = ("binary", "scores", "labels")


def main() -> None:
    """Print seconds and memory of each case, best of three rounds; with a case's name, work it out."""
    if len(sys.argv) > 1:
        work(sys.argv[1])
        return
    for case in CASES:
        seconds = []
        for _ in range(ROUNDS):
            begin = time.perf_counter()
            done = subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.statistics", case], check=True, capture_output=True, text=True
            )
            seconds.append(time.perf_counter() - begin)
        print(f"{case:8} {min(seconds):5.2f} s as a whole process; {done.stdout.strip()}; goal: at most 2 s")


def work(case: str) -> None:
    """Every pair of five arms compared by every metric."""
    from itertools import combinations

    from advisor.evaluation.label_scores import label_scores
    from advisor.evaluation.measure import mean_measure
    from advisor.evaluation.scores import Scored
    from advisor.evaluation.statistics import Pair, run_statistics

    random = np.random.default_rng(1)
    wanted = random.integers(0, 20, ITEMS)
    arms: dict[str, Scored] = {}
    for number in range(ARMS):
        right = random.random(ITEMS) < 0.6 + number / 20
        measures = [mean_measure("accuracy", right.astype(float), binary=True)]
        if case == "scores":
            measures = [mean_measure("token_f1", random.beta(3 + number, 2, ITEMS))]
        if case == "labels":
            answers = np.where(right, wanted, random.integers(0, 20, ITEMS))
            labels = label_scores([f"label {one}" for one in answers], [f"label {one}" for one in wanted])
            measures = [mean_measure("accuracy", labels.right(), binary=True), *labels.macro_measures()]
        arms[f"arm {number}"] = Scored(
            measures[0].metric, {measure.metric: measure for measure in measures}, right, None, 0, 0
        )
    begin = time.perf_counter()
    pairs = [Pair(arm, other) for arm, other in combinations(arms, 2)]
    found = run_statistics(arms, pairs, 7, all_metrics=True)
    seconds = time.perf_counter() - begin
    most_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(found.comparisons)} comparisons in {seconds:.2f} s, {most_mb:.0f} MB at most")


if __name__ == "__main__":
    main()
