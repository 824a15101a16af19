"""A rescue as parts of a report, and as plain JSON: `advisor/rescue/v1`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from advisor.report.portfolio_record import plain
from advisor.report.section import Item, Section, Table
from advisor.rescue.options import Option
from advisor.rescue.rescue_plan import Plan, Rescue

SCHEMA: Final = "advisor/rescue/v1"
_WAYS: Final = {
    "retrain": "tune again",
    "distil": "distil",
    "prompt_or_rag": "prompt or retrieval",
    "save_data": "save",
}


def rescue_json(found: Rescue) -> dict[str, Any]:
    """Every plan by the names of its record; money as strings, days as ISO dates."""
    models = []
    for plan in found.plans:
        value = plain(plan)
        usage = value.pop("usage")
        kept = ("requests", "input_tokens", "output_tokens", "tokens", "examples", "source")
        value["usage_a_month"] = {name: usage[name] for name in kept}
        value["options"] = [_option_json(one) for one in plan.options]
        value["start_by"] = plan.start_by.isoformat() if plan.start_by else None
        models.append(value)
    return {
        "schema": SCHEMA,
        "as_of": found.as_of.isoformat(),
        "life_cycle_read_on": found.life_cycle_read_on.isoformat(),
        "models": models,
        "notes": list(found.notes),
    }


def _option_json(one: Option) -> dict[str, Any]:
    value: dict[str, Any] = plain(one)
    value["hours"], value["memory"] = (part.model_dump() if part else None for part in (one.hours, one.memory))
    return value


def rescue_sections(found: Rescue) -> list[Section]:
    """What dies when, then each model with what takes over and by when."""
    sections = [_lead(found), *(_plan(plan, found) for plan in found.plans)]
    sections.append(Section("Notes", items=tuple(map(Item, found.notes))))
    return [section for section in sections if not section.is_empty]


def _lead(found: Rescue) -> Section:
    plans = found.plans
    if not plans:
        return Section(
            "No tuned model was found", ("Name them with --list, or ask your host with --from-api.",), lead=True
        )
    dead = sum(plan.life.state == "dead" for plan in plans)
    soon = [plan for plan in plans if plan.life.state in ("ends", "too_short")]
    said = [f"Of {len(plans):,} tuned models {dead:,} answer no more, and {len(soon):,} will be shut down."]
    late = [plan for plan in soon if plan.start_by and plan.start_by <= found.as_of]
    if late:
        said.append(f"{len(late):,} must begin now: the usual calendar no longer fits before the shutdown.")
    rows = tuple((plan.model, str(plan.life.ends_on or "not known"), _left(plan), _month(plan)) for plan in plans)
    table = Table("", ("model", "ends", "days left", "a month"), rows)
    return Section(f"Tuned models on {found.as_of}", tuple(said), tables=(table,), lead=True)


def _left(plan: Plan) -> str:
    days = plan.life.days_left
    return "" if days is None else f"{days:,}" if days > 0 else "dead"


def _month(plan: Plan) -> str:
    usd = plan.usd_a_month
    if usd is None:
        return "not known"
    return f"${usd.low:,}" if usd.low == usd.high else f"${usd.low:,}-{usd.high:,}"


def _plan(plan: Plan, found: Rescue) -> Section:
    paragraphs = [
        _life(plan),
        f"A month: {_month(plan)} ({plan.usd_note}).",
        f"Training data: {plan.data.state}; {plan.data.why}.",
    ]
    advised = f"Advised: {plan.do} {plan.why}"
    items = [Item(advised, "!", (f"rule {plan.rule}; {'; '.join(plan.sources)}",))]
    items += [_option(one) for one in plan.options]
    if plan.calendar:
        items += [
            Item(f"{due.step}: begin by {due.begin_by}, at the latest {due.at_the_latest}", "*", (due.what,))
            for due in plan.calendar
        ]
        if plan.start_by and plan.start_by < found.as_of:
            items.append(Item(f"The usual start was {(found.as_of - plan.start_by).days} days ago: begin today.", "!"))
    return Section(f"Model {plan.model}", tuple(paragraphs), tuple(items))


def _life(plan: Plan) -> str:
    life = plan.life
    note = f" {life.note}." if life.note else ""
    if life.ends_on is None:
        return note.strip() or "No shutdown is known."
    left = f"{life.days_left} days left" if (life.days_left or 0) > 0 else "it answers no more"
    newer = f" {life.replacement} is named as its replacement." if life.replacement else ""
    return f"Based on {plan.base}, shut down on {life.ends_on}: {left} ({life.source}).{newer}{note}"


def _option(one: Option) -> Item:
    parts = [f"{_usd(one.one_time_usd.p50)} once ({_usd(one.one_time_usd.p10)} to {_usd(one.one_time_usd.p90)})"
             if one.one_time_usd else "its cost is not known"]  # fmt: skip
    if one.monthly_usd:
        parts.append(f"{_usd(one.monthly_usd.p50)} a month")
    if one.hours:
        parts.append(f"{one.hours.p50:.2g} {one.hours.unit} of training ({one.hours.p10:.2g} to {one.hours.p90:.2g})")
    if one.memory:
        parts.append(f"{one.memory.p50:.3g} {one.memory.unit} (up to {one.memory.p90:.3g})")
    details = [f"not open: {one.why_not}"] if one.why_not else []
    if one.collecting:
        usd = f"${one.collecting.usd}" if one.collecting.usd is not None else "a price that is not known"
        details.append(
            f"collect {one.collecting.prompts:,} answers: {usd}, {one.collecting.hours:.1f} hours"
            f" ({one.collecting.note})"
        )
    return Item(f"{_WAYS[one.way]} ({one.model}): {', '.join(parts)}", "-", (*details, *one.notes))


def _usd(value: Decimal) -> str:
    return f"${value:,.0f}"
