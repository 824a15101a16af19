"""Tuned models that will be shut down: their lives, prices, data and plans, against a real host on this machine."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from advisor.cli import advisor
from advisor.errors import HostError, InputError, RuleBookError
from advisor.rescue.ground import load_ground, load_rescue_rules
from advisor.rescue.host_inventory import HostInventory
from advisor.rescue.model_list import read_list
from advisor.rescue.options import Priced
from advisor.rescue.rescue_calendar import backwards, least_days
from advisor.rescue.rescue_plan import Plan, rescue
from advisor.rescue.rescue_rules import build_rescue_rules
from advisor.rescue.tuned_model import InUse, TrainingData, Usd, parsed
from advisor.strict_yaml import read
from tests.retiring_host import ROWS, RetiringHost, retiring_host

DAY = date(2026, 11, 21)
MINI = "ft:gpt-4o-mini-2024-07-18:acme:support:abc"
RULES = load_rescue_rules()


@cache
def ground(day: date = DAY) -> Priced:
    """Rules and prices for a day."""
    return load_ground(day)


def plan_of(one: InUse, day: date = DAY) -> Plan:
    """The plan for one model."""
    return rescue([one], RULES, ground(day)).plans[0]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (MINI, ("gpt-4o-mini-2024-07-18", "acme", "support", "abc", True)),
        ("ft:gpt-4.1-2025-04-14:acme::abc", ("gpt-4.1-2025-04-14", "acme", "", "abc", True)),
        ("ft:gpt-3.5-turbo-0125:acme:x:abc:ckpt-step-90", ("gpt-3.5-turbo-0125", "acme", "x", "abc", True)),
        ("gpt-4o", ("gpt-4o", "", "", "", False)),
        ("ft:", ("", "", "", "", False)),
    ],
)
def test_ids(model: str, expected: tuple[object, ...]) -> None:
    """The parts of an id, with and without suffix and checkpoint."""
    assert parsed(model) == expected


@given(st.text("ft:-ab01/é", max_size=60))
def test_any_id_is_read(model: str) -> None:
    """Whatever stands there is a name, and never an error."""
    assert isinstance(parsed(f"ft:{model}").base, str)


def test_the_dates_of_k_1() -> None:
    """gpt-3.5 is dead since 2026-10-23; 4o, 4o-mini, 4.1 and 4.1-mini end on 2027-01-14, 54 days from now."""
    dead = plan_of(InUse("ft:gpt-3.5-turbo-0125:acme::x"))
    assert (dead.life.state, dead.life.ends_on, dead.usd_a_month) == ("dead", date(2026, 10, 23), None)
    assert dead.advised == "prompt_or_rag" and not dead.calendar and dead.life.source
    for base in ("gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "gpt-4.1-2025-04-14", "gpt-4.1-mini-2025-04-14"):
        life = plan_of(InUse(f"ft:{base}:acme::x")).life
        assert (life.state, life.ends_on, life.days_left) == ("ends", date(2027, 1, 14), 54)


def test_unknown_models_are_said_to_be_unknown() -> None:
    """No date, no price, and no word of having time."""
    plan = plan_of(InUse("ft:llama-9:acme::q", requests=10, input_tokens=100, output_tokens=10))
    assert (plan.life.state, plan.usd_a_month, plan.advised) == ("unknown", None, "save_data")
    assert "not known" in plan.life.note and "no price" in plan.usd_note


def test_a_month_by_hand() -> None:
    """30M tokens in at $0.30 and 6M out at $1.20 are $9 and $7.20; of a bare sum only the ends are known."""
    exact = plan_of(InUse(MINI, input_tokens=30_000_000, output_tokens=6_000_000))
    assert exact.usd_a_month == Usd(Decimal("16.20"), Decimal("16.20"))
    assert plan_of(InUse(MINI, tokens=10_000_000)).usd_a_month == Usd(Decimal("3.00"), Decimal("12.00"))
    unknown = plan_of(InUse(MINI))
    assert unknown.usd_a_month is None and "its use is not given" in unknown.usd_note


@pytest.mark.parametrize(
    ("model", "day", "data", "advised"),
    [
        (MINI, DAY, "fetchable", "retrain"),
        (MINI, DAY, "gone", "distil"),
        (MINI, date(2027, 1, 10), "fetchable", "prompt_or_rag"),
        (MINI, date(2027, 1, 14), "local", "retrain"),
        (MINI, date(2027, 1, 14), "forbidden", "prompt_or_rag"),
    ],
)
def test_advice(model: str, day: date, data: str, advised: str) -> None:
    """By the time that is left and the data that are there; on the day of the shutdown it is dead."""
    known = TrainingData(data, "told")  # type: ignore[arg-type]
    plan = plan_of(InUse(model, data=known), day)
    assert plan.advised == advised
    if advised == "distil":
        option = next(one for one in plan.options if one.way == "distil")
        assert option.collecting and option.collecting.usd and not option.why_not
        # 2,000 answers of 500 tokens, 150 of them written: 2000 x (350 x 0.3 + 150 x 1.2) / 1M.
        assert option.collecting.usd == Decimal("0.57") and option.one_time_usd and option.memory and option.hours


def test_the_calendar_ends_at_the_shutdown() -> None:
    """Worked by hand: 34 days back from 2027-01-14 is 2026-12-11; ten days at the least is 2027-01-04."""
    days = backwards(RULES.calendar, date(2027, 1, 14))
    assert (days[0].begin_by, days[0].at_the_latest) == (date(2026, 12, 11), date(2027, 1, 4))
    assert least_days(RULES.calendar) == 10 and [one.step for one in days][2] == "prove"


def test_the_hosts_own_date_holds() -> None:
    """It is newer than what we read, and a difference is told."""
    plan = plan_of(InUse(MINI, host_says_on=date(2027, 2, 1), source="GET /v1/models"))
    assert plan.life.ends_on == date(2027, 2, 1) and "2027-01-14" in plan.life.note


def test_rules_leave_no_case_open() -> None:
    """A file that lacks a rule, or names what does not exist, is refused with its line."""
    from advisor.files import content

    text = (content("rules") / "rescue.yaml").read_text()
    with pytest.raises(RuleBookError, match="no rule holds"):
        build_rescue_rules(read(text.replace("when: {life: [too_short]}", "when: {life: [ends]}"), "r.yaml"))
    with pytest.raises(RuleBookError, match="advice"):
        build_rescue_rules(read(text.replace("advise: distil", "advise: pray"), "r.yaml"))


def test_lists(tmp_path: Path) -> None:
    """Text, CSV, YAML, JSON and a host's own reply name the same models."""
    (tmp_path / "rows.jsonl").write_bytes(ROWS)
    entry = {"model": MINI, "monthly_tokens": "1,000", "training_file": "rows.jsonl"}
    forms = {
        "a.txt": f"# ours\n{MINI}  # support\n\n",
        "b.csv": f'Model,Monthly tokens,training_file,owner\n{MINI},"1,000",rows.jsonl,us\n',
        "c.yaml": f"models:\n- model: {MINI}\n  monthly_tokens: 1000\n  training_file: rows.jsonl\n- {MINI}\n",
        "d.json": json.dumps({"object": "list", "data": [{"id": MINI, "shutdown_date": "2027-01-14"}]}),
        "e.jsonl": json.dumps(entry) + "\n",
    }
    for name, text in forms.items():
        (tmp_path / name).write_text(text)
        found = read_list(tmp_path / name)
        assert [one.model for one in found.models] == [MINI], name
        if name[0] in "bce":
            assert (found.models[0].tokens, found.models[0].data.state) == (1000, "local"), name
    assert "owner" in read_list(tmp_path / "b.csv").notes[0]
    for text in ("model,requests\nft:a:b::c,many\n", "model,requests\n,5\n", "model,shutdown_date\nft:a:b::c,soon\n"):
        (tmp_path / "bad.csv").write_text(text)
        with pytest.raises(InputError, match=r"bad\.csv:2"):
            read_list(tmp_path / "bad.csv")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> RetiringHost:  # type: ignore[misc]
    """Four tuned models over three pages: one file there, one deleted, one refused, one of an unknown job."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with retiring_host() as running:
        names = [f"ft:gpt-4o-mini-2024-07-18:acme::{name}" for name in ("there", "deleted", "refused", "other")]
        ends = int(date(2027, 1, 14).strftime("%s")) + 50_000
        running.models = [{"id": "gpt-4o-mini"}, *({"id": name, "shutdown_date": "2027-01-14"} for name in names)]
        running.models[1]["shutdown_date"] = ends
        running.jobs = [(f"job-{n}", name, f"file-{n}") for n, name in enumerate(names[:3])]
        running.files = {"file-0": ROWS, "file-1": 404, "file-2": 403}
        yield running


@pytest.mark.slow
def test_inventory_of_a_host(host: RetiringHost) -> None:
    """Every page is read, each file is really asked for, and a limit is waited out."""
    host.limit_once = {"/models", "/files/file-0/content"}
    found = HostInventory(host.base_url, "OPENAI_API_KEY").models(DAY)
    assert [one.data.state for one in found.models] == ["fetchable", "gone", "forbidden", "unknown"]
    assert {one.host_says_on for one in found.models} == {date(2027, 1, 14)}
    assert host.calls.count("/models") == 4 and host.calls.count("/fine_tuning/jobs") == 2
    plans = rescue(found.models, RULES, ground()).plans
    assert [one.advised for one in plans if one.model.endswith(("there", "deleted"))] == ["distil", "retrain"]


@pytest.mark.slow
def test_a_host_that_lists_no_jobs_or_nothing(host: RetiringHost) -> None:
    """Without jobs the models are listed all the same, with a note; without a list of models it is an error."""
    host.job_status = 403
    found = HostInventory(host.base_url, "OPENAI_API_KEY").models(DAY)
    assert len(found.models) == 4 and "jobs could not be listed" in found.notes[0]
    host.base_url = host.base_url.replace("/v1", "/v1/files/file-0")
    with pytest.raises(HostError):
        HostInventory(host.base_url, "OPENAI_API_KEY").models(DAY)


@pytest.mark.slow
def test_start_fetches_the_rows_and_plans(host: RetiringHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dry run fetches nothing; a run fetches the file once and writes a plan that `advisor tune start` takes."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path / "data"))
    model = host.models[1]["id"]
    asked = [
        "rescue",
        "start",
        model,
        "--from-api",
        "--base-url",
        host.base_url,
        "--out",
        str(tmp_path / "out"),
        "--yes",
    ]
    run = CliRunner()
    assert run.invoke(advisor, [*asked, "--dry-run"]).exit_code == 0
    assert not (tmp_path / "out").exists()
    done = run.invoke(advisor, asked)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "out" / "training.jsonl").read_bytes() == ROWS
    assert "advisor tune start" in done.output and (tmp_path / "out" / "plan.yaml").exists()
    before = host.calls.count("/files/file-0/content")
    assert run.invoke(advisor, asked).exit_code == 0
    assert host.calls.count("/files/file-0/content") == before + 1  # the look of the inventory; not fetched again


@pytest.mark.slow
def test_start_collects_answers_and_goes_on(
    host: RetiringHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the answers fail at first; the same command asks for the missing ones alone."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path / "data"))
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("".join(f"question number {n}\n" for n in range(20)))
    model = host.models[2]["id"]
    asked = ["rescue", "start", model, "--from-api", "--base-url", host.base_url, "--out", str(tmp_path / "out")]
    asked += ["--prompts", str(prompts), "--yes"]
    host.fail_from = 12
    run = CliRunner()
    first = run.invoke(advisor, asked)
    assert first.exit_code == 0 and "8 are missing" in first.output, first.output
    host.fail_from = 10**9
    second = run.invoke(advisor, asked)
    assert second.exit_code == 0, second.output
    rows = (tmp_path / "out" / "training.jsonl").read_text().splitlines()
    assert len(rows) == 20 and json.loads(rows[3])["messages"][-1]["content"] == "answer to question number 3"
    assert len(host.asked) == 20 + 8


@pytest.mark.slow
def test_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text of 80 columns, the record, a page; without a source the kept cases are looked at."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path / "none"))
    (tmp_path / "list.txt").write_text(f"{MINI}\n")
    asked = ["rescue", "--list", str(tmp_path / "list.txt"), "--as-of", "2026-11-21"]
    run = CliRunner()
    text = run.invoke(advisor, asked).output
    assert max(map(len, text.splitlines())) <= 80 and "54 days left" in text
    value = json.loads(run.invoke(advisor, [*asked, "--format", "json"]).output)
    assert value["schema"] == "advisor/rescue/v1" and value["models"][0]["start_by"] == "2026-12-11"
    assert "<script" not in run.invoke(advisor, [*asked, "--format", "html"]).output
    assert "NO TUNED MODEL WAS FOUND" in run.invoke(advisor, ["rescue"]).output
    assert isinstance(run.invoke(advisor, [*asked, "--from-api"]).exception, InputError)
