"""What speaks against a correction before it becomes a training example.

Personal data and injected instructions are looked for in the text itself; the rest compares it with golden answers,
with what was accepted before, and with what came in the same window of time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from advisor.dataset.labels import is_short
from advisor.dataset.near_duplicates import jaccard
from advisor.dataset.personal import find_personal
from advisor.evaluation.injection_probe import Pattern, probe_text
from advisor.evaluation.word_overlap import normalised, normalised_match, token_f1
from advisor.operation.class_mix import mix_shift
from advisor.operation.feedback_rules import BLOCKING, FeedbackRules

_MOST_LABELS: Final = 50


class Correction(NamedTuple):
    """A correction as it is checked: the question, the answer that was wrong, and what is said instead."""

    id: str
    question: str
    answer: str
    correction: str
    comment: str = ""
    user: str | None = None


class Known(NamedTuple):
    """A question whose right answer is known."""

    question: str
    answer: str


class Surroundings(NamedTuple):
    """What a correction is compared with; `window` holds those of the same time, itself included."""

    golden: Sequence[Known] = ()
    accepted: Sequence[Known] = ()
    window: Sequence[Correction] = ()


class FeedbackFinding(NamedTuple):
    """What a check found: its id, whether it blocks, and what exactly; personal data are masked in it."""

    check: str
    severity: str
    detail: str


class FeedbackCheck:
    """The checks with everything that many corrections are compared with, prepared once."""

    def __init__(self, rules: FeedbackRules, patterns: Sequence[Pattern], around: Surroundings) -> None:
        self._rules = rules
        self._limits = rules.thresholds
        self._patterns = patterns
        self._golden = [(_pairs(item.question), item) for item in around.golden]
        self._accepted = [(_pairs(item.question), item) for item in around.accepted]
        self._window = {one.id: (_pairs(f"{one.question}\n{one.correction}"), one) for one in around.window}
        self._users = Counter(one.user for one in around.window if one.user)
        answers = Counter(normalised(item.answer) for item in (*around.golden, *around.accepted))
        known = [*around.golden, *around.accepted]
        # Labels: short answers of a list that is much shorter than the rows.
        self._are_labels = (
            len(known) >= self._limits["least_for_shares"]
            and all(is_short(item.answer) for item in known)
            and len(answers) <= min(_MOST_LABELS, len(known) / 2)
        )
        self._labels = answers
        self._shift = self._shifted(answers)
        self._model = (
            _LabelModel(known) if self._are_labels and len(known) >= self._limits["least_trusted_rows"] else None
        )

    def findings(self, one: Correction) -> tuple[FeedbackFinding, ...]:
        """What speaks against `one`, what blocks it first."""
        found = [
            FeedbackFinding(check, self._rules.checks[check].severity, detail) for check, detail in self._found(one)
        ]
        return tuple(sorted(found, key=lambda finding: finding.severity != BLOCKING))

    def _found(self, one: Correction) -> Iterator[tuple[str, str]]:
        kinds = Counter(
            f"{name}: {item.kind}"
            for name, text in (("question", one.question), ("correction", one.correction))
            for item in find_personal(text)
        )
        if kinds:
            yield "personal_data", ", ".join(f"{kind} ({times})" for kind, times in kinds.items())
        for place, text in (("question", one.question), ("correction", one.correction), ("comment", one.comment)):
            for injection in probe_text(text, place, self._patterns):
                yield "injected_instructions", f"{place}: {injection.kind}: {injection.text}"
        yield from self._against_known(one)
        yield from self._against_window(one)
        if self._are_labels:
            yield from self._as_label(one)

    def _against_known(self, one: Correction) -> Iterator[tuple[str, str]]:
        pairs = _pairs(one.question)
        for others, contradicts, repeats in (
            (self._golden, "contradicts_golden", "asks_golden_question"),
            (self._accepted, "contradicts_accepted", ""),
        ):
            same = [item for words, item in others if self._same_question(pairs, one.question, words, item.question)]
            wrong = [item for item in same if not self._same_answer(one.correction, item.answer)]
            if wrong:
                yield contradicts, f"there: {_short(wrong[0].answer)}"
            if same and repeats:
                yield repeats, _short(same[0].question)

    def _against_window(self, one: Correction) -> Iterator[tuple[str, str]]:
        if one.user is None:
            return
        pairs, least = _pairs(f"{one.question}\n{one.correction}"), self._limits["same_question"]
        alike = [
            other
            for words, other in self._window.values()
            if other.user == one.user and other.id != one.id and jaccard(pairs, words) >= least
        ]
        if len(alike) + 1 > self._limits["most_alike_of_one_user"]:
            yield "near_duplicates_of_one_user", f"{len(alike) + 1} of the same user are nearly the same"
        share = self._users[one.user] / max(1, len(self._window))
        enough = len(self._window) >= self._limits["least_for_shares"]
        if enough and share > self._limits["most_share_of_one_user"]:
            yield "mostly_one_user", f"{self._users[one.user]} of {len(self._window)} in the window are of one user"

    def _as_label(self, one: Correction) -> Iterator[tuple[str, str]]:
        label = normalised(one.correction)
        if label not in self._labels:
            yield "unknown_label", f"{_short(one.correction)} is none of {len(self._labels)} known labels"
        elif self._model:
            chance = self._model.chance(one.question, label)
            if chance is not None and chance.own <= self._limits["most_own_label"]:
                yield "unlikely_label", f"{chance.own:.0%} for it, {chance.best_share:.0%} for {chance.best}"
        if self._shift and label == self._shift[0]:
            yield "sudden_class_shift", self._shift[1]

    def _shifted(self, answers: Counter[str]) -> tuple[str, str] | None:
        """The class that grew suddenly, and in words by how much."""
        if not self._are_labels or len(self._window) < self._limits["least_for_shares"]:
            return None
        recent = Counter(normalised(one.correction) for _, one in self._window.values())
        shift = mix_shift(answers, recent)
        if shift is None or shift.p_value > self._limits["shift_p"] or shift.psi < self._limits["shift_psi"]:
            return None
        return shift.grown, f"{shift.grown_from:.0%} of reviewed rows, {shift.grown_to:.0%} of this window"

    def _same_question(self, pairs: frozenset[str], text: str, others: frozenset[str], other: str) -> bool:
        return normalised_match(text, other) or jaccard(pairs, others) >= self._limits["same_question"]

    def _same_answer(self, said: str, wanted: str) -> bool:
        if is_short(wanted):
            return normalised_match(said, wanted)
        return token_f1(said, wanted) >= self._limits["same_answer"]


class _Chance(NamedTuple):
    own: float
    best: str
    best_share: float


class _LabelModel:
    """TF-IDF and a linear model of the reviewed rows, made when it is first asked."""

    def __init__(self, known: Sequence[Known]) -> None:
        self._known = known
        self._fitted: object = None

    def chance(self, text: str, label: str) -> _Chance | None:
        """How likely `label` is for `text`; None where the rows teach nothing."""
        from advisor.dataset.text_classifier import text_classifier

        if self._fitted is None:
            times = Counter(normalised(item.answer) for item in self._known)
            rows = [item for item in self._known if times[normalised(item.answer)] > 1]
            self._fitted = False
            if len({normalised(item.answer) for item in rows}) > 1:
                model = text_classifier(0)
                try:
                    self._fitted = model.fit(
                        [item.question for item in rows], [normalised(item.answer) for item in rows]
                    )
                except ValueError:  # scikit-learn's word for an empty vocabulary
                    self._fitted = False
        if self._fitted is False:
            return None
        classes = list(self._fitted.classes_)  # type: ignore[attr-defined]
        shares = self._fitted.predict_proba([text])[0]  # type: ignore[attr-defined]
        if label not in classes:
            return None
        best = int(shares.argmax())
        return _Chance(float(shares[classes.index(label)]), classes[best], float(shares[best]))


def _pairs(text: str) -> frozenset[str]:
    """Words that follow each other, or the single word."""
    words = normalised(text).split()
    return frozenset(f"{one} {other}" for one, other in pairwise(words)) or frozenset(words)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:77]}..."
