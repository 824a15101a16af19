"""Reports on the worked cases and on a hostile one, for the tests of every way to show them."""

from __future__ import annotations

from datetime import date
from functools import cache

from advisor.decision.rulebook import RuleBook
from advisor.files import content, load_case, load_market, load_rulebook
from advisor.money import Market
from advisor.report.case_report import case_report
from advisor.report.full_report import Report

DAY = date(2026, 11, 21)
# Markup of typst, HTML and templates, combining marks, a reversal, a terminal's escape, half of a pair.
HOSTILE = (
    '#import "@preview/evil:1.0.0" #read("/etc/passwd") ] } $x$ \\u{41} <script>alert(1)</script> {{7*7}} {% raw %} '
    "`code` @ref <label> // comment /* */ & \" ' \u202eright to left\u202c \x1b[31m \udcff e\u0301\u0327"
)
SCRIPTS = "العربية 中文 한국어 हिन्दी 🙂 ก็ Ελληνικά"


@cache
def rules() -> RuleBook:
    """The shipped rule book."""
    return load_rulebook()


@cache
def market() -> Market:
    """The shipped prices."""
    return load_market()


@cache
def report(name: str) -> Report:
    """The report on a worked case."""
    book = rules()
    return case_report(load_case(content("examples") / f"{name}.yaml", book.questions), book, DAY)


@cache
def hostile_report(scripts: str = "") -> Report:
    """The report on a case whose texts are hostile, and longer than a page."""
    book = rules()
    case = load_case(content("examples") / "medical-notes.yaml", book.questions)
    said = f"{scripts}{HOSTILE}"
    model = f"hf/a]#panic()$<b>-8B-{'x' * 300}"
    case = case.with_answers({"models.base": model, "models.to_tune": model})
    return case_report(case._replace(title=f"{said} {'w' * 500}", client=said * 20), book, DAY)
