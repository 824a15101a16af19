"""Which labels each arm takes for which, counted from the items of a proof."""

from __future__ import annotations

from typing import Final, NamedTuple

from advisor.evaluation.proof import ProofFiles
from advisor.report.proof_figures import ranked
from advisor.report.section import Table
from advisor.report.visible_text import on_one_line

LABELS: Final = "label"  # the kind of task
_WIDEST: Final = 20  # labels; beyond, a matrix is not readable and the most frequent confusions are told
_MOST: Final = 15
_LONGEST: Final = 40  # characters of a label


class ArmConfusion(NamedTuple):
    """The matrix of an arm, rows said and columns expected, or its most frequent confusions."""

    arm: str
    table: Table


def confusions(files: ProofFiles) -> tuple[ArmConfusion, ...]:
    """One for each arm that ran, the best first; none where the task is no choice of labels."""
    if files.proof.task_kind != LABELS:
        return ()
    labels = [item.expected for item in files.items]
    return tuple(
        ArmConfusion(on_one_line(arm.name), _table(files, arm.name, labels))
        for arm in ranked(files.proof)
        if any(arm.name in item.answers for item in files.items)
    )


def _table(files: ProofFiles, arm: str, labels: list[str]) -> Table:
    from advisor.evaluation.label_scores import label_scores

    asked = [item for item in files.items if arm in item.answers]
    found = label_scores([item.answers[arm].text for item in asked], [item.expected for item in asked], labels)
    confusion = found.confusion()
    answered, expected = ([on_one_line(name, _LONGEST) for name in names] for names in confusion[:2])
    if len(expected) <= _WIDEST:
        rows = tuple(
            (name, *(f"{count:,}" for count in counts))
            for name, counts in zip(answered, confusion.counts, strict=True)
            if any(counts) or name in expected
        )
        return Table("Said (rows) where the column was right", ("said", *expected), rows)
    wrong = [
        (count, said, right)
        for said, counts in enumerate(confusion.counts)
        for right, count in enumerate(counts)
        if said != right and count
    ]
    most = sorted(wrong, key=lambda one: (-one[0], one[1:]))[:_MOST]
    return Table(
        f"The {len(most)} most frequent of {len(wrong)} confusions",
        ("said", "right was", "items"),
        tuple((answered[said], expected[right], f"{count:,}") for count, said, right in most),
    )
