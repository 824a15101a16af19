"""Many cases under one budget: the choice is the best, in any order, and nothing is hidden."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.cost.amount import Range
from advisor.files import content, load_case, load_market, load_rulebook
from advisor.portfolio.candidate import Candidate, Ground, candidate_of
from advisor.portfolio.case_folder import CaseSource, case_files, look_at
from advisor.portfolio.choice import Offer, choose
from advisor.portfolio.portfolio import Portfolio, portfolio
from advisor.recommendation import recommend

DAY = date(2026, 11, 21)
MONEY = st.integers(-5, 60)
OFFERS = st.lists(st.builds(Offer, st.integers(0, 60), MONEY), max_size=9)


def total(offers: list[Offer], taken: tuple[int, ...]) -> int:
    """What is taken is worth."""
    return sum(offers[place].value_cents for place in taken)


@settings(deadline=None)
@given(OFFERS, st.integers(0, 200))
def test_no_set_within_the_budget_is_worth_more(offers: list[Offer], budget: int) -> None:
    """Brute force over all sets of up to nine things agrees, and the budget holds."""
    found = choose(offers, budget)
    best = max(
        total(offers, places)
        for size in range(len(offers) + 1)
        for places in combinations(range(len(offers)), size)
        if sum(offers[place].cost_cents for place in places) <= budget
    )
    assert sum(offers[place].cost_cents for place in found.taken) <= budget
    assert (total(offers, found.taken), found.gap_cents) == (best, 0)


@settings(deadline=None)
@given(
    st.lists(st.builds(Offer, st.integers(1, 10**7), st.integers(1, 10**9)), min_size=20, max_size=80),
    st.integers(0, 10**8),
    st.integers(0, 10**8),
)
def test_more_budget_never_lowers_the_value(offers: list[Offer], budget: int, more: int) -> None:
    """Larger instances, where the core algorithm has work to do."""
    before, after = choose(offers, budget), choose(offers, budget + more)
    assert total(offers, after.taken) >= total(offers, before.taken)


def test_the_dense_one_is_not_always_taken() -> None:
    """Worked by hand: $60 for 10, $100 for 20 and $120 for 30, with 50 to spend: the last two, worth 220."""
    offers = [Offer(10, 60), Offer(20, 100), Offer(30, 120)]
    assert choose(offers, 50) == ((1, 2), 0)


def test_a_cut_search_says_how_far_it_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """With hardly any states allowed, the gap covers what the full search finds."""
    offers = [Offer(cost, cost + 100) for cost in range(1_000, 3_000, 37)]
    best = total(offers, choose(offers, 40_000).taken)
    monkeypatch.setattr("advisor.portfolio.choice.MOST_STATES", 1)
    cut = choose(offers, 40_000)
    assert total(offers, cut.taken) + cut.gap_cents >= best


def candidate(name: str, once: int, value: int) -> Candidate:
    """A case with these P50s in USD."""
    money, worth = (Range(*[Decimal(usd)] * 4) for usd in (once, value))
    return Candidate(name, name, "", "rag", "candidate", money, money, worth, Range(*[Decimal(3)] * 4))


@settings(deadline=None)
@given(st.permutations(range(8)), st.integers(0, 300))
def test_the_order_of_the_cases_does_not_matter(order: list[int], budget: int) -> None:
    """The same ranks and the same funded cases, also among cases that are alike."""
    cases = [candidate(f"case {n}", 10 * (n // 2) + 10, 100 * (n // 3) + 50) for n in range(8)]
    shuffled = [cases[place] for place in order]
    assert portfolio(shuffled, DAY, Decimal(budget)) == portfolio(cases, DAY, Decimal(budget))


@cache
def examples(budget: int | None = None) -> Portfolio:
    """The worked cases as a portfolio."""
    looked = look_at(case_files(content("examples")), DAY)
    return portfolio(looked.candidates, DAY, None if budget is None else Decimal(budget), unread=looked.unread)


def test_each_case_counts_as_it_is_recommended() -> None:
    """Approach and money are those of `recommend`, though they are computed another way."""
    book, market = load_rulebook(), load_market()
    looked = {one.candidate.name: one.candidate for one in examples().ranked}
    assert len(looked) == 13
    for name in ("pizzeria.yaml", "legal-document-analyser.yaml", "cost-gap-distillation.yaml"):
        record = recommend(load_case(content("examples") / name), book, market.life_cycle, DAY, market)
        cost = next(one for one in record.costs if one.approach == record.recommendation.approach)
        assert looked[name].approach == record.recommendation.approach
        once, value = looked[name].one_time_usd, looked[name].value_usd
        assert once and value and cost.net_present_value_usd
        assert tuple(once) == tuple(map(Decimal, cost.one_time_usd))
        assert tuple(value) == tuple(map(Decimal, cost.net_present_value_usd))


def test_what_cannot_be_ranked_says_what_is_missing() -> None:
    """An open case names its next question; files that are no case are named; none of them is funded."""
    found = examples(40_000)
    assert [(one.name, one.state) for one in found.apart] == [("first-questions.yaml", "undecided")]
    assert found.apart[0].missing[0].startswith("answer ")
    assert any("expected.yaml" in one.name for one in found.unread)
    assert found.funded.one_time_p50_usd <= 40_000


def test_a_deadline_that_cannot_be_met_is_not_funded() -> None:
    """A road map of eleven weeks does not fit three."""
    book = load_rulebook()
    from advisor.random_draws import even_sampling

    ground = Ground(book, load_market()._replace(sampling=even_sampling(whole=False)), DAY)
    case = load_case(content("examples") / "medical-notes.yaml")
    late = candidate_of("late", case.with_answers({"constraints.deadline_weeks": 1}), ground)
    assert late.state == "too_late" and "road map" in late.missing[0]
    dead = case.with_answers({"models.tuned_in_use": ("ft:gpt-4.1-mini-2025-04-14:org::1",)})
    found = candidate_of("dead", dead._replace(as_of=None).with_answers({"constraints.deadline_weeks": 40}), ground)
    assert found.deadline is not None and found.deadline.on == date(2027, 1, 14)


def test_broken_files_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    """Text that is no YAML, bytes that are no text, a folder with the name of a file, and one good case."""
    (tmp_path / "good.yaml").write_bytes((content("examples") / "pizzeria.yaml").read_bytes())
    (tmp_path / "broken.yaml").write_text("task: [")
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / ".hidden.yaml").write_text("task: [")
    looked = look_at(case_files(tmp_path), DAY)
    assert [one.name for one in looked.candidates] == ["good.yaml"]
    assert {one.name for one in looked.unread} == {"broken.yaml", "bytes.json"}


def test_every_form(tmp_path: Path) -> None:
    """JSON, CSV, a page without scripts, a picture, and text of 80 columns; names are escaped."""
    run = CliRunner()
    case = (content("examples") / "pizzeria.yaml").read_text().replace("title: A pizzeria", "title: <b>& A pizzeria")
    (tmp_path / "one.yaml").write_text(case)
    asked = ["portfolio", str(tmp_path), "--budget", "5000", "--as-of", "2026-11-21"]
    value = json.loads(run.invoke(advisor, [*asked, "--format", "json"]).output)
    assert value["schema"] == "advisor/portfolio/v1" and value["ranked"][0]["funded"] is True
    rows = list(csv.DictReader(io.StringIO(run.invoke(advisor, [*asked, "--format", "csv"]).output)))
    assert rows[0]["case"] == "one.yaml" and rows[0]["funded"] == "yes"
    page = run.invoke(advisor, [*asked, "--format", "html"]).output
    assert "&lt;b&gt;" in page and "<script" not in page and "<svg" in page
    assert run.invoke(advisor, [*asked, "--format", "svg"]).output.startswith("<svg")
    assert max(map(len, run.invoke(advisor, asked).output.splitlines())) <= 80
    for budget in ("-1", "much", "nan"):
        assert run.invoke(advisor, ["portfolio", str(tmp_path), "--budget", budget]).exit_code != 0
    assert run.invoke(advisor, ["portfolio"]).exit_code != 0


@pytest.mark.slow
def test_several_processes_find_the_same(tmp_path: Path) -> None:
    """Chunks in two processes, and the workspace of the service, give what one process gives."""
    text = (content("examples") / "pizzeria.yaml").read_text()
    sources = [CaseSource(f"case {n}", f"case {n}", text.replace("months: 12", f"months: {n}")) for n in range(1, 402)]
    alone, shared = look_at(sources, DAY, 1), look_at(sources, DAY, 2)
    assert shared.processes == 2 and shared.candidates == alone.candidates
