"""The ledger's accuracy as parts of a report."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.ledger.accuracy import Accuracy
from advisor.ledger.correction import Correction, in_words
from advisor.ledger.ledger_rules import Kind, LedgerRules
from advisor.report.section import Item, Section, Table


def ledger_sections(found: Sequence[Accuracy], rules: LedgerRules) -> list[Section]:
    """What can be said of our own accuracy, what cannot yet, and what the ranges learned."""
    said = [one for one in found if not one.too_few]
    few = [one for one in found if one.too_few and one.predictions]
    kept, known = sum(one.predictions for one in found), sum(one.known for one in found)
    lead = f"{kept:,} predictions are kept, {known:,} of them came true so far."
    if not kept:
        lead = "Nothing is kept yet: `advisor tune start` and `advisor prove` keep what they predict by themselves."
    sections = [
        Section("How well our predictions came true", (lead,), lead=True),
        Section("By kind", tables=(_table(said),) if said else (), items=tuple(map(_bias, said))),
        Section("Too few to say", items=tuple(map(_few, few))),
        Section("What the ranges learned", items=tuple(_learned(said, rules))),
    ]
    return [section for section in sections if not section.is_empty]


def _table(said: Sequence[Accuracy]) -> Table:
    rows = tuple(
        (one.kind, f"{one.known:,}", _error(one, one.median_error), _error(one, one.p90_error), _coverage(one))
        for one in said
    )
    return Table(
        "Errors as shares of what really happened (of a share: as a difference)",
        ("kind", "known", "median", "P90", "within P10-P90"),
        rows,
        "Within P10-P90, 80 % are meant to be; in brackets the 95 % interval of the share (Wilson).",
    )


def _error(one: Accuracy, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.0%}" if one.scale == "log" else f"{value:.3f}"


def _coverage(one: Accuracy) -> str:
    share = one.coverage
    return f"{share.share:.0%} ({share.low:.0%}-{share.high:.0%})" if share else ""


def _bias(one: Accuracy) -> Item:
    bias = one.bias
    assert bias is not None
    form = "+.0%" if one.scale == "log" else "+.3f"
    known = bias.low is not None and bias.high is not None
    ends = f" (95 % interval {bias.low:{form}} to {bias.high:{form}})" if known else ""
    systematic = known and (bias.low or 0) * (bias.high or 0) > 0
    word = "more" if bias.median > 0 else "less"
    says = f"as a rule {word} than predicted" if systematic else "no bias is shown"
    return Item(f"{one.kind}: reality against P50 {bias.median:{form}}{ends}: {says}.", details=(one.what,))


def _few(one: Accuracy) -> Item:
    unscored = f", {one.unscored} without an error on its scale" if one.unscored else ""
    return Item(f"{one.kind}: {one.known} of {one.least} that are needed are known{unscored}, {one.waiting} open.")


def _learned(said: Sequence[Accuracy], rules: LedgerRules) -> list[Item]:
    return [Item(f"{one.kind}: {_words(one.correction, rules.kinds[one.kind])}") for one in said]


def _words(found: Correction, kind: Kind) -> str:
    return in_words(found, kind) or f"nothing: {found.records} records leave the range as it is"
