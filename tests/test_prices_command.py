"""`advisor prices`: what a person sees, and what is appended."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from advisor.cli import advisor
from advisor.errors import InputError
from advisor.files import content, load_pricebook
from advisor.price_entry import add_price

NEW = [
    "--file=openai", "--model=gpt-6-sol", "--kind=base_infer_input", "--unit=per_1m_tokens",
    "--source=openai.com price page of that day",
]  # fmt: skip


def run(*words: str) -> Result:
    """`advisor prices ...`."""
    return CliRunner().invoke(advisor, ["prices", *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped price files."""
    return Path(shutil.copytree(content("pricing"), tmp_path / "pricing"))


def test_show_names_price_day_and_source() -> None:
    """Base, tuned and training prices of a model, each with its day."""
    out = run("show", "gpt-4o-mini", "--on", "2026-11-21").output
    assert "$0.15 per_1m_tokens  2026-10-14 [" in out
    assert "train_sft" in out and "$3.00" in out
    assert "Sources" in out
    assert max(map(len, out.splitlines())) <= 80


def test_show_falls_back_on_the_package_by_name() -> None:
    """A model that our files do not have is priced by the package, and it says so."""
    out = run("show", "claude-3-5-haiku-20241022", "--on", "2026-11-21").output
    assert "$0.80" in out and "genai-prices" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["show", "gpt-4o-mini", "--on", "2020-01-01"], "no price is known"),
        (["show", "gpt-99", "--on", "2026-11-21"], "there is no price of a model named gpt-99"),
        (["list", "--provider", "runpd"], "did you mean runpod?"),
        (["list", "--kind", "train_stf"], "did you mean train_sft?"),
    ],
)
def test_what_is_not_known_is_said(words: list[str], says: str) -> None:
    """Exit code 2 or an error that names what is missing."""
    result = run(*words)
    assert result.exit_code != 0
    assert says in result.output + str(result.exception)


def test_list_as_csv_and_json_hold_the_same() -> None:
    """Every price of the day, in both forms."""
    rows = list(csv.DictReader(io.StringIO(run("list", "--on", "2026-11-21", "--format", "csv").output)))
    listed = json.loads(run("list", "--on", "2026-11-21", "--format", "json").output)
    assert len(rows) == len(listed) > 400
    assert [row["usd"] for row in rows] == [item["usd"] for item in listed]


def test_check_of_the_shipped_prices_ends_well() -> None:
    """No errors; old entries are warnings, which fail only where that is asked for."""
    result = run("check", "--on", "2026-11-21")
    assert result.exit_code == 0
    assert ": 0 errors, " in result.output
    assert run("check", "--on", "2026-11-21", "--fail-on", "warning").exit_code == 1


def test_add_appends_and_touches_nothing_else(folder: Path) -> None:
    """Every old line is still there in its order; the new price holds from its day."""
    path = folder / "openai.yaml"
    old = path.read_text(encoding="utf-8").splitlines()
    added = run("add", "--prices", str(folder), *NEW, "--usd", "2.5", "--valid-from", "2026-12-01")
    assert added.exit_code == 0, added.output
    new = path.read_text(encoding="utf-8").splitlines()
    assert [line for line in new if line in set(old)] == old
    assert len(new) == len(old) + 2  # the entry and its source
    book = load_pricebook(folder)
    from datetime import date

    assert str(book.price_on("gpt-6-sol", "base_infer_input", date(2026, 12, 1)).usd) == "2.5"
    assert str(book.price_on("gpt-6-sol", "base_infer_input", date(2026, 11, 30)).usd) == "2"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--usd", "0", "--valid-from", "2026-12-01"], "a price of 0 is none"),
        (["--usd", "nan", "--valid-from", "2026-12-01"], "a price of NaN is none"),
        (["--usd", "two", "--valid-from", "2026-12-01"], "two is not a price"),
        (["--usd", "0.002", "--valid-from", "2026-12-01"], "is it per 1K?"),
        (["--usd", "2.5", "--valid-from", "2026-10-01"], "has a price from 2026-10-14"),
        (["--usd", "2.5", "--valid-from", "2026-12-01", "--kind=base_infer_inptu"], "did you mean base_infer_input?"),
        (["--usd", "0.002", "--valid-from", "2026-12-01", "--model=gpt-7"], "is it per 1K?"),
        (["--usd", "0.008", "--valid-from", "2026-12-01", "--model=gpt-7", "--kind=base_infer_output"], "per 1K?"),
        (["--usd", "2.5", "--valid-from", "2026-12-01", "--provider", "openai"], "already names the provider"),
    ],
)
def test_add_refuses_what_cannot_be_right(folder: Path, words: list[str], says: str) -> None:
    """Nothing is written, and the sentence says why."""
    before = (folder / "openai.yaml").read_bytes()
    result = run("add", "--prices", str(folder), *NEW, *words)
    assert isinstance(result.exception, InputError)
    assert says in str(result.exception)
    assert (folder / "openai.yaml").read_bytes() == before


def test_add_may_be_tried_first(folder: Path) -> None:
    """--dry-run prints the entry and writes nothing."""
    before = (folder / "openai.yaml").read_bytes()
    result = run("add", "--prices", str(folder), *NEW, "--usd", "2.5", "--valid-from", "2026-12-01", "--dry-run")
    assert "nothing written" in result.output and "usd: 2.5" in result.output
    assert (folder / "openai.yaml").read_bytes() == before


def test_add_to_a_file_that_is_not_there(folder: Path) -> None:
    """The nearest name is offered."""
    with pytest.raises(InputError, match="did you mean openai"):
        add_price(folder, "opanai", {})
