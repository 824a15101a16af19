"""Roll-outs: what a stage shows, what is done about it, and that nothing is done twice."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from advisor.errors import InputError, RuleBookError
from advisor.files import content
from advisor.operation.deployment_shown import plan_text
from advisor.operation.deployment_spec import Settings, routes_of
from advisor.operation.rollout_changes import advance, change_routes, change_settings, hold, resume, rollback, start
from advisor.operation.rollout_check import Checked, check, check_all, look
from advisor.operation.rollout_files import load_rollout_rules
from advisor.operation.rollout_rules import RollOutRules, build_rollout_rules
from advisor.operation.stage_evidence import Evidence, Sides, judge
from advisor.operation.stage_plan import records_until_met
from advisor.store.audit import Deed
from advisor.store.database import Store, open_store
from advisor.store.deployments import Deployment, DeploymentChanged
from advisor.strict_yaml import read
from tests.deployments import DEED, deployed, fill, host_route

ROUTES = {
    "incumbent": host_route("http://127.0.0.1:9/v1", "old"),
    "candidate": host_route("http://127.0.0.1:9/v1", "new"),
}
RULES = load_rollout_rules()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A store on SQLite."""
    opened = open_store(tmp_path_factory.mktemp("rollout"))
    yield opened
    opened.close()


def begun(store: Store, name: str, stage: str = "pilot", **settings: Any) -> Deployment:
    """A roll-out that has run for a month."""
    known = start(store, deployed(store, name, ROUTES, **settings), None, stage, DEED)
    return aged(store, known)


def aged(store: Store, known: Deployment) -> Deployment:
    """The same, with its stage begun a month ago."""
    from sqlalchemy import update

    from advisor.store.operation_tables import DEPLOYMENTS

    since = known.stage_since_ms - 30 * 86_400_000
    with store.engine.begin() as connection:
        connection.execute(update(DEPLOYMENTS).where(DEPLOYMENTS.c.id == known.id).values(stage_since_ms=since))
    return known._replace(stage_since_ms=since)


def states(found: Checked | None) -> dict[str, str]:
    """The state of each criterion."""
    assert found is not None
    return {one.criterion: one.state for one in found.judgement.findings}


@pytest.mark.slow
def test_a_good_candidate_waits_for_approval(store: Store) -> None:
    """All that can be known is shown; as nobody judged answers somebody must approve, which is asked for once."""
    known = begun(store, "good", advance="automatic")
    fill(store, known, 14_000, share=0.05)
    found = check(store, RULES, known, DEED)
    assert found and found.judgement.state == "ready" and found.done == "approval_wanted"
    assert states(found) == {"quality": "missing", "errors": "met", "latency": "met", "cost": "met"}
    check(store, RULES, known, DEED)
    kinds = [event.kind for event in store.deployment_events.page(known.id).items]
    assert kinds == ["approval_wanted", "start", "create"]
    staged = advance(store, RULES, known, DEED, "by hand", found.reference)
    assert (staged.stage, staged.revision) == ("staged", known.revision + 1)


def test_a_bad_candidate_is_rolled_back(store: Store) -> None:
    """One that fails in one of five requests goes, with the numbers in the event, and the incumbent stays."""
    known = begun(store, "bad")
    fill(store, known, 3_000, share=0.05, errors=(0.2, 0.01))
    found = check(store, RULES, known, DEED)
    assert found and found.done == "rollback"
    assert found.deployment.stage == "steady" and routes_of(found.deployment).candidate is None
    event = store.deployment_events.page(known.id, kind="rollback").items[0]
    assert "errors is worse than allowed" in event.message
    assert event.data and event.data["criteria"][1]["state"] == "alarm"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "more", "criterion"),
    [("slower", {"slow": (0.6, 0.05)}, "latency"), ("dearer", {"usd_nano": (9_000, 1_000)}, "cost")],
)
def test_a_slow_or_dear_candidate_is_held(store: Store, name: str, more: dict[str, Any], criterion: str) -> None:
    """By policy it is held instead, so that somebody can look at it."""
    known = begun(store, name, "ab", on_alarm="hold")
    fill(store, known, 2_000, share=0.5, **more)
    found = check(store, RULES, known, DEED)
    assert found and found.done == "hold" and found.deployment.held
    assert states(found)[criterion] == "alarm"
    with pytest.raises(InputError, match="is held"):
        advance(store, RULES, found.deployment, DEED, "")
    again = resume(store, found.deployment, DEED, "mended")
    assert again.held is None and again.stage_since_ms > known.stage_since_ms


