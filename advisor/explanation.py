"""Turns a decision into what is said about it: reasons, rejections, flags, checklists, road map, evidence."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from advisor import record
from advisor.budget import TooDear
from advisor.case import Case
from advisor.decision.conditions import settled_by
from advisor.decision.first_hit import Step, Trace
from advisor.decision.rulebook import Evidence, Note, RuleBook
from advisor.decision.slots import Slot, State_
from advisor.derived import READS
from advisor.question import UNKNOWN, State, as_plain
from advisor.wording import unmet

Sourced = record.Reason | record.Rejected | record.Flag


class Explained(NamedTuple):
    """One decision with all that is needed to explain it; `state` holds the given and derived values."""

    book: RuleBook
    case: Case
    state: State_
    trace: Trace
    approach: str
    possible: tuple[str, ...]
    also: tuple[str, ...]
    too_dear: tuple[TooDear, ...] = ()

    def summary(self, technique: str | None, base_model: record.BaseModelChoice | None) -> str:
        """The verdict in one or two sentences."""
        text = self.book.approaches[self.approach].summary
        if technique:
            begin = ""
            if base_model and base_model.id == self.book.base_models["linear_head"]:
                begin = f", where {base_model.id}, a linear head tried first, is not enough"
            elif base_model and base_model.id:
                begin = f", beginning with {base_model.id}"
            text += f" Technique: {technique.replace('_', ' ')}{begin}."
        return text

    def reasons(self) -> tuple[record.Reason, ...]:
        """The rule that decided, the gate that redirected it if one did, then what else speaks for the approach."""
        last = self.trace.last
        steps = [step for step in self.trace.steps if step.rule is last.rule and step.gate is None]
        reasons = [self._reason(step.rule.id, step, step.rule.why, step.rule.source) for step in steps]
        if last.gate:
            reasons.insert(0, self._reason(last.gate.id, last, last.gate.why, last.gate.source))
        reasons = [
            record.Reason(item.gate.id, self._named(item.over.budget), item.why, item.gate.source)
            for item in self.too_dear
            if item.instead == self.approach != item.approach
        ] + reasons
        supporting = [note for note in self.book.supports if self.approach in note.about and note.holds(self.state)]
        companions = [note for note in self.book.also if note.holds(self.state)]
        reasons += [
            record.Reason(note.id, self._because(self._slots(note)), note.say, note.source)
            for note in (*supporting, *companions)
        ]
        return tuple(reasons)

    def rejected(self) -> tuple[record.Rejected, ...]:
        """For every approach that is neither chosen, possible nor added: the gate or facts that speak against it."""
        kept = {self.approach, *self.possible, *self.also}
        found: list[record.Rejected] = []
        for name in self.book.approaches:
            if name in kept:
                continue
            against = [*self._too_dear(name), *self._failed_gates(name), *self._notes_against(name)]
            found += against or self._own_rules_fail(name)
        return tuple(found)

    def flags(self) -> tuple[record.Flag, ...]:
        """Every flag whose condition holds, red flags first."""
        order = ("red_flag", "life_cycle", "correction", "gotcha")
        raised = [note for note in self.book.flags if note.holds(self.state)]
        return tuple(
            record.Flag(
                note.id, note.severity, note.say, note.instead or None, note.counter_measure or None, note.source
            )
            for note in sorted(raised, key=lambda note: order.index(note.severity))
        )

    def contradictions(self) -> tuple[record.Contradiction, ...]:
        """Answers that cannot all be right."""
        return tuple(
            record.Contradiction(note.id, self._because(self._slots(note)), note.say)
            for note in self.book.contradictions
            if note.holds(self.state)
        )

    def checklists(self) -> record.Checklists:
        """The items that concern the approach, looked up in the answers."""
        ticks: dict[str, list[record.Tick]] = {"before": [], "during": [], "after": []}
        for item in self.book.checklist:
            if item.approaches and self.approach not in item.approaches:
                continue
            value = item.done(self.state) if item.done else None
            state = "unknown" if value is None else "done" if value else "open"
            answer = self.case.answers.get(item.evidence)
            evidence = None if answer is None else f"{item.evidence}: {shown_value(as_plain(answer))}"
            ticks[item.phase].append(record.Tick(item.id, item.item, state, evidence))
        return record.Checklists(**{phase: tuple(items) for phase, items in ticks.items()})

    def roadmap(self) -> tuple[record.RoadStep, ...]:
        """The steps of the approach, numbered."""
        return tuple(
            record.RoadStep(
                number, self.approach, step.what, step.exit_criterion, record.Weeks(step.first_week, step.last_week)
            )
            for number, step in enumerate(self.book.approaches[self.approach].steps, start=1)
        )

    def evidence(self) -> tuple[record.PublishedResult, ...]:
        """Published results for the approach and this kind of task, those that name kind or gap first."""
        kind, gaps = self.case.given("task.kind"), self.case.given("need.gaps")
        wanted = {self.approach, *self.also}
        found: list[tuple[int, Evidence]] = []
        for item in self.book.evidence:
            kind_fits = not item.kinds or kind in item.kinds
            gap_fits = not item.gaps or (isinstance(gaps, tuple) and any(gap in item.gaps for gap in gaps))
            if kind_fits and gap_fits and wanted & set(item.approaches):
                found.append((-(bool(item.kinds) + bool(item.gaps) + (self.approach in item.approaches)), item))
        return tuple(
            record.PublishedResult(
                item.id, item.claim, dict(item.numbers), item.source, item.as_of, item.direction, item.caveat or None
            )
            for _, item in sorted(found, key=lambda pair: pair[0])
        )

    def assumed(self, names: Iterable[str]) -> tuple[record.Assumed, ...]:
        """The provisional values that were used for missing answers, in the order of the questions."""
        wanted = set(names)
        return tuple(
            record.Assumed(name, as_plain(question.provisional.value), question.provisional.because)
            for name, question in self.book.questions.items()
            if name in wanted and question.provisional
        )

    def cited(self, items: Sequence[Sourced]) -> tuple[record.Cited, ...]:
        """What the source ids of `items` stand for, each once."""
        ids = dict.fromkeys(name for item in items for name in item.source)
        found = [self.book.sources[name] for name in ids if name in self.book.sources]
        return tuple(record.Cited(source.id, source.says, source.read_in, source.as_of) for source in found)

    def notes(self) -> tuple[str, ...]:
        """What the reader should know about the answers themselves."""
        unknown = [name for name, value in self.case.answers.items() if value is UNKNOWN]
        notes = [f"Answered as not known: {', '.join(unknown)}."] if unknown else []
        if self.case.given("data.file") is not None and not self.case.measured:
            notes.append("data.file was not read: the counts are those that the case claims.")
        return tuple(notes)

    def measured(self) -> tuple[record.MeasuredAnswer, ...]:
        """What the data set showed, beside what the case claimed."""
        return tuple(
            record.MeasuredAnswer(
                item.answer, None if item.claimed is None else as_plain(item.claimed), as_plain(item.value), item.how
            )
            for item in self.case.measured
        )

    def _reason(self, rule: str, step: Step, why: str, source: tuple[str, ...]) -> record.Reason:
        return record.Reason(rule, self._because(self.trace.because(step)), why, source)

    def _failed_gates(self, approach: str) -> list[record.Rejected]:
        return [
            record.Rejected(
                approach, step.gate.id, self._because(self.trace.because(step)), step.gate.why, step.gate.source
            )
            for step in self.trace.steps
            if step.gate and step.value is False and step.rule.then == approach
        ]

    def _too_dear(self, approach: str) -> list[record.Rejected]:
        return [
            record.Rejected(approach, item.gate.id, self._named(item.over.budget), item.why, item.gate.source)
            for item in self.too_dear
            if item.approach == approach
        ]

    def _notes_against(self, approach: str) -> list[record.Rejected]:
        return [
            record.Rejected(approach, note.id, self._because(self._slots(note)), note.say, note.source)
            for note in self.book.rejections
            if approach in note.about and note.holds(self.state)
        ]

    def _own_rules_fail(self, approach: str) -> list[record.Rejected]:
        """The first rule that could have led to `approach`, and the answers by which it does not hold."""
        # A rule that means the approach says more than one whose gate falls back to it.
        for rule in sorted(self.book.approach.rules, key=lambda rule: rule.then != approach):
            if approach in rule.outcomes and rule.when.evaluate(self.state) is False:
                because = self._because(settled_by(rule.when, self.state))
                why = f"Not needed here: {unmet(rule.when, self.state, self.book.wording)}."
                return [record.Rejected(approach, rule.id, because, why, rule.source)]
        return [
            record.Rejected(approach, rule.id, (), "Another rule comes first.", rule.source)
            for rule in self.book.approach.rules
            if approach in rule.outcomes
        ][:1]

    def _slots(self, note: Note) -> list[Slot]:
        return settled_by(note.when, self.state)

    def _because(self, slots: Iterable[Slot]) -> tuple[record.Because, ...]:
        names = dict.fromkeys(
            name for slot in slots for name in (READS.get(slot.answer, ()) if slot.derived else (slot.answer,))
        )
        return self._named(*names)

    def _named(self, *answers: str) -> tuple[record.Because, ...]:
        return tuple(
            record.Because(name, as_plain(answer))
            for name in answers
            if (answer := self.case.answers.get(name)) is not None and answer is not UNKNOWN
        )


def shown_value(value: Any) -> str:
    """A plain answer as it is shown in text."""
    if isinstance(value, State):
        return value.value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or "nothing"
    return f"{value:,}" if isinstance(value, int) else str(value)
