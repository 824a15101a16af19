"""A portfolio as parts of a report, and as rows of a table for spreadsheets."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from advisor.portfolio.candidate import Candidate
from advisor.portfolio.portfolio import Portfolio, Ranked
from advisor.report.portfolio_chart import portfolio_chart
from advisor.report.section import Item, Section, Table

_STATES: Final = {
    "undecided": "Not decided yet",
    "not_priced": "No money can be said",
    "no_pay_back": "Does not pay back",
    "too_late": "Too late for its deadline",
}
COLUMNS: Final = (
    *("rank", "funded", "case", "title", "client", "approach", "state"),
    *("one_time_usd_p10", "one_time_usd_p50", "one_time_usd_p90", "monthly_usd_p50"),
    *("value_usd_p10", "value_usd_p50", "value_usd_p90", "value_per_usd", "payback_months_p50"),
    *("deadline", "deadline_why", "start_by", "missing"),
)
MOST_ROWS: Final = 200  # in text and on pages; JSON and CSV hold all


def portfolio_sections(found: Portfolio, *, most: int = MOST_ROWS) -> list[Section]:
    """What is funded, what is not, what cannot be ranked and why, and which files were not read."""
    chart = portfolio_chart(found)
    sections = [
        _lead(found),
        Section("Value against cost", figures=(chart,) if chart else ()),
        _ranked("Funded", [one for one in found.ranked if one.funded], most),
        _ranked("Worth it, but not within the budget", [one for one in found.ranked if not one.funded], most),
        _deadlines(found, most),
        *(_apart(found, state, title, most) for state, title in _STATES.items()),
        Section("Not read", items=tuple(Item(f"{one.name}: {one.problem}", "!") for one in found.unread[:most])),
        Section("How it was chosen", (found.objective, _how_sure(found))),
    ]
    return [section for section in sections if not section.is_empty]


def portfolio_rows(found: Portfolio) -> list[dict[str, str]]:
    """A row for each case, by COLUMNS: those that can be funded in their order, then the others, then unread files."""
    rows = [_row(one.candidate, one) for one in found.ranked] + [_row(one, None) for one in found.apart]
    empty = dict.fromkeys(COLUMNS, "")
    return rows + [{**empty, "case": one.name, "state": "not_read", "missing": one.problem} for one in found.unread]


def _row(one: Candidate, ranked: Ranked | None) -> dict[str, str]:
    once, value, monthly, paid = one.one_time_usd, one.value_usd, one.monthly_usd, one.payback_months
    cells = (
        str(ranked.rank) if ranked else "",
        ("yes" if ranked.funded else "no") if ranked else "",
        *(one.name, one.title, one.client, one.approach, one.state),
        *(map(str, once[1:]) if once else ("", "", "")),
        str(monthly.p50) if monthly else "",
        *(map(str, value[1:]) if value else ("", "", "")),
        str(ranked.value_per_usd) if ranked and ranked.value_per_usd is not None else "",
        str(paid.p50) if paid else "",
        *((one.deadline.on.isoformat(), one.deadline.why, one.deadline.start_by.isoformat())
          if one.deadline else ("", "", "")),
        "; ".join(one.missing),
    )  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def _lead(found: Portfolio) -> Section:
    funded, every = found.funded, found.all_candidates
    cases = len(found.ranked) + len(found.apart)
    if not cases:
        return Section("No case was found", ("Name a folder of case files.",), lead=True)
    said = [
        f"{funded.cases:,} of {cases:,} cases are funded: {usd(funded.one_time_p50_usd)} once, up to "
        f"{usd(funded.one_time_p90_usd)} if all came dear (P90), and {usd(funded.monthly_p50_usd)} a month; together "
        f"worth {usd(funded.value_p50_usd)} ({usd(funded.value_p10_usd)} if all went badly, P10).",
    ]
    if found.left_usd is not None:
        said.append(
            f"Of the budget of {usd(found.budget_usd or Decimal(0))}, {usd(found.left_usd)} is left. Without a limit, "
            f"{every.cases:,} cases would take {usd(every.one_time_p50_usd)} and be worth {usd(every.value_p50_usd)}."
        )
    return Section(f"Portfolio on {found.as_of}", tuple(said), lead=True)


def _ranked(title: str, rows: list[Ranked], most: int) -> Section:
    table = Table(
        "",
        ("case", "once", "value P50", "value P10", "months", "start by"),
        tuple(
            (
                f"{one.rank}. {one.candidate.title[:60]} ({one.candidate.approach.replace('_', ' ')})",
                usd(one.candidate.one_time_usd.p50),
                usd(one.candidate.value_usd.p50),
                usd(one.candidate.value_usd.p10),
                f"{one.candidate.payback_months.p50:.1f}",
                one.candidate.deadline.start_by.isoformat() if one.candidate.deadline else "",
            )
            for one in rows[:most]
            if one.candidate.one_time_usd and one.candidate.value_usd and one.candidate.payback_months
        ),
        "USD; months until it has paid back (P50)." + _more(len(rows), most),
    )
    return Section(title, tables=(table,) if rows else ())


def _deadlines(found: Portfolio, most: int) -> Section:
    dated = [one.candidate for one in found.ranked if one.candidate.deadline]
    dated.sort(key=lambda one: (one.deadline.start_by if one.deadline else found.as_of, one.name))
    items = []
    for one in dated[:most]:
        assert one.deadline is not None
        days = (one.deadline.start_by - found.as_of).days
        when = f"begin by {one.deadline.start_by}" if days >= 0 else f"{-days} days late: begin now"
        items.append(
            Item(f"{one.title}: {when}", "!" if days < 0 else "-", (f"{one.deadline.why}, {one.deadline.on}",))
        )
    return Section("Deadlines", items=tuple(items))


def _apart(found: Portfolio, state: str, title: str, most: int) -> Section:
    cases = [one for one in found.apart if one.state == state]
    items = tuple(Item(f"{one.title} ({one.name})", details=one.missing) for one in cases[:most])
    return Section(title, (_more(len(cases), most).strip(),) if len(cases) > most else (), items)


def _how_sure(found: Portfolio) -> str:
    if found.gap_usd == 0:
        return "No other choice is worth more; this was proved, to the cent."
    return f"The search was cut short: a better choice could be worth {usd(found.gap_usd)} more at most."


def _more(count: int, most: int) -> str:
    return f" {most:,} of {count:,} are shown; --format csv holds all." if count > most else ""


def usd(value: Decimal) -> str:
    """Whole dollars."""
    return f"{'-' if value < 0 else ''}${abs(value):,.0f}"