def test_unknown_prices_are_missing(store: Store) -> None:
    """Where a price is not known the cost is not judged, and never taken as nothing."""
    known = begun(store, "unpriced", "ab")
    fill(store, known, 1_000, share=0.5, usd_nano=(None, 1_000))
    assert states(look(store, RULES, known))["cost"] == "missing"


@pytest.mark.slow
def test_thumbs_count_as_quality(store: Store) -> None:
    """Liked and disliked answers are compared; a rejected correction and a second thumb on one answer do not count."""
    from sqlalchemy import insert

    from advisor.store.operation_tables import FEEDBACK

    known = begun(store, "judged", "ab")
    records = fill(store, known, 1_200, share=0.5, errors=(0, 0))
    rows: list[dict[str, Any]] = []
    for number, one in enumerate(records):
        bad = one.role == "candidate" and number % 2
        for kind, status in (("down" if bad else "up", "kept"), ("up", "kept"), ("correction", "rejected")):
            rows.append(
                {
                    **{"id": f"{one.id}-{len(rows)}", "deployment_id": known.id, "record_id": one.id, "at_ms": 1},
                    **{"kind": kind, "source": "test", "status": status},
                }
            )
    with store.engine.begin() as connection:
        connection.execute(insert(FEEDBACK), rows)
    found = look(store, RULES, known)
    assert states(found)["quality"] == "alarm"
    quality = found.judgement.findings[0] if found else None
    assert quality and quality.incumbent == 1.0 and quality.candidate == pytest.approx(0.5, abs=0.05)


def test_the_whole_way_to_production(store: Store) -> None:
    """Pilot, staged, full, production: the version before stays as previous, and takes over again at once."""
    known = begun(store, "whole")
    for stage in ("staged", "full", "steady"):
        known = advance(store, RULES, known, DEED, "shown", {"errors": 0.01, "slow_ms": 95.0, "latency": 0.1})
        assert known.stage == stage
        if stage == "full":
            known = aged(store, known)
            fill(store, known, 2_000, share=1.0)
            found = look(store, RULES, known)
            assert states(found) == {"quality": "missing", "errors": "met", "latency": "met", "cost": "missing"}
    routes = routes_of(known)
    assert routes.incumbent.model == "new" and routes.previous and routes.candidate is None
    back = rollback(store, known, DEED, "complaints")
    assert routes_of(back).incumbent.model == "old"


def test_steps_that_the_stage_does_not_allow(store: Store) -> None:
    """Each is refused with what to do instead, and changes nothing."""
    steady = deployed(store, "steps", {"incumbent": ROUTES["incumbent"]})
    with pytest.raises(InputError, match="no candidate"):
        start(store, steady, None, "pilot", DEED)
    with pytest.raises(InputError, match="production"):
        start(store, steady, routes_of(steady).incumbent, "pilot", DEED)
    with pytest.raises(InputError, match="no roll-out"):
        advance(store, RULES, steady, DEED, "")
    with pytest.raises(InputError, match="no previous"):
        rollback(store, steady, DEED, "")
    with pytest.raises(InputError, match="no other model"):
        hold(store, steady, DEED, "")
    running = begun(store, "steps2", "shadow")
    with pytest.raises(InputError, match="stage shadow"):
        start(store, running, None, "pilot", DEED)
    with pytest.raises(InputError, match="stage shadow"):
        change_routes(store, running, routes_of(running), DEED)
    with pytest.raises(InputError, match="does not come after"):
        advance(store, RULES, running, DEED, "", to="shadow")
    changed = change_settings(store, running, Settings(slow_ms=5.0), DEED)
    assert changed.stage_since_ms > running.stage_since_ms


def test_a_user_who_asks_all_day_does_not_decide(store: Store) -> None:
    """Of one user at most 50 records a day count."""
    known = begun(store, "flood", "ab")
    records = fill(store, known, 500, share=1.0, errors=(1.0, 0))
    from sqlalchemy import update

    from advisor.store.operation_tables import GATEWAY_RECORDS

    with store.engine.begin() as connection:
        change = update(GATEWAY_RECORDS).where(GATEWAY_RECORDS.c.deployment_id == known.id)
        connection.execute(change.values(user_digest="one", at_ms=records[0].at_ms))
    found = look(store, RULES, known)
    assert found and found.judgement.why.startswith("50 of 500 answers")


