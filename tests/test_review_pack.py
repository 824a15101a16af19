"""Reviews: figures worked by hand from a few records, what is missing, every format."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.errors import InputError
from advisor.operation.kpi_rules import KpiRules
from advisor.operation.review import make_review
from advisor.operation.review_pack import review_csv, review_record, review_sections
from advisor.operation.rule_files import load_kpi_rules
from advisor.report.terminal import as_text
from advisor.store.database import Store, open_store
from advisor.store.feedback import CORRECTION, DOWN, REVIEW, UP
from tests.operation_records import DEED, deployment, record, said

UNTIL = date(2026, 11, 15)
NOON = int(datetime(2026, 11, 12, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.fixture(scope="module")
def rules() -> KpiRules:
    """The shipped rules."""
    return load_kpi_rules()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder."""
    return tmp_path_factory.mktemp("reviews")


@pytest.fixture(scope="module")
def store(folder: Path) -> Iterator[Store]:
    """A week of a bot: ten requests with one error, one from the cache, one by the fallback and one without a price."""
    opened = open_store(folder)
    bot = deployment(opened, "bot")
    rows = [record(bot, NOON + n, latency_ms=100.0 * (n + 1), user_digest=f"u{n % 3}") for n in range(7)]
    rows += [
        record(bot, NOON, status="error", error="timeout", usd_nano=None),
        record(bot, NOON, status="cached", usd_nano=0, prompt_tokens=0, completion_tokens=0, latency_ms=1),
        record(bot, NOON, role="fallback", usd_nano=None, latency_ms=800.0),
        record(bot, NOON, shown=False, role="candidate"),
        record(bot, NOON - 10 * 86_400_000),  # the week before
    ]
    opened.gateway_records.add_many(rows)
    thumbs = [said(bot, kind, NOON) for kind in (UP, UP, UP, DOWN)]
    judged = [said(bot, kind, NOON, source=REVIEW) for kind in (UP, UP, DOWN)]
    opened.feedback.add([*thumbs, *judged, said(bot, CORRECTION, NOON, correction="x")], DEED)
    opened.kpi_values.set(bot.id, "adoption", "2026-11-01", "2026-11-10", 0.5, None, DEED)
    opened.kpi_values.set(bot.id, "adoption", "2026-11-01", "2026-11-10", 0.4, "counted anew", DEED)
    opened.kpi_values.set(bot.id, "adoption", "2026-11-11", "2026-11-15", 0.7, None, DEED)
    deployment(opened, "silent")
    yield opened
    opened.close()


def test_periods(rules: KpiRules) -> None:
    """A week has seven days; months are those of the calendar."""
    weekly, monthly, quarterly = rules.packs.values()
    assert weekly.first_day(date(2026, 11, 21)) == date(2026, 11, 15)
    assert monthly.first_day(date(2026, 10, 31)) == date(2026, 10, 1)
    assert monthly.first_day(date(2026, 3, 30)) == date(2026, 2, 28)
    assert quarterly.first_day(date(2026, 1, 31)) == date(2025, 11, 1)


def test_figures_worked_by_hand(store: Store, rules: KpiRules) -> None:
    """Each figure of the week as counted with pencil."""
    bot = store.deployments.find("bot", "default")
    assert bot is not None
    review = make_review(store, bot, rules.packs["weekly"], UNTIL)
    now = {one.kpi.id: one.now for one in review.shown}
    assert now["requests"].value == 10
    assert now["availability"].value == pytest.approx(0.9) and now["availability"].counted == "9 of 10 requests"
    assert now["fallbacks"].value == pytest.approx(0.1)
    assert (now["latency_p50"].value, now["latency_p95"].value) == (400.0, 800.0)
    assert now["active_users"].value == 4
    assert now["cost"].value == pytest.approx(8 * 0.0003) and "1 answers without a known price" in now["cost"].counted
    assert now["cost_per_1k_tokens"].value == pytest.approx(0.01)
    assert now["tokens_per_answer"].value == pytest.approx(30)
    assert now["user_rating"].value == pytest.approx(0.75) and now["corrections"].value == 1
    assert now["canary_accuracy"].value is None and "canary" in now["canary_accuracy"].missing
    before = {one.kpi.id: one.before.value for one in review.shown}
    assert before["requests"] == 1
    assert dict(review.lists)["Errors by kind"] == ("timeout: 1",)


