"""Dated prices: what holds on a day, what is missing, and what a wrong file says."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.cost.price_book import Price
from advisor.cost.price_check import check_prices, wrong_magnitude
from advisor.errors import InputError, PriceMissingError
from advisor.files import load_pricebook
from advisor.inference_prices import READ_ON, inference_price

BOOK = load_pricebook()
TODAY = date(2026, 11, 21)
SERIES = sorted({(price.model, price.kind, price.provider) for price in BOOK.prices if price.kind != "gpu_hour"})

FILE = """\
provider: acme
currency: USD
sources:
  page: acme.example/pricing
prices:
- {model: big, kind: base_infer_input, usd: 2, unit: per_1m_tokens, valid_from: "2026-01-01", as_of: "2026-01-01", source: page}
- {model: big, kind: base_infer_input, usd: 1.5, unit: per_1m_tokens, valid_from: "2026-06-01", as_of: "2026-06-01", source: page}
"""  # noqa: E501 - rows as they are written


def book_of(folder: Path, text: str) -> None:
    """Load `text` as the only price file."""
    (folder / "acme.yaml").write_text(text, encoding="utf-8")
    load_pricebook(folder)


@pytest.mark.parametrize(
    ("model", "kind", "day", "usd"),
    [
        ("gpt-3.5-turbo", "ft_infer_input", date(2023, 8, 22), "12"),
        ("gpt-3.5-turbo", "ft_infer_input", date(2026, 8, 4), "12"),
        ("gpt-3.5-turbo", "ft_infer_input", date(2026, 8, 5), "3"),
        ("gpt-3.5-turbo", "train_sft", date(2024, 1, 1), "8"),  # K-5: $0.008 per 1K is $8 per 1M
        ("gpt-4o-mini", "train_sft", TODAY, "3"),  # under the name of the snapshot in the file
        ("openai/gpt-4o-mini-2024-07-18", "base_infer_input", TODAY, "0.15"),
    ],
)
def test_the_price_of_the_day(model: str, kind: str, day: date, usd: str) -> None:
    """A price holds from its first day until the day before the next one, under each name of the model."""
    assert BOOK.price_on(model, kind, day).usd == Decimal(usd)


def test_a_day_before_the_first_price_is_an_error_with_the_nearest() -> None:
    """Nothing is taken silently: the message names model, kind, day and the nearest known price."""
    with pytest.raises(PriceMissingError, match=r"ft_infer_input of openai gpt-3.5-turbo on 2023-08-21\n.*12 USD") as e:
        BOOK.price_on("gpt-3.5-turbo", "ft_infer_input", date(2023, 8, 21))
    assert isinstance(e.value.nearest, Price)
    assert e.value.nearest.valid_from == date(2023, 8, 22)


@pytest.mark.parametrize(
    ("model", "kind", "says"),
    [
        ("gpt-4o-mimi", "train_sft", "did you mean gpt-4o-mini?"),
        ("gpt-4o", "train_rlhf", "known are base_infer_cached_input"),
        ("open-up-to-16b", "train_sft_lora", "several providers sell"),
    ],
)
def test_what_has_no_price_is_named(model: str, kind: str, says: str) -> None:
    """A misspelt model, a kind that is not sold, and a model that several sell."""
    with pytest.raises(PriceMissingError, match=says):
        BOOK.price_on(model, kind, TODAY)


@given(series=st.sampled_from(SERIES), days=st.integers(0, 1500))
def test_a_price_found_has_begun_and_no_later_one_has(series: tuple[str, str, str], days: int) -> None:
    """On any day the price found is the last of its series that has begun."""
    model, kind, provider = series
    day = TODAY - timedelta(days)
    found = BOOK.find(model, kind, day, provider)
    begun = [price for price in BOOK.prices if (price.model, price.kind, price.provider) == series]
    begun = [price for price in begun if price.valid_from <= day]
    assert found == (max(begun, key=lambda price: price.valid_from) if begun else None)


def test_every_price_has_what_a_reader_asks_for() -> None:
    """Unit, currency, days, source and place; a price of 0 only where it is said to be free."""
    for price in BOOK.prices:
        assert price.currency == "USD"
        assert price.source and price.unit and ":" in price.where
        assert price.usd > 0 or price.kind in ("hosting", "train_rft")


def test_the_median_hour_of_a_card_rose() -> None:
    """Three readings of one offer, each for its own days."""
    offers = {day: BOOK.gpu_prices(day, "H100 SXM 80GB") for day in (date(2026, 8, 20), date(2026, 10, 1), TODAY)}
    secure = [
        next(price.usd for price in found if (price.provider, price.provisioning) == ("runpod", "secure"))
        for found in offers.values()
    ]
    assert secure == [Decimal("3.29"), Decimal("3.49"), Decimal("3.99")]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("usd: 2,", "usd: 0,", r"acme.yaml:6: a price of 0 is none"),
        ("usd: 2,", "usd: -2,", r"acme.yaml:6: a price of -2 is none"),
        ("usd: 2,", "usd: two,", r"acme.yaml:6: `usd` of a price must be a number"),
        ("currency: USD\n", "", r"acme.yaml:1: the file needs `currency`"),
        ("currency: USD", "currency: EUR", r"acme.yaml:2: prices are in USD, not EUR"),
        ("source: page}", "source: pag}", r"did you mean page"),
        (", source: page}", "}", r"acme.yaml:6: a price needs `source`"),
        ("unit: per_1m_tokens", "unit: per_1k_tokens", r"no unit named per_1k_tokens"),
        ('valid_from: "2026-06-01"', 'valid_from: "2026-01-01"', r"acme.yaml:7: two prices .* begin on 2026-01-01"),
        ('valid_from: "2026-06-01"', 'valid_from: "2026-06-31"', r"acme.yaml:7: .*is not a date that exists"),
        ("kind: base_infer_input, usd: 2", "kinds: base_infer_input, usd: 2", r"acme.yaml:6: a price needs `kind`"),
        ("provider: acme\n", "", r"acme.yaml:5: a price needs `provider`"),
    ],
)
def test_a_wrong_price_file_is_named_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    """Each mistake: one sentence with file and line."""
    with pytest.raises(InputError, match=says):
        book_of(tmp_path, FILE.replace(old, new, 1))


def test_the_right_file_is_read(tmp_path: Path) -> None:
    """The file that the mistakes above are made in."""
    book_of(tmp_path, FILE)


def test_the_shipped_book_has_no_errors() -> None:
    """No figure is off by a thousand; what is old or assumed is said, and is no error."""
    findings = check_prices(BOOK, TODAY)
    assert [finding for finding in findings if finding.level == "error"] == []
    assert {finding.kind for finding in findings} == {"gap", "stale", "assumption"}


def test_per_thousand_for_per_million_is_seen() -> None:
    """$0.008 per 1K written as per 1M is a thousand times too low; a price cut to a tenth is none."""
    others = [Decimal(value) for value in ("3", "8", "25", "5")]
    assert "per 1K" in wrong_magnitude(Decimal("0.008"), "per_1m_tokens", others)
    assert wrong_magnitude(Decimal("0.4"), "per_1m_tokens", others) == ""
    assert "per 1K" in wrong_magnitude(Decimal("0.002"), "per_1m_tokens", others, before=Decimal("2.5"))
    assert wrong_magnitude(Decimal("0.25"), "per_1m_tokens", others, before=Decimal("2.5")) == ""


def test_prices_elsewhere_begin_with_the_model() -> None:
    """The package behind them prices any day; here a day before the model is an error."""
    name = "claude-3-5-haiku-20241022"
    assert inference_price(name, "base_infer_input", date(2026, 1, 1)).usd == Decimal("0.8")
    with pytest.raises(PriceMissingError, match="2024-10-22"):
        inference_price(name, "base_infer_input", date(2024, 10, 21))
    with pytest.raises(PriceMissingError, match=str(READ_ON)):
        inference_price("gpt-4o", "base_infer_output", date(2020, 1, 1))
    with pytest.raises(PriceMissingError, match="there is no price of a model named nonesuch"):
        inference_price("nonesuch", "base_infer_output", TODAY)
    with pytest.raises(PriceMissingError, match="train_sft"):
        inference_price(name, "train_sft", TODAY)


def test_figures_are_ranges_with_a_reason() -> None:
    """Low, middle and high in order; an assumption says why."""
    for figure in BOOK.figures.values():
        assert 0 <= figure.low <= figure.middle <= figure.high, figure.id
        assert figure.source
        assert figure.note or not figure.assumption, figure.id
    with pytest.raises(PriceMissingError, match="did you mean prompt_hours"):
        BOOK.figure("prompt_hour")


def test_a_later_price_under_another_name_is_a_price_of_the_model(tmp_path: Path) -> None:
    """Names of one model share one history, whichever name a new entry is written under."""
    text = FILE.replace("prices:\n", "same_model:\n- [big, big-2026-01-01]\nprices:\n")
    later = text.splitlines()[-1].replace("model: big", "model: big-2026-01-01").replace("2026-06-01", "2026-09-01")
    (tmp_path / "acme.yaml").write_text(f"{text}{later.replace('1.5', '9')}\n", encoding="utf-8")
    book = load_pricebook(tmp_path)
    for name in ("big", "big-2026-01-01"):
        found = [book.price_on(name, "base_infer_input", date(2026, month, 2)).usd for month in (1, 6, 9)]
        assert found == [Decimal(2), Decimal("1.5"), Decimal(9)]
    same_day = later.replace("2026-09-01", "2026-06-01")
    with pytest.raises(InputError, match="two prices"):
        book_of(tmp_path, f"{text}{same_day}\n")


def test_an_unknown_provider_is_named() -> None:
    """With the nearest one."""
    with pytest.raises(PriceMissingError, match="did you mean openai"):
        BOOK.price_on("gpt-4o", "train_sft", TODAY, "opneai")


def test_a_price_that_will_change_later_holds_today() -> None:
    """A dated price in the future is no beginning; digits that are no day are none either."""
    assert inference_price("google/gemini-3.6-flash", "base_infer_input", TODAY).valid_from == READ_ON
    with pytest.raises(PriceMissingError):
        inference_price("nonesuch-20240231", "base_infer_input", TODAY)