def promote(folder: str, name: str) -> str:
    """What another process makes of the same deployment: `done`, or `late`."""
    store = open_store(Path(folder))
    known = store.deployments.find(name, "default")
    assert known is not None
    try:
        advance(store, RULES, known._replace(stage="pilot", revision=2), Deed("worker", "default", ""), "met")
    except DeploymentChanged:
        return "late"
    finally:
        store.close()
    return "done"


@pytest.mark.slow
def test_two_workers_never_promote_twice(tmp_path: Path) -> None:
    """Of four processes that read the same revision one advances it."""
    store = open_store(tmp_path)
    known = begun(store, "twice")
    assert known.revision == 2
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        found = pool.starmap(promote, [(str(tmp_path), "twice")] * 4)
    after = store.deployments.of(known.id)
    events = store.deployment_events.page(known.id, kind="advance").items
    store.close()
    assert sorted(found) == ["done", "late", "late", "late"]
    assert after and (after.stage, after.revision, len(events)) == ("staged", 3, 1)


def test_all_are_checked(tmp_path: Path) -> None:
    """The watch looks at roll-outs of every workspace and leaves the rest alone."""
    store = open_store(tmp_path)
    begun(store, "one")
    deployed(store, "two", ROUTES)
    assert [found.deployment.name for found in check_all(store)] == ["one"]
    store.close()


def test_what_a_plan_says(store: Store) -> None:
    """Who, share, duration at the traffic, criteria with sources, alarm and who decides."""
    known = deployed(store, "planned", ROUTES, shares={"pilot": 0.1})
    text = plan_text(store, RULES, known, "pilot", 1_000)
    for part in ("10%", "1,000 requests a day", "so about 2 days", "M-O1", "rolled back", "advance planned", "errors"):
        assert part in text
    assert "no duration can be said" in plan_text(store, RULES, known, "full")


def test_records_that_a_stage_takes() -> None:
    """More for rarer users' share per block, a smaller tolerance and a higher rate; near what simulation says (566)."""
    assert 450 < records_until_met(0.5, 0.01, 0.02, 0.05) < 900
    assert records_until_met(0.5, 0.01, 0.01, 0.05) > records_until_met(0.5, 0.01, 0.02, 0.05)
    assert records_until_met(0.05, 0.1, 0.02, 0.05) > records_until_met(0.05, 0.01, 0.02, 0.05)


def evidence(**sides: Sides) -> Evidence:
    """Evidence of a month."""
    return Evidence(sides, 10_000, 1_000, {}, 100.0, 1.0)


@pytest.mark.slow
def test_all_criteria_met() -> None:
    """With every criterion known and met the stage may be left; a shorter time or too few answers leave it open."""
    same = Sides([0.0] * 2_000, [0.0] * 2_000)
    cheap = Sides([0.1] * 2_000, [0.2] * 2_000)
    liked = Sides([1.0] * 2_000, [1.0] * 2_000)
    whole = evidence(quality=liked, errors=same, latency=same, cost=cheap)
    stage = RULES.stages["staged"]._replace(share=0.5)
    assert judge(stage, RULES, whole).state == "met"
    assert judge(stage, RULES, whole._replace(hours=3)).why == "3 of 72 hours"
    assert judge(stage, RULES, whole._replace(asked=3)).why == "3 of 500 answers of the candidate"
    assert judge(stage, RULES, whole._replace(sides={**whole.sides, "errors": Sides((), ())})).state == "open"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("share: 0.05,", "share: 0.5,"), "not within its bounds"),
        (("ratio: 1.2", "ratio: 1.2\n    tolerance: 0.1"), "one of them"),
        (("  errors:\n", "  mistakes:\n"), "no criterion named mistakes"),
        (("source: [M-O1, assumption]", "source: [M-O77]"), "no source named M-O77"),
        (("if_missing: wait", "if_missing: never"), "no way named never"),
    ],
)
def test_faults_of_the_rules_are_named(change: tuple[str, str], problem: str) -> None:
    """A mistake in the file is told with its line."""
    text = (content("rules") / "rollout.yaml").read_text()
    assert change[0] in text
    with pytest.raises(RuleBookError, match=problem) as caught:
        built(text.replace(*change, 1))
    assert caught.value.where.startswith("rollout.yaml:")


def built(text: str) -> RollOutRules:
    """Rules from a text."""
    return build_rollout_rules(read(text, "rollout.yaml"), ("M-O1", "M-O2", "M-O3", "M-O5"))