def test_each_pack_has_its_own_content(store: Store, rules: KpiRules) -> None:
    """Experts and people's figures come by the month, the pay-back by the quarter; entered ones weigh by days."""
    bot = store.deployments.find("bot", "default")
    assert bot is not None
    monthly, quarterly = (make_review(store, bot, rules.packs[pack], UNTIL) for pack in ("monthly", "quarterly"))
    now = {one.kpi.id: one.now for one in monthly.shown}
    assert now["expert_score"].value == pytest.approx(2 / 3)
    assert now["adoption"].value == pytest.approx((10 * 0.4 + 5 * 0.7) / 15)
    assert now["adoption"].counted == "entered 2 times, for 15 of 31 days"
    assert "the value is missing" in dict(quarterly.lists)["Value against cost"][0]
    assert {one.kpi.id for one in quarterly.shown} > {"consistency", "bias_and_safety", "value"}


def test_nothing_is_no_zero(store: Store, rules: KpiRules) -> None:
    """A bot that nobody asked has no figures but that it was not asked; each says why."""
    silent = store.deployments.find("silent", "default")
    assert silent is not None
    for pack in rules.packs.values():
        review = make_review(store, silent, pack, UNTIL)
        assert {one.kpi.id for one in review.shown if one.now.value is not None} == {"requests", "corrections"}
        assert all(one.now.missing for one in review.shown if one.now.value is None)
        assert "not known" in as_text(review_sections(review, rules), colour=False)
        assert all(kpi["value"] is None for kpi in review_record(review)["kpis"] if kpi["missing"])
        rows = list(csv.DictReader(io.StringIO(review_csv(review))))
        assert all(row["value"] == "" for row in rows if row["missing"])


def test_what_may_be_entered(rules: KpiRules) -> None:
    """Measured figures and impossible values are refused."""
    assert rules.entered("adoption", 1.0).unit == "share"
    for id, value in (("latency_p50", 1.0), ("adoption", 62.0), ("value", -1.0), ("adopton", 0.5)):
        with pytest.raises(InputError):
            rules.entered(id, value)


def test_commands(store: Store, folder: Path, tmp_path: Path) -> None:
    """A figure is entered and stands in the review, as text, CSV and JSON."""
    there = ["--data", str(folder)]
    entered = ["kpi", "set", "bot", "completion", "0.85", "--from", "2026-11-09", "--to", "2026-11-15", *there]
    assert CliRunner().invoke(advisor, entered).exit_code == 0
    assert "completion" in CliRunner().invoke(advisor, ["kpi", "list", "bot", *there]).output
    asked = ["review", "bot", "--pack", "monthly", "--until", "2026-11-15", *there]
    text = CliRunner().invoke(advisor, asked)
    assert text.exit_code == 0 and "85.0%" in text.output and max(map(len, text.output.splitlines())) <= 80
    for name in ("r.csv", "r.json", "r.md"):
        assert CliRunner().invoke(advisor, [*asked, "-o", str(tmp_path / name)]).exit_code == 0
        assert "completed" in (tmp_path / name).read_text()


@pytest.mark.slow
def test_documents(store: Store, folder: Path, tmp_path: Path) -> None:
    """PDF, Word and HTML are made, and call themselves a review."""
    asked = ["review", "bot", "--pack", "quarterly", "--until", "2026-11-15", "--data", str(folder)]
    for name in ("r.pdf", "r.docx", "r.html"):
        done = CliRunner().invoke(advisor, [*asked, "-o", str(tmp_path / name)])
        assert done.exit_code == 0, done.output
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")
    assert "Quarterly review as of" in (tmp_path / "r.html").read_text()
