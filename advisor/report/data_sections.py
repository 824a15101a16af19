"""The result of a data check as sections to read: the verdict first, then each finding with its first places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from advisor.cost.training_offers import TrainingOffer
from advisor.data_check import DataReport
from advisor.dataset.check import Finding
from advisor.report.data_record import cited
from advisor.report.money import usd
from advisor.report.section import Item, Section

_MARKS = {"blocking": "!", "warning": "~", "note": "-"}
_FIRST_PLACES = 3
_FIRST_LABELS = 12


def data_sections(
    report: DataReport, sources: Mapping[str, str], offers: Sequence[TrainingOffer] = (), epochs: int = 0
) -> Iterator[Section]:
    """The report in sections; `sources` says what the ids of sources stand for.

    `offers` are what training on the tokens costs for so many epochs.
    """
    counted = [
        f"{sum(finding.severity == severity for finding in report.findings)} {severity}"
        for severity in ("blocking", "warning", "note")
    ]
    facts = [f"{report.file}: {report.rows:,} rows, {report.format}. Kinds of findings: {', '.join(counted)}."]
    if report.tokens:
        tokens, spread = report.tokens, report.tokens.per_row
        how = "exact" if tokens.exact else "an estimate"
        facts.append(
            f"{tokens.total:,} tokens ({tokens.encoding}, {how}); a row has {spread.p50:,} in the middle, "
            f"{spread.p5:,} to {spread.p95:,} in nine of ten, {spread.max:,} at most."
        )
    facts.append(report.verdict.summary)
    yield Section("Data check", tuple(facts), lead=True)
    if report.refusals:
        items = tuple(
            Item(refusal.problem, "!", (f"What to do: {refusal.what_to_do}", _sources(refusal.source)))
            for refusal in report.refusals
        )
        yield Section(f"An upload to {report.host} would be refused", items=items)
    if report.findings:
        yield Section("Findings", items=tuple(_item(finding) for finding in report.findings))
    elif not report.refusals:
        yield Section("Findings", (f"Nothing was found by the checks of {', '.join(report.parts)}.",))
    if report.labels:
        yield _labels(report)
    if offers and report.tokens:
        yield _costs(offers, report.tokens.total, epochs)
    names = cited(report)
    if names:
        yield Section("Sources", items=tuple(Item(f"{name}: {sources[name]}") for name in names))


def _labels(report: DataReport) -> Section:
    items = [
        Item(f"{label.label}: {label.rows:,} rows ({label.share:.1%})", "-") for label in report.labels[:_FIRST_LABELS]
    ]
    if len(report.labels) > _FIRST_LABELS:
        items.append(Item(f"and {len(report.labels) - _FIRST_LABELS:,} more; --format json lists every one"))
    said: list[str] = []
    learnable = report.learnable
    if learnable:
        if learnable.accuracy is not None:
            said.append(
                f"A quick linear model predicts {learnable.accuracy:.0%} of {learnable.rows:,} labels that it did not "
                "see; a tuned model has to beat that."
            )
        said += [note[0].upper() + note[1:] + "." for note in (learnable.doubt,) if note]
        said.append(learnable.curve.note[0].upper() + learnable.curve.note[1:].rstrip(".") + ".")
    return Section("Labels", tuple(said), tuple(items))


def _costs(offers: Sequence[TrainingOffer], tokens: int, epochs: int) -> Section:
    """The cheapest offer of each provider."""
    cheapest: dict[str, TrainingOffer] = {}
    for offer in offers:
        if not offer.price.assumption:
            cheapest.setdefault(offer.price.provider, offer)
    items = [
        Item(
            f"{usd(offer.usd)}: {offer.price.provider} {offer.price.model}, ${offer.price.usd:f} per 1M tokens"
            + (f" ({offer.limit})" if offer.limit else ""),
            "-",
            (f"price of {offer.price.as_of}, {offer.price.source}",),
        )
        for offer in cheapest.values()
    ]
    said = f"{tokens:,} tokens × {epochs} epochs, at each provider's cheapest model; --format json lists every model."
    return Section("What one training run costs", (said,), tuple(items))


def _item(finding: Finding) -> Item:
    count = len(finding.lines)
    first = [
        f"line {place.line}{f', column {place.column}' if place.column else ''}: {place.detail}"
        for place in finding.lines[:_FIRST_PLACES]
    ]
    if count > _FIRST_PLACES:
        first.append(f"and {count - _FIRST_PLACES:,} more; --format json lists every one")
    reasons = (f"Why: {finding.why}", f"What to do: {finding.what_to_do}", _sources(finding.source))
    return Item(
        f"{finding.severity}: {finding.title}, {count:,} x ({finding.id})", _MARKS[finding.severity], (*first, *reasons)
    )


def _sources(names: tuple[str, ...]) -> str:
    return f"Source: {', '.join(names)}"
