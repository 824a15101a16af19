"""Plans of training runs: what they say, what stops them, and that the same plan is the same run."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.cli import advisor
from advisor.errors import InputError, PriceMissingError, RuleBookError
from advisor.files import content
from advisor.strict_yaml import read
from advisor.tuning.hosts import build_tuning_hosts
from advisor.tuning.hyperparameters import build_setting_rules
from advisor.tuning.plan import TunePlan, read_plan
from advisor.tuning_rules import load_tuning_rules

AZURE = ("--base-url", "https://ours.openai.azure.com/openai/v1", "--model", "gpt-4.1-mini")


def write_rows(path: Path, count: int, text: str = "") -> Path:
    """`count` chat rows about faults."""
    rows = [
        {
            "messages": [
                {"role": "user", "content": f"Fault {number * 7919} at the pump {text}"},
                {"role": "assistant", "content": f"Check part {number}"},
            ]
        }
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """300 rows."""
    return write_rows(tmp_path / "train.jsonl", 300)


def plan(data: Path, *words: str, case: str = "internal-code-framework") -> TunePlan:
    """`advisor tune plan` of a worked case on 2026-11-21."""
    out = data.with_name("plan.yaml")
    path = str(content("examples") / f"{case}.yaml")
    line = ["tune", "plan", path, "--data", str(data), "--as-of", "2026-11-21", "--out", str(out), *words]
    CliRunner().invoke(advisor, line, catch_exceptions=False)
    return read_plan(out)


def test_the_recommendation_decides_what_is_not_asked_for(data: Path) -> None:
    """Classes begin with the linear head, a code framework with an adapter; each setting has its reason."""
    linear = plan(data, case="iot-log-classifier")
    assert (linear.back_end, linear.base_model, linear.cost, linear.uploads) == ("linear", "advisor-linear", None, ())
    lora = plan(data)
    assert lora.back_end == "lora" and lora.base_model.startswith("hf/")
    assert lora.order()["n_epochs"] == 3 and lora.training_tokens == 3 * lora.data.tokens
    assert all(setting.why and setting.source for setting in lora.hyperparameters.values())
    assert lora.memory is not None and lora.memory.p10 < lora.memory.p50 < lora.memory.p90
    assert lora.time is None  # no card was named


def test_a_card_gives_time_and_one_that_is_too_small_stops(data: Path) -> None:
    """From the estimate of memory and time."""
    found = plan(data, "--backend", "lora", "--model", "hf/Qwen/Qwen3-8B", "--gpu", "A100 80GB")
    assert found.time is not None and found.time.unit == "hours" and 0 < found.time.p10 < found.time.p90
    with pytest.raises(InputError, match=r"RTX 4090 24GB cannot hold this run"):
        plan(data, "--backend", "lora", "--model", "hf/meta-llama/Llama-3.1-70B", "--gpu", "RTX 4090")


def test_the_price_of_a_host_by_hand(data: Path) -> None:
    """Tokens x 3 epochs x $5 per 1M at Azure, and 5 % above it at most; what leaves is said, with K-3."""
    found = plan(data, *AZURE)
    assert found.cost is not None
    expected = (Decimal(found.data.tokens * 3) * 5 / 1_000_000).quantize(Decimal("0.01"))
    assert found.cost.p50 == expected and found.cost.p90 >= expected
    assert found.uploads[0].to == "azure" and "K-3" in found.uploads[0].note
    with pytest.raises(InputError, match=r"above the ceiling of \$0\.01"):
        plan(data, *AZURE, "--spend-up-to", "0.01")


def test_the_same_plan_is_the_same_run(data: Path) -> None:
    """Another day or ceiling changes nothing; another seed or row does."""
    first = plan(data, *AZURE)
    assert plan(data, *AZURE, "--spend-up-to", "50").run == first.run
    assert plan(data, *AZURE, "--seed", "1").run != first.run
    write_rows(data, 301)
    assert plan(data, *AZURE).run != first.run


def test_what_stops_a_plan(data: Path, tmp_path: Path) -> None:
    """Broken rows, personal data that would leave, a closed service, no price, too few rows: a sentence each."""
    with pytest.raises(InputError, match="taken no new tuning jobs since 2026-05-07"):
        plan(data, "--backend", "openai_api", "--model", "gpt-4.1-mini-2025-04-14")
    with pytest.raises(PriceMissingError, match=r"no price is known at api\.example\.com"):
        plan(data, "--base-url", "https://api.example.com/v1", "--model", "x")
    with pytest.raises(InputError, match="over http the key and the data could be read"):
        plan(data, "--base-url", "http://api.example.com/v1", "--model", "x")
    personal = write_rows(tmp_path / "personal.jsonl", 20, "ann@example.com")
    with pytest.raises(InputError, match="personal data would be uploaded to azure: 20 x personal_email"):
        plan(personal, *AZURE)
    assert plan(personal, "--backend", "linear").uploads == ()
    few = write_rows(tmp_path / "few.jsonl", 5)
    with pytest.raises(InputError, match="azure asks for at least 10 examples, there are 5"):
        plan(few, *AZURE)
    with data.open("a", encoding="utf-8") as stream:
        stream.write("broken\n")
    with pytest.raises(InputError, match="blocking findings: 1 x json_error"):
        plan(data)


def test_a_host_on_this_machine_is_not_paid(data: Path) -> None:
    """And nothing leaves."""
    found = plan(data, "--base-url", "http://127.0.0.1:8000/v1", "--model", "advisor-linear")
    assert (found.cost, found.uploads) == (None, ())


def test_a_changed_plan_is_read_strictly(data: Path) -> None:
    """A misspelt or missing field is named."""
    plan(data)
    path = data.with_name("plan.yaml")
    path.write_text(path.read_text().replace("suffix:", "sufix:"), encoding="utf-8")
    with pytest.raises(InputError, match="suffix: field required"):
        read_plan(path)
    path.write_text("[1", encoding="utf-8")
    with pytest.raises(InputError, match="this is no YAML"):
        read_plan(path)


def test_settings_go_by_the_number_of_rows() -> None:
    """The first step that the rows are below; rules without a last step are refused."""
    settings = load_tuning_rules().settings

    def epochs(rows: int) -> object:
        return next(item.value for item in settings.for_rows("lora", rows) if item.name == "n_epochs")

    assert [epochs(rows) for rows in (10, 199, 200, 4999, 5000, 10**6)] == [5, 5, 3, 3, 1, 1]
    rule = "{name: n, values: [{rows_below: 5, value: 1}], why: w, source: a}"
    text = f"as_of: x\nsources: {{a: {{says: s, as_of: d}}}}\nlora: [{rule}]"
    with pytest.raises(RuleBookError, match="the last value must be for any number of rows"):
        build_setting_rules(read(text, "x.yaml"))


def test_hosts_are_known_by_their_address() -> None:
    """And an address that only looks like one is not."""
    hosts = load_tuning_rules().hosts
    assert hosts.at(None).id == hosts.at("https://api.openai.com/v1").id == "openai"
    assert hosts.at("https://x.openai.azure.com/openai/v1").id == "azure"
    assert hosts.at("https://api.openai.com.evil.example/v1").provider == ""
    assert hosts.at("https://api.together.xyz/v1").status("completed") == "succeeded"
    with pytest.raises(InputError, match="is no address"):
        hosts.at("api.openai.com")
    with pytest.raises(RuleBookError):
        build_tuning_hosts(read("as_of: x\nhosts: {a: {provider: p}}", "x.yaml"))
