"""What is said of a proof around its tables, as sections: the verdict first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from advisor.evaluation.proof import Compared, Gate, Proof, ProofFiles
from advisor.report.proof_figures import (
    ANSWERS,
    arms_table,
    asked_items,
    comparison_details,
    comparison_words,
    dollars,
    ranked,
    retrieval_table,
    with_interval,
)
from advisor.report.section import Item, Section, Table
from advisor.report.visible_text import on_one_line

_GATE_MARKS = {"failed": "!", "passed": "+"}
_GATES = {"forgetting": "general ability", "bias_and_safety": "bias and safety"}


class ProofContent(NamedTuple):
    """In the order of reading: the verdict, the arms, what is said of them, how documents are found, the rest."""

    verdict: Section
    arms: Table
    about_arms: tuple[Section, ...]
    retrieval: Table
    rest: tuple[Section, ...]


def proof_content(files: ProofFiles) -> ProofContent:
    """The content without layout; empty sections are left out."""
    proof = files.proof
    about_arms = (_not_run(proof), _comparisons(files), _other_metrics(proof))
    rest = (
        _gates(proof),
        _failed(files),
        Section("Notes", items=tuple(Item(on_one_line(note)) for note in proof.notes)),
    )
    return ProofContent(
        _verdict(proof),
        arms_table(files),
        tuple(section for section in about_arms if section.items),
        retrieval_table(proof),
        (*(section for section in rest if section.items), _run(proof)),
    )


def warnings(proof: Proof) -> tuple[str, ...]:
    """What takes weight from the whole run: it ended early, or its questions stand in the training rows."""
    found = []
    if proof.is_partial:
        found.append("PARTIAL: the run ended before every arm had every item; these figures are not the whole.")
    if proof.test_set.leaked_rows:
        found.append(
            f"LEAKED: {proof.test_set.leaked_rows:,} of {proof.test_set.rows:,} test items also stand in the training "
            "rows, or nearly so; they are not counted."
        )
    return tuple(found)


def _verdict(proof: Proof) -> Section:
    found = proof.verdict
    best = f"Best arm: {on_one_line(found.best_arm)}." if found.best_arm else "There is no best arm."
    said = f"{on_one_line(proof.title)} ({on_one_line(proof.run)}, {proof.made_on.isoformat()})"
    cited = f"[{', '.join(map(on_one_line, found.source))}]" if found.source else ""
    paragraphs = (said, f"{on_one_line(found.why)} {cited}".strip(), best, f"Next step: {on_one_line(found.next_step)}")
    return Section(ANSWERS[found.answer], paragraphs, tuple(Item(text, "!") for text in warnings(proof)), lead=True)


def _not_run(proof: Proof) -> Section:
    return Section(
        "Arms that did not run",
        items=tuple(
            Item(f"{on_one_line(arm.name)} ({arm.kind}): {on_one_line(arm.why_not or 'no reason is recorded')}")
            for arm in proof.arms
            if not arm.ran
        ),
    )


def _comparisons(files: ProofFiles) -> Section:
    """Those by the primary metric in full; of the others what the tests show."""
    proof = files.proof

    def item(compared: Compared) -> Item:
        items = asked_items(files, compared.arm, compared.against)
        details = comparison_details(compared, items) if compared.metric == proof.metric else ()
        return Item(f"{comparison_words(compared)}.", details=details)

    first = sorted(proof.comparisons, key=lambda compared: compared.metric != proof.metric)
    return Section("Comparisons", items=tuple(map(item, first)))


def _other_metrics(proof: Proof) -> Section:
    def scores() -> Iterator[Item]:
        for arm in ranked(proof):
            others = [f"{on_one_line(score.metric)} {with_interval(score)}" for score in arm.scores]
            others = [said for said, score in zip(others, arm.scores, strict=True) if score.metric != proof.metric]
            if others:
                yield Item(f"{on_one_line(arm.name)}: {', '.join(others)}")

    return Section("Other metrics", items=tuple(scores()))


def _gates(proof: Proof) -> Section:
    def items() -> Iterator[Item]:
        for arm in proof.arms:
            gates: dict[str, Gate | None] = {"forgetting": arm.forgetting, "bias_and_safety": arm.bias_and_safety}
            for name, gate in gates.items():
                if gate is not None:
                    result = gate.result.replace("_", " ")
                    said = f"{on_one_line(arm.name)}, {_GATES[name]}: {on_one_line(result)}"
                    why = (on_one_line(gate.why),) if gate.why.strip() else ()
                    yield Item(said, _GATE_MARKS.get(gate.result, "?"), why)

    return Section("Before and after tuning", items=tuple(items()))


def _failed(files: ProofFiles) -> Section:
    """Items without an answer, counted as wrong, with the first reason of each arm."""
    found = []
    for arm in files.proof.arms:
        if not (arm.failed_items or arm.empty_items):
            continue
        errors = [item.answers[arm.name].error for item in files.items if arm.name in item.answers]
        first = next((error for error in errors if error), None)
        details = (f"first: {on_one_line(first, 200)}",) if first else ()
        said = f"{on_one_line(arm.name)}: {arm.failed_items:,} failed, {arm.empty_items:,} empty"
        found.append(Item(said, "!" if arm.failed_items else "-", details))
    return Section("Failed and empty answers (counted as wrong)", items=tuple(found))


def _run(proof: Proof) -> Section:
    test = proof.test_set
    spent = [arm.usd.total for arm in proof.arms if arm.usd and arm.usd.total is not None]
    items = [
        Item(f"Test set: {on_one_line(test.file)}, {test.rows:,} rows; {on_one_line(test.made)}"),
        Item(f"SHA-256 of the test set: {on_one_line(test.sha256)}"),
        Item(
            f"Task: {on_one_line(proof.task_kind)} ({on_one_line(proof.task_kind_why)}), by {on_one_line(proof.metric)}"
        ),
        Item(f"Seed {proof.seed}; all answers that have a price together {dollars(sum(spent, Decimal(0)))}"),
    ]
    items += [Item(f"{on_one_line(name)}: {on_one_line(value)}") for name, value in proof.measured.items()]
    return Section("The run", items=tuple(items))
