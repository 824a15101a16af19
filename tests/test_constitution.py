"""Rows that a model makes: what the teacher and the critic are asked, and what is kept of their answers."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from advisor.dataset.conversation import Conversation, said, text_of
from advisor.errors import InputError
from advisor.tuning.constitution import revised_rows
from advisor.tuning.distillation import labelled_rows
from advisor.tuning.made_rows import made_once
from advisor.tuning.trainer import Answer, Asked, Stopped
from tests.orders import Heard, row


def nothing() -> None:
    """No request to stop."""


class Scripted:
    """Answers by what is asked last, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []

    def answer(self, asked: Asked) -> Answer:
        """A revision names the principle that it follows."""
        self.asked.append(asked)
        last = text_of(asked.messages[-1])
        if last.startswith("Criticise"):
            text = "It is rude."
        elif last.startswith("Now write"):
            text = f"{text_of(asked.messages[1])} + {last.split(': ')[1].splitlines()[0]}"
        else:
            text = f"answer to {last}"
        return Answer(text, "stop", 1, 1)

    def stream(self, asked: Asked) -> Generator[str, None, Answer]:
        """In one piece."""
        answer = self.answer(asked)
        yield answer.text
        return answer


def test_every_principle_revises_the_answer_before() -> None:
    """Critique and revision see the question, the last answer and the critique; the row keeps the final answer."""
    model, critic = Scripted(), Scripted()
    (made,) = revised_rows(model, critic, [row("q", "old", "Be kind.")], ["Polite.", "Short."], 50, 3, nothing)
    assert [message["content"] for message in made.messages] == ["Be kind.", "q", "answer to q + Polite. + Short."]
    assert [len(one.messages) for one in critic.asked] == [3, 5, 3, 5]
    assert text_of(critic.asked[1].messages[3]) == "It is rude."
    assert {(one.max_tokens, one.temperature, one.seed) for one in critic.asked} == {(50, 0.0, 3)}


@pytest.mark.parametrize("principles", [[], [" "]])
def test_no_principle_is_refused(principles: list[str]) -> None:
    """There is nothing to criticise by."""
    with pytest.raises(InputError, match="needs principles"):
        next(revised_rows(Scripted(), Scripted(), [row("q", "a")], principles, None, 0, nothing))


def test_the_teachers_answer_takes_the_place_of_the_rows() -> None:
    """Rows with and without an answer are asked for the same."""
    made = labelled_rows(Scripted(), [row("q", "old"), Conversation((said("user", "r"),))], None, 0, nothing)
    assert [text_of(one.messages[-1]) for one in made] == ["answer to q", "answer to r"]


def test_made_rows_are_made_once(tmp_path: Path) -> None:
    """After a stop, or a line that was half written, only what is missing is made."""
    teacher = Scripted()
    rows = [row(str(number), "") for number in range(5)]

    def make(missing: object) -> Iterator[Conversation]:
        assert isinstance(missing, list)
        return labelled_rows(teacher, missing, None, 0, nothing)

    class StopsAfter(Heard):
        left = 2

        def wanted(self) -> bool:
            self.left -= 1
            return self.left >= 0

    path = tmp_path / "run" / "made.jsonl"
    with pytest.raises(Stopped):
        made_once(path, rows, make, StopsAfter())
    path.write_bytes(path.read_bytes()[:-3])
    made = made_once(path, rows, make, Heard())
    assert [text_of(one.messages[-1]) for one in made] == [f"answer to {number}" for number in range(5)]
    assert len(teacher.asked) == 2 + 4
    assert made_once(path, rows, make, Heard()) == made
    assert len(teacher.asked) == 6
