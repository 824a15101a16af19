"""Measures the speeds that the project promises, each beside a yardstick measured in the same run: `make bench`."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from advisor.cost.case_factors import CaseFactors
from advisor.cost.estimate import Estimate, Sampler, estimate
from advisor.cost.sampled import sample_evenly
from advisor.cost.training_cost import trained
from advisor.decision import verify
from advisor.decision.rulebook import RuleBook
from advisor.decision.slots import NA, State_
from advisor.files import content, load_case, load_pricebook, load_rulebook
from advisor.question import Answer
from advisor.random_draws import random_sampler
from tests.benchmarks.data_sets import structure_check, whole_check
from tests.benchmarks.zen_table import zen_context, zen_model

ROOT = Path(__file__).parents[2]
SEED = 20261121


def main() -> None:
    """Run every measurement and print one line for each."""
    book = load_rulebook()
    cases = [random_answers(book, random.Random(SEED + number), 1.0) for number in range(1000)]
    decisions(book, cases)
    possible(book)
    verification(book)
    money()
    whole_processes()
    structure_check()
    whole_check()


def money() -> None:
    """Price look-ups, many cases with random draws, and even draws against random ones."""
    prices, day = load_pricebook(), date(2026, 11, 21)
    looked_up = per_second(lambda: [prices.price_on("gpt-4o-mini", "train_sft", day) for _ in range(1000)], 1000)
    print(f"price look-ups/s          {looked_up:10,.0f}   (goal 200,000)")
    case, what = load_case(content("examples") / "saas-support.yaml"), trained("hf/Qwen/Qwen3-8B", "lora", Decimal(8))

    def estimated(sampler: Sampler) -> Estimate:
        return estimate(CaseFactors(case, prices, day), "fine_tune_rag", what, None, Decimal(1), sampler)

    drawn = random_sampler(1000, 0)
    seconds = 10_000 / per_second(lambda: [estimated(drawn) for _ in range(20)], 20)
    print(f"10,000 cases, 1,000 draws {seconds:10.1f} s (goal 8)")
    even, random_ones = estimated(sample_evenly), estimated(random_sampler(100_000, 0))
    pairs = zip(
        (*even.one_time_usd, *even.monthly_usd), (*random_ones.one_time_usd, *random_ones.monthly_usd), strict=True
    )
    off = max(abs(left / right - 1) for left, right in pairs)
    print(f"even against random draws {off:10.1%}   (goal 5 %)")


def decisions(book: RuleBook, cases: Sequence[dict[str, Answer]]) -> None:
    """Decisions a second on one core, from answers to approach, beside zen-engine on the same table."""
    states = [book.slots.state(answers) for answers in cases]
    ours = per_second(lambda: [book.approach.outcome(book.slots.state(answers)) for answers in cases], len(cases))
    traced = per_second(lambda: [book.approach.trace(book.slots.state(answers)) for answers in cases], len(cases))
    print(f"decisions/s without trace {ours:10,.0f}   (goal 100,000)")
    print(f"decisions/s with trace    {traced:10,.0f}   (goal 30,000)")
    deep = [state for state in states if book.approach.trace(state).last.rule.id == book.approach.rules[-1].id]
    if deep:
        slowest = per_second(lambda: [book.approach.outcome(state) for state in deep], len(deep))
        print(f"decisions/s to the default{slowest:10,.0f}   (every rule is tried)")
    zen(book, states, ours)


def zen(book: RuleBook, states: Sequence[State_], ours: float) -> None:
    """The same decisions by zen-engine, one by one and as a batch."""
    try:
        from zen import ZenEngine
    except ImportError:
        print("zen-engine is not installed: pip install 'advisor[bench]'")
        return
    engine = ZenEngine()
    single = engine.create_decision(zen_model(book, looped=False))
    batched = engine.create_decision(zen_model(book, looped=True))
    contexts = [zen_context(book, state) for state in states]
    theirs = [single.evaluate(context)["result"].get("approach") for context in contexts]
    same = sum(book.approach.outcome(state) == other for state, other in zip(states, theirs, strict=True))
    one_by_one = per_second(lambda: [single.evaluate(context) for context in contexts], len(contexts))
    in_batch = per_second(lambda: batched.evaluate({"cases": contexts}), len(contexts))
    print(f"zen-engine decisions/s    {one_by_one:10,.0f}   ours is {ours / one_by_one:.1f} times as fast")
    print(f"zen-engine batched        {in_batch:10,.0f}   ours is {ours / in_batch:.1f} times as fast")
    print(f"zen-engine agrees on      {same:10,} of {len(states)} cases")


def possible(book: RuleBook) -> None:
    """Milliseconds for the exact set of possible approaches, over cases with a random share of answers missing."""
    times: list[float] = []
    for number in range(600):
        rng = random.Random(SEED + number)
        state = book.slots.state(random_answers(book, rng, rng.random()))
        begin = time.perf_counter()
        book.possibilities.outcomes(state)
        times.append((time.perf_counter() - begin) * 1000)
    nothing = book.slots.state({})
    empty = 1000 / per_second(lambda: [book.possibilities.outcomes(nothing)], 1)
    p99 = statistics.quantiles(times, n=100)[98]
    print(
        f"possible set, median ms   {statistics.median(times):10.2f}   (goal 1), p99 {p99:.2f}, empty case {empty:.2f}"
    )


def verification(book: RuleBook) -> None:
    """Milliseconds to prove of every rule and gate that it can decide, and that there is no gap."""
    begin = time.perf_counter()
    found = [*verify.unreachable(book), *verify.gaps(book)]
    took = (time.perf_counter() - begin) * 1000
    print(f"verification of all rules {took:10.1f} ms   (goal 200), {len(found)} findings")


def whole_processes() -> None:
    """Start to end of the command as a process, as a ratio to importing pydantic and yaml, and to doing nothing."""
    case = str(ROOT / "docs/examples/hydrocore-error-codes.yaml")
    advisor = [sys.executable, "-m", "advisor"]
    commands = {
        "nothing": [sys.executable, "-c", "pass"],
        "imports": [sys.executable, "-c", "import pydantic, yaml"],
        "help": [*advisor, "--help"],
        "recommend": [*advisor, "recommend", case],
        "json": [*advisor, "recommend", case, "--format", "json"],
        "cost": [*advisor, "cost", case, "--draws", "10000"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(15):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
            times[name].append(time.perf_counter() - begin)

    def ratio(name: str, to: str) -> float:
        return statistics.median(a / b for a, b in zip(times[name], times[to], strict=True))

    for name, to, goal in (
        ("recommend", "imports", 2),
        ("json", "imports", 2),
        ("help", "nothing", 3),
    ):
        milliseconds = statistics.median(times[name]) * 1000
        print(f"{name:10} as a process  {milliseconds:9.0f} ms   {ratio(name, to):.2f} x {to} (goal {goal})")
    print(f"cost       as a process  {statistics.median(times['cost']) * 1000:9.0f} ms   (goal 800, 10,000 draws)")


def random_answers(book: RuleBook, rng: random.Random, share: float) -> dict[str, Answer]:
    """Random answers to a `share` of the questions that the approach depends on, from the cells of each."""
    cells = book.possibilities.cells.of
    answers: dict[str, Answer] = {}
    for name, question in book.questions.items():
        slots = [slot for slot in book.slots.of.get(name, []) if slot.index in cells]
        if not slots or rng.random() > share:
            continue
        if slots[0].option is not None:
            answers[name] = tuple(
                rng.sample([option for option in question.options if option != "none"], rng.randint(1, 2))
            )
        else:
            answers[name] = rng.choice([value for value in cells[slots[0].index] if value is not NA])
    return answers


def per_second(run: Callable[[], Any], count: int) -> float:
    """How many of `count` a second, the best of several runs of at least a twentieth of a second."""
    best = 0.0
    for _ in range(5):
        done, begin = 0, time.perf_counter()
        while (took := time.perf_counter() - begin) < 0.05:
            run()
            done += count
        best = max(best, done / took)
    return best


if __name__ == "__main__":
    main()
