"""Few-shot prompting: examples like the question; how many is chosen on validation rows, never on the test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from advisor.evaluation.arm import Expected
from advisor.evaluation.asked_model import AskedModel
from advisor.evaluation.item import Item, Reply
from advisor.evaluation.language_arm import LanguageArm, Means
from advisor.evaluation.prompting import Prompt, Shot, few_shot
from advisor.evaluation.proof import Kind
from advisor.evaluation.scores import Scoring, score
from advisor.evaluation.shots import ShotPicker
from advisor.evaluation.shown_items import question_of


class FewShotArm:
    """A language model with examples in its prompt."""

    name = "few_shot"
    kind: Kind = "few_shot"

    def __init__(
        self,
        model: AskedModel,
        base: Prompt,
        picker: ShotPicker,
        numbers: Sequence[int],
        validation: Sequence[Item],
        scoring: Scoring,
        means: Means,
    ) -> None:
        """`numbers` of examples are tried on `validation`; without such items the least is taken."""
        self._picker, self._base, self._model, self._means = picker, base, model, means
        self._numbers = tuple(numbers) if validation else (min(numbers),)
        self._validation, self._scoring = validation, scoring
        self.asked: str | None = model.name
        self.what = f"{model.what}, with {' or '.join(map(str, self._numbers))} examples like the question"

    def expected(self, items: Sequence[Item]) -> Expected:
        """The trials on validation rows, and the most examples for every item."""
        parts = [self._with(number).expected(self._validation) for number in self._numbers if len(self._numbers) > 1]
        parts.append(self._with(max(self._numbers)).expected(items))
        usd = (
            None
            if any(part.usd is None for part in parts)
            else sum((part.usd or Decimal(0) for part in parts), Decimal(0))
        )
        return Expected(
            sum(part.items for part in parts),
            sum(part.input_tokens for part in parts),
            sum(part.output_tokens for part in parts),
            usd,
            sum(part.seconds for part in parts),
        )

    def replies(self, items: Sequence[Item], answered: Callable[[], None]) -> tuple[Reply, ...]:
        """Replies with the number of examples that did best on the validation rows, of equals the least."""
        number = self._numbers[0]
        if len(self._numbers) > 1:
            shares = {number: self._share(number) for number in self._numbers}
            number = max(shares, key=lambda one: (shares[one], -one))
            tried = ", ".join(f"{one}: {share:.2f}" for one, share in shares.items())
            self.what = f"{self._model.what}, with {number} examples like the question (on validation rows {tried})"
        return self._with(number).replies(items, answered)

    def _share(self, number: int) -> float:
        """The primary metric on the validation rows; 0 where the budget did not last for all of them."""
        replies = self._with(number).replies(self._validation, lambda: None)
        if len(replies) < len(self._validation):
            return 0.0
        scored = score(self._validation, replies, self._scoring)
        return scored.measures[scored.primary].value

    def _with(self, number: int) -> LanguageArm:
        def shots(item: Item) -> Sequence[Shot]:
            (found,) = self._picker.pick([question_of(item)], number)
            return found

        return LanguageArm(self.name, "few_shot", self.what, self._model, few_shot(self._base, shots), self._means)
