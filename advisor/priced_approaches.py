"""Which approaches are put into money beside each other, and what each of them would train."""

from collections.abc import Iterable, Sequence
from datetime import date

from advisor.case import Case
from advisor.decision.decide import completed, decide
from advisor.decision.rulebook import RuleBook
from advisor.errors import InputError
from advisor.money import NOT_PRICED, Market
from advisor.question import nearest
from advisor.record import Record
from advisor.training_choice import TrainingChoice, choose_training

MOST_COMPARED = 6  # so that charts can be read


def trainings_of(
    book: RuleBook, case: Case, market: Market, day: date, wanted: Iterable[str]
) -> list[tuple[str, TrainingChoice]]:
    """Each approach with what it would train."""
    full = completed(book, case)
    return [(name, choose_training(book, full, market.life_cycle, day, name)) for name in wanted]


def wanted_approaches(book: RuleBook, names: Sequence[str]) -> list[str]:
    """The approaches that are named, or all that can be priced. Raises InputError for a name that is none."""
    known = [name for name in book.approaches if name not in NOT_PRICED]
    for name in names:
        if name not in known:
            raise InputError(
                f"there is no approach {name}{nearest(name, known)}", what_to_do=f"one of {', '.join(known)}"
            )
    return [name for name in known if not names or name in names]


def possible_approaches(book: RuleBook, case: Case) -> list[str]:
    """What the case leaves possible, and today's prompt."""
    possible = decide(book, case).possible
    return [name for name in book.approaches if name not in NOT_PRICED and (name in possible or name == "prompt")]


def compared_approaches(record: Record, book: RuleBook) -> list[str]:
    """The recommended approach, what else is possible, what answers would lead to, and today's prompt."""
    named = (record.recommendation.approach, *record.possible, *(flip.to for flip in record.flips), "prompt")
    return [name for name in dict.fromkeys(named) if name in book.approaches][:MOST_COMPARED]
