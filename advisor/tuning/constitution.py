"""Constitutional rows: a model answers, criticises its answer by a principle, and writes it anew.

The supervised half of Bai et al. 2022, one critique and revision for each principle in turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from advisor.dataset.conversation import Conversation, said
from advisor.errors import InputError
from advisor.tuning.distillation import question
from advisor.tuning.trainer import Asked, Model


def revised_rows(
    model: Model,
    critic: Model,
    rows: Sequence[Conversation],
    principles: Sequence[str],
    longest: int | None,
    seed: int,
) -> Iterator[Conversation]:
    """Each row with the answer that is left after every principle. `model` answers first, `critic` does the rest.

    Raises InputError without a principle.
    """
    if not principles or not all(principle.strip() for principle in principles):
        raise InputError(
            "constitutional training needs principles",
            where="hyperparameters.principles",
            what_to_do="give a list of sentences, such as: The answer gives no medical advice.",
        )
    for row in rows:
        asked = question(row)
        text = model.answer(Asked(asked, max_tokens=longest, temperature=0.0, seed=seed)).text
        for principle in principles:
            text = _revised(critic, asked[-1:], text, principle, longest, seed)
        yield row._replace(messages=(*asked, said("assistant", text)), preferred=(), rejected=())


def _revised(
    critic: Model, asked: Sequence[dict[str, object]], text: str, principle: str, longest: int | None, seed: int
) -> str:
    """The answer after one principle; the old one where the critic writes nothing."""
    begun = [
        *asked,
        said("assistant", text),
        said("user", f"Criticise your answer by this principle: {principle}\nName what goes against it, briefly."),
    ]
    critique = critic.answer(Asked(begun, max_tokens=longest, temperature=0.0, seed=seed)).text
    rewrite = said(
        "user", f"Now write your answer anew so that it keeps to the principle: {principle}\nWrite the answer only."
    )
    ended = [*begun, said("assistant", critique), rewrite]
    return critic.answer(Asked(ended, max_tokens=longest, temperature=0.0, seed=seed)).text.strip() or text
