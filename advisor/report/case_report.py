"""Everything that a report on a case needs, gathered: recommendation, estimates, data findings, proof, versions."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from advisor.budget import Prices
from advisor.case import Case
from advisor.decision.rulebook import RuleBook
from advisor.errors import InputError
from advisor.files import content, load_documents, load_market
from advisor.measured_data import data_path
from advisor.priced_approaches import compared_approaches
from advisor.recommendation import recommend
from advisor.report.fingerprint import versions_of
from advisor.report.full_report import Facts, Report, full_report
from advisor.report.section import Item, Section
from advisor.review_calendar import ReviewRules, build_review_rules


def case_report(
    case: Case, book: RuleBook, day: date, *, rules: Path | None = None, proof: Path | None = None
) -> Report:
    """The report on `case` with the prices and life cycles of `day`.

    `rules` is the folder that `book` was read from, where it is not the shipped one; `proof` the folder of a run.
    Raises InputError where the proof cannot be read.
    """
    market = load_market()
    record = recommend(case, book, market.life_cycle, day, market)
    prices = Prices(case, book, market, day)
    live_from_week = prices.training(record.recommendation.approach).live_from_week
    return full_report(
        Facts(
            record,
            prices.of(*compared_approaches(record, book)),
            load_review_rules(),
            day + timedelta(weeks=live_from_week - 1),
            versions_of(case, rules),
            book.wording,
            _data_sections(case),
            _proof_sections(proof) if proof else (),
        )
    )


def load_review_rules() -> ReviewRules:
    """The shipped KPIs and reviews, checked. Raises RuleBookError with file:line."""
    paths = {name: content("rules") / f"{name}.yaml" for name in ("reviews", "sources")}
    return load_documents(
        paths, lambda documents: build_review_rules(documents["reviews"], documents["sources"].value["sources"])
    )


def _data_sections(case: Case) -> tuple[Section, ...]:
    """What a quick check finds in the data set that the case names; empty where it names none."""
    path = data_path(case)
    if path is None:
        return ()
    from advisor.data_check import DataRules, check_file
    from advisor.data_rules import load_data_rules
    from advisor.report.data_sections import data_sections

    book = load_data_rules()
    rules = DataRules(book.findings, book.enough, book.hosts.of["openai"], host_given=False, phrases=book.phrases)
    try:
        report = check_file(path, rules, deep=False)
    except InputError as error:
        return (Section("Data findings", items=(Item(f"{path.name}: {error.problem}", "!"),)),)
    first, *rest = data_sections(report, book.sources)
    said = ("`advisor data check` also trains quick models on labelled rows, to suspect wrong labels.",)
    named = (section._replace(title=f"Data: {section.title}") for section in rest)
    return (first._replace(title="Data findings", paragraphs=(*first.paragraphs, *said), lead=False), *named)


def _proof_sections(folder: Path) -> tuple[Section, ...]:
    from advisor.evaluation.proof import read_proof
    from advisor.report.proof_parts import proof_parts

    return proof_parts(read_proof(folder))
