"""The calibration ledger: errors, bias and coverage, and what the ranges learn from them."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.errors import InputError
from advisor.ledger.accuracy import accuracy
from advisor.ledger.correction import corrected, in_words, learn, median_interval
from advisor.ledger.entry import Entry, Spread
from advisor.ledger.kept import Foreseen, checked_actual, corrections, keep, load_ledger_rules, settle
from advisor.store.database import open_store

RULES = load_ledger_rules()
TIME = RULES.kinds["tune_time_lora_hours"]
UPLIFT = RULES.kinds["quality_uplift"]
RAW = Spread(5.0, 10.0, 20.0)
DAY = date(2026, 11, 21)


def entries(actuals: list[float], raw: Spread = RAW, kind: str = TIME.name) -> list[Entry]:
    """One prediction for each actual value."""
    return [Entry(kind, f"run {n}", raw, raw, actual, DAY) for n, actual in enumerate(actuals)]


def test_figures_worked_by_hand() -> None:
    """Ten runs planned for 10 hours (5 to 20) that took 8, 9, 10, 11, 12, 13, 14, 15, 16 and 40."""
    took = [8.0, 9, 10, 11, 12, 13, 14, 15, 16, 40]
    found = next(one for one in accuracy(entries(took), RULES) if one.kind == TIME.name)
    errors = sorted(abs(10 - one) / one for one in took)
    assert found.median_error == pytest.approx((errors[4] + errors[5]) / 2)
    assert found.p90_error == pytest.approx(errors[8] + 0.1 * (errors[9] - errors[8]))
    assert found.bias is not None and found.bias.median == pytest.approx(math.sqrt(12 * 13) / 10 - 1)
    assert found.coverage is not None and (found.coverage.inside, found.coverage.of) == (9, 10)
    assert (found.coverage.low, found.coverage.high) == pytest.approx((0.5958, 0.9821), abs=5e-4)  # Wilson, by hand
    # Rank ceil(11 x 0.8) = 9 of ten multiples; the largest but one is ln(1.6) / ln(2), so nothing is widened.
    assert found.correction.times == 1


def test_ten_wide_misses_widen_by_the_ninth_multiple() -> None:
    """Nine of ten runs took 40 hours or more, where 20 was the P90: the width doubles on the logarithmic scale."""
    found = learn(entries([10.0] + [40.0] * 9), TIME, RULES.learning)
    assert found.times == pytest.approx(2.0)
    assert corrected(RAW, TIME, found) == pytest.approx((2.5, 10.0, 40.0))
    assert in_words(found, TIME) == "range widened by 2x from 10 of your own runs, ledger of 2026-11-21"


def test_few_records_teach_nothing() -> None:
    """Nine records change nothing, whatever they say, and are said to be too few."""
    wild = entries([1000.0] * 9)
    assert not learn(wild, TIME, RULES.learning).changes_anything
    found = next(one for one in accuracy(wild, RULES) if one.kind == TIME.name)
    assert found.too_few and found.coverage is None and found.bias is None


def test_what_has_no_error_on_its_scale_is_counted_apart() -> None:
    """A run that cost nothing has no logarithm; it is not taken for a good prediction."""
    found = next(one for one in accuracy(entries([0.0, 10.0]), RULES) if one.kind == TIME.name)
    assert (found.known, found.unscored) == (1, 1)


def test_narrowing_waits_for_evidence() -> None:
    """Twenty-nine perfect runs narrow nothing; two hundred do, down to the limit."""
    assert learn(entries([10.0] * 29), TIME, RULES.learning).times == 1
    assert learn(entries([10.0] * 200), TIME, RULES.learning).times == RULES.learning.narrowest


def test_a_bias_is_shrunk() -> None:
    """Forty runs that all took twice as long shift P50 by 40 / 60 of that, on the logarithmic scale."""
    found = learn(entries([20.0] * 40), TIME, RULES.learning)
    assert found.shift == pytest.approx(math.log(2) * 40 / 60)


def test_median_interval_is_that_of_the_sign_test() -> None:
    """Of ten values the second and the ninth (98 %), of five there is none: by the binomial table."""
    assert median_interval([float(n) for n in range(1, 11)]) == (2.0, 9.0)
    assert median_interval([1.0] * 5) == (-math.inf, math.inf)


positive = st.floats(0.01, 1e6, allow_nan=False)


@settings(deadline=None)
@given(st.lists(positive, max_size=60), st.tuples(positive, positive, positive).map(sorted))
def test_a_corrected_range_is_a_range(actuals: list[float], ends: list[float]) -> None:
    """P10 <= P50 <= P90 whatever was learned, above 0, and the same whatever the order of the records."""
    found = learn(entries(actuals), TIME, RULES.learning)
    low, middle, high = corrected(Spread(*ends), TIME, found)
    assert 0 < low <= middle * (1 + 1e-9) and middle <= high * (1 + 1e-9)
    assert learn(entries(actuals)[::-1], TIME, RULES.learning) == found
    assert RULES.learning.narrowest <= found.times <= RULES.learning.widest


@settings(deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=10, max_size=60), st.floats(0.1, 10))
def test_units_do_not_matter(errors: list[float], unit: float) -> None:
    """Hours or minutes: the same factor is learned."""
    took = [10 * math.exp(error) for error in errors]
    there = learn(entries(took), TIME, RULES.learning)
    elsewhere = learn(entries([one * unit for one in took], Spread(*(end * unit for end in RAW))), TIME, RULES.learning)
    assert elsewhere.times == pytest.approx(there.times) and elsewhere.shift == pytest.approx(there.shift, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(("bias", "spread"), [(0.0, 0.54), (0.0, 1.5), (0.7, 0.54), (-0.5, 0.2)])
def test_corrected_ranges_cover(bias: float, spread: float) -> None:
    """Where reality is biased, wilder or tamer than said, a new run falls within P10 to P90 with at least 78 %.

    In 600 simulated ledgers of 40 runs; exact coverage of a split conformal range would be 80 %, its error here 1.6 %.
    """
    generator = np.random.default_rng(7)
    errors = bias + spread * generator.standard_normal((600, 41))
    inside = 0
    for row in errors:
        found = learn(entries([10 * math.exp(error) for error in row[:40]]), TIME, RULES.learning)
        low, _, high = corrected(RAW, TIME, found)
        inside += low <= 10 * math.exp(row[40]) <= high
    assert inside / 600 >= 0.78


def test_differences_are_learned_as_differences() -> None:
    """An uplift may be below 0: its range is moved and widened by sums."""
    raw = Spread(0.2, 0.3, 0.4)
    found = learn(entries([0.0] * 30, raw, UPLIFT.name), UPLIFT, RULES.learning)
    assert found.shift == pytest.approx(-0.3 * 30 / 50)
    low, middle, high = corrected(raw, UPLIFT, found)
    assert middle == pytest.approx(0.12) and low <= 0 <= high


@pytest.mark.slow
def test_a_prediction_comes_true_once(tmp_path: Path) -> None:
    """The same subject is predicted once, settled once, and taught from in its own workspace alone."""
    store = open_store(tmp_path)
    for number in range(12):
        one = Foreseen(TIME.name, RAW, RAW)
        assert keep(store, f"run {number}", [one]) == 1
        assert keep(store, f"run {number}", [one._replace(shown=Spread(1, 2, 3))]) == 0
        assert settle(store, f"run {number}", {TIME.name: 40.0}, "job 1") == 1
        assert settle(store, f"run {number}", {TIME.name: 1.0}, "job 2") == 0
    assert settle(store, "unknown", {TIME.name: 1.0}, "job 2") == 0
    assert keep(store, "not a number", [Foreseen(TIME.name, Spread(1, 2, math.inf), RAW)]) == 0
    assert corrections(store)[TIME.name].times == pytest.approx(2.0)
    assert corrections(store, "another") == {}
    with pytest.raises(InputError):
        checked_actual(store.predictions.all("default")[0], -1.0)
    store.close()


@pytest.mark.slow
def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case is kept once, its bill is written down once, and both are shown."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))
    run = CliRunner()
    assert "Nothing is kept yet" in run.invoke(advisor, ["ledger"]).output
    case = "docs/examples/iot-log-classifier.yaml"
    assert "3 kept" in run.invoke(advisor, ["ledger", "keep", case]).output
    assert "it was kept before" in run.invoke(advisor, ["ledger", "keep", case]).output
    kept = json.loads(run.invoke(advisor, ["ledger", "list", "--format", "json"]).output)
    bill = ["ledger", "add-actual", kept[0]["id"], "--actual", "12000", "--source", "an invoice"]
    assert "within" in run.invoke(advisor, bill).output
    assert isinstance(run.invoke(advisor, bill).exception, InputError)
    found = json.loads(run.invoke(advisor, ["ledger", "--format", "json"]).output)
    assert next(one for one in found["kinds"] if one["kind"] == "case_one_time_usd")["known"] == 1
    assert max(map(len, run.invoke(advisor, ["ledger"]).output.splitlines())) <= 80


@pytest.mark.slow
def test_runs_and_proofs_keep_and_settle_by_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trained linear head settles its time; twelve slow runs widen the next plan's range, which still tells the raw
    one; a proof settles its own time."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path / "data"))
    run, case = CliRunner(), "docs/examples/iot-log-classifier.yaml"
    rows = tmp_path / "rows.jsonl"
    rows.write_text(
        "".join(
            json.dumps(
                {"messages": [{"role": "user", "content": f"{word} {n}"}, {"role": "assistant", "content": word}]}
            )
            + "\n"
            for n in range(30)
            for word in ("power", "network")
        )
    )
    plan = tmp_path / "plan.yaml"
    made = ["tune", "plan", case, "--data", str(rows), "--backend", "linear", "--out", str(plan)]
    assert run.invoke(advisor, made).exit_code == 0
    started = run.invoke(advisor, ["tune", "start", str(plan), "--yes", "--wait"])
    assert started.exit_code == 0, started.output
    kept = json.loads(run.invoke(advisor, ["ledger", "list", "--format", "json"]).output)
    assert [one["kind"] for one in kept] == ["tune_time_linear_seconds"]
    assert kept[0]["actual"] > 0 and kept[0]["subject"].startswith("run-")
    store = open_store(tmp_path / "data")
    for number in range(12):
        keep(store, f"slow {number}", [Foreseen("tune_time_linear_seconds", Spread(1, 2, 4), Spread(1, 2, 4))])
        settle(store, f"slow {number}", {"tune_time_linear_seconds": 8.0}, "a slow machine")
    store.close()
    again = run.invoke(advisor, made)
    assert "widened by 2x from 13 of your own runs" in again.output
    assert "tune_time_linear_seconds" in plan.read_text()
    proved = run.invoke(advisor, ["prove", case, "--data", str(rows), "--no-probes", "--yes"])
    assert proved.exit_code in (0, 1), proved.output
    kinds = {one["kind"] for one in json.loads(run.invoke(advisor, ["ledger", "list", "--format", "json"]).output)}
    assert "prove_cost_usd" not in kinds  # nothing was paid


@pytest.mark.slow
def test_over_the_api(tmp_path: Path) -> None:
    """Listed, settled once, and not seen from another workspace."""
    from tests.api_client import open_api

    with open_api(tmp_path) as api:
        keep(api.resources.store, "run 1", [Foreseen(TIME.name, RAW, RAW)])
        mine, theirs = api.asker(), api.asker("another")
        (one,) = mine.ask("GET", "/api/v1/predictions").get_json()["items"]
        path = f"/api/v1/predictions/{one['id']}/actual"
        assert theirs.ask("PUT", path, json={"actual": 12, "source": "a clock"}).status_code == 404
        assert mine.ask("PUT", path, json={"actual": -1, "source": "a clock"}).status_code == 422
        assert mine.ask("PUT", path, json={"actual": 12, "source": "a clock"}).get_json()["actual"] == 12
        assert mine.ask("PUT", path, json={"actual": 13, "source": "a clock"}).status_code == 409
        kinds = mine.ask("GET", "/api/v1/ledger").get_json()["kinds"]
        assert next(kind for kind in kinds if kind["kind"] == TIME.name)["known"] == 1
        assert theirs.ask("GET", "/api/v1/predictions").get_json()["items"] == []
