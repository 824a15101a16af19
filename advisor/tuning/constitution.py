"""Constitutional rows: a model answers, criticises its answer by a principle, and writes it anew.

The supervised half of Bai et al. 2022, one critique and revision for each principle in turn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from advisor.dataset.conversation import Conversation, Message, said
from advisor.errors import InputError
from advisor.tuning.distillation import question, spoken
from advisor.tuning.trainer import Asked, Model


def revised_rows(
    model: Model,
    critic: Model,
    rows: Sequence[Conversation],
    principles: Sequence[str],
    longest: int | None,
    seed: int,
    poll: Callable[[], None],
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

    def ask(one: Model, messages: Sequence[Message]) -> str:
        return spoken(one, Asked(messages, max_tokens=longest, temperature=0.0, seed=seed), poll)

    for row in rows:
        asked = question(row)
        text = ask(model, asked)
        for principle in principles:
            begun = [
                *asked[-1:],
                said("assistant", text),
                said(
                    "user", f"Criticise your answer by this principle: {principle}\nName what goes against it, briefly."
                ),
            ]
            ended = [*begun, said("assistant", ask(critic, begun)), said("user", _rewrite(principle))]
            text = ask(critic, ended).strip() or text  # where the critic writes nothing the answer stays
        yield row._replace(messages=(*asked, said("assistant", text)), preferred=(), rejected=())


def _rewrite(principle: str) -> str:
    return f"Now write your answer anew so that it keeps to the principle: {principle}\nWrite the answer only."
