"""From a recommendation and a data file to a plan: base model, method, settings, time, memory, price, uploads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from advisor.case import Case
from advisor.cost.training_knowledge import TrainingKnowledge
from advisor.data_check import DataReport
from advisor.data_split import PartOfSplit, file_sha256, part_of_split
from advisor.derived import is_recent_user
from advisor.errors import InputError
from advisor.ledger.correction import Correction
from advisor.money import Market
from advisor.record import Record
from advisor.tuning.expected import expected, host_cost
from advisor.tuning.hosts import TuningHost
from advisor.tuning.hyperparameters import SettingRules
from advisor.tuning.learned import learned_cost, learned_range
from advisor.tuning.plan import (
    BackEnd,
    DataFile,
    DataSet,
    Hyperparameter,
    SplitOf,
    TunePlan,
    Upload,
)

TRAINS: Final = ("fine_tune", "fine_tune_rag", "distil", "preference_tune", "reinforcement_tune", "pretrain")
LINEAR: Final = "advisor-linear"


class Wanted(NamedTuple):
    """What the user asked for; None where the recommendation decides."""

    back_end: BackEnd | None
    model: str | None
    base_url: str | None
    gpu: str | None
    seed: int
    suffix: str
    most_usd: Decimal | None


class Known(NamedTuple):
    """What a plan rests on; `ledger` is what earlier runs taught, by kind of prediction."""

    record: Record
    case: Case
    market: Market
    day: date
    settings: SettingRules
    knowledge: TrainingKnowledge
    host: TuningHost
    ledger: Mapping[str, Correction] = MappingProxyType({})


def make_plan(known: Known, data: Path, report: DataReport, wanted: Wanted) -> TunePlan:
    """The plan for training on `data`, whose check is `report`.

    Raises InputError where the data would be refused, where personal data would leave the house, where the host is
    closed, where no price is known, or where the price could be above the ceiling.
    """
    _refuse_bad_data(data, report)
    back_end = wanted.back_end or _back_end(known.record)
    model, why = _base_model(known, back_end, wanted)
    rows = report.rows - sum(len(finding.lines) for finding in report.findings if finding.severity == "blocking")
    assert report.tokens is not None
    settings = known.settings.for_rows("lora" if back_end == "export" else back_end, rows)
    epochs = next((int(item.value) for item in settings if item.name == "n_epochs"), 1)
    tokens = report.tokens.total * epochs
    leaves = back_end == "openai_api" and not known.host.is_local
    if leaves:
        _refuse_personal(data, report, known.host)
        _refuse_closed(known, model)
    cost = host_cost(known.market, known.host, known.day, model, tokens) if leaves else None
    cost, of_cost = learned_cost(back_end, cost, known.ledger)
    if cost and wanted.most_usd is not None and cost.p90 > wanted.most_usd:
        raise InputError(
            f"the run could cost ${cost.p90} ({cost.formula}), above the ceiling of ${wanted.most_usd}",
            where="--spend-up-to",
            what_to_do="take fewer rows or epochs, another model or host, or raise the ceiling",
        )
    length = report.tokens.per_row.p95
    memory, time = expected(known.knowledge, back_end, model, wanted.gpu, rows, length, report.tokens.total, epochs)
    memory, of_memory = learned_range(back_end, "memory", memory, known.ledger)
    time, of_time = learned_range(back_end, "time", time, known.ledger)
    pairs = report.format.endswith("_preference")
    found = part_of_split(data)
    return TunePlan(
        schema="advisor/tune-plan/v1",
        title=known.record.title,
        made_on=known.day,
        approach=known.record.recommendation.approach,
        technique=known.record.recommendation.technique,
        back_end=back_end,
        base_model=model,
        base_model_why=why,
        method="dpo" if pairs else "supervised",
        base_url=wanted.base_url if back_end == "openai_api" else None,
        data=DataSet(
            file=str(data),
            sha256=file_sha256(data),
            format=report.format,
            rows=rows,
            tokens=report.tokens.total,
            split=_split_of(found) if found else None,
            validation=_validation(found) if found else None,
        ),
        hyperparameters={
            item.name: Hyperparameter(value=item.value, why=item.why, source=item.source) for item in settings
        },
        seed=wanted.seed,
        suffix=wanted.suffix,
        training_tokens=tokens,
        time=time,
        memory=memory,
        cost=cost,
        spend_up_to_usd=wanted.most_usd,
        uploads=(_upload(data, known.host),) if leaves else (),
        notes=tuple(_notes(known, back_end, rows, leaves=leaves)),
        learned=(*of_cost, *of_memory, *of_time),
    )


def _validation(found: PartOfSplit) -> DataFile | None:
    """The split's validation part, for a run on its training part."""
    part = next((part for part in found.parts if part.name == "validation" and part.rows), None)
    if part is None or found.part.name != "train":
        return None
    return DataFile(file=str(found.manifest.parent / part.file), sha256=part.sha256, rows=part.rows)


