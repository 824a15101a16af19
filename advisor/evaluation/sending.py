"""What may not be sent to a host: rows of a case that keeps its data in the house, and personal data."""

from __future__ import annotations

from collections.abc import Sequence

from advisor.case import Case
from advisor.dataset.conversation import Conversation, example_of, said
from advisor.dataset.personal import PersonalData
from advisor.dataset.secrets import Secrets
from advisor.errors import InputError
from advisor.evaluation.test_set import HeldOut


def refuse_to_send(case: Case, held: HeldOut, hosts: Sequence[str]) -> None:
    """Raises InputError where rows that a host would see may not leave the house."""
    where = ", ".join(hosts)
    if case.given("constraints.data_may_leave") == "on_premises":
        raise InputError(
            f"the case says that its data may not leave the house, and {where} would see the questions",
            where="constraints.data_may_leave",
            what_to_do="ask a model on this machine: --model hf/NAME, or a host on it with --base-url",
        )
    personal, secrets = PersonalData(), Secrets()
    asked = [Conversation((*item.messages, said("assistant", item.expected))) for item in held.items]
    for line, row in enumerate((*asked, *held.train, *held.validation), start=1):
        example = example_of(row, line)
        personal.add(example)
        secrets.add(example)
    found = (*personal.found(), *secrets.found())
    if found:
        counted = ", ".join(f"{len(one.places):,} x {one.id.removeprefix('personal_')}" for one in found)
        raise InputError(
            f"personal data would be sent to {where}: {counted}",
            where=str(held.file),
            what_to_do="`advisor data clean --anonymise` replaces them; or ask a model on this machine",
        )