def _split_of(found: PartOfSplit) -> SplitOf:
    hashes = {part.name: part.sha256 for part in found.parts}
    return SplitOf(
        manifest=str(found.manifest),
        manifest_sha256=file_sha256(found.manifest),
        part=found.part.name,
        test_sha256=hashes.get("test"),
    )


def _refuse_bad_data(data: Path, report: DataReport) -> None:
    wrong = [finding for finding in report.findings if finding.severity == "blocking"]
    if wrong:
        counted = ", ".join(f"{len(finding.lines):,} x {finding.id}" for finding in wrong)
        raise InputError(
            f"the data have blocking findings: {counted}",
            where=f"{data}:{wrong[0].lines[0].line}",
            what_to_do="`advisor data check` explains them, `advisor data clean` drops such rows",
        )


def _refuse_personal(data: Path, report: DataReport, host: TuningHost) -> None:
    found = [finding for finding in report.findings if finding.id.startswith("personal_") or finding.id == "secret"]
    if found:
        counted = ", ".join(f"{len(finding.lines):,} x {finding.id}" for finding in found)
        raise InputError(
            f"personal data would be uploaded to {host.id}: {counted}",
            where=f"{data}:{found[0].lines[0].line}",
            what_to_do="`advisor data clean --anonymise` replaces them; or train on this machine",
        )


def _refuse_closed(known: Known, model: str) -> None:
    """A provider's closing dates bind where the job would run at that provider itself."""
    life_cycle = known.market.life_cycle
    recent = is_recent_user(known.case, life_cycle)
    closed = life_cycle.tuning_closed(known.host.provider, known.day, recent_user=recent)
    ends = life_cycle.shutdown_of(f"{known.host.provider}/{model}")
    advice = "train on this machine (--backend lora), or at another host (--base-url)"
    if closed:
        raise InputError(
            f"{known.host.id} has taken no new tuning jobs since {closed.on} of {closed.who}", what_to_do=advice
        )
    if ends and ends.on <= known.day:
        raise InputError(f"{model} was shut down on {ends.on}", what_to_do=advice)


def _back_end(record: Record) -> BackEnd:
    """What the recommendation points to; the linear head where that is the model to begin with."""
    chosen = record.recommendation
    if chosen.base_model and chosen.base_model.id == LINEAR:
        return "linear"
    return "openai_api" if chosen.technique == "api_sft" else "lora" if chosen.approach in TRAINS else "linear"


def _base_model(known: Known, back_end: str, wanted: Wanted) -> tuple[str, str]:
    """The model to train and why."""
    if back_end == "linear":
        return LINEAR, "A linear head on text features: seconds to train, and what a tuned model has to beat."
    if wanted.model:
        return wanted.model, "It was named."
    advised = known.record.recommendation.base_model
    open_one = advised is not None and advised.id is not None and advised.id.startswith("hf/")
    if advised and advised.id and (open_one if back_end != "openai_api" else not open_one and advised.id != LINEAR):
        return advised.id, advised.why
    if back_end == "openai_api":
        raise InputError("no hosted model is recommended", where="--model", what_to_do="name one that the host tunes")
    found = known.market.life_cycle.newest_open_model("small_open", known.day)
    if found is None:
        raise InputError("no open model is known for that day", where="--model", what_to_do="name one")
    return found.id, "A small open model first: the cheapest that may pass the test."


def _upload(data: Path, host: TuningHost) -> Upload:
    return Upload(
        what=f"{data.name} ({data.stat().st_size:,} bytes), every example in it",
        to=host.id,
        note="Tuning through an API is no internal use: the host stores the file and the tuned model (K-3).",
    )


def _notes(known: Known, back_end: str, rows: int, *, leaves: bool) -> Sequence[str]:
    notes = []
    approach = known.record.recommendation.approach
    if approach not in TRAINS:
        notes.append(f"The recommendation for this case is {approach.replace('_', ' ')}, not training; see why first.")
    if rows < known.host.least_examples and leaves:
        raise InputError(
            f"{known.host.id} asks for at least {known.host.least_examples} examples, there are {rows}",
            what_to_do="add examples, or train on this machine, which takes any number",
        )
    if rows < 10:
        notes.append(f"{rows} rows are very few: the model will repeat them rather than learn from them.")
    if back_end == "openai_api":
        notes.append("How long the host takes is not known; minutes to hours.")
    elif not leaves:
        notes.append("Nothing leaves this machine, and no host is paid; power and wear are not counted.")
    return notes
