"""Builds the rule book from the documents of `rules/`, refusing every unknown name, duplicate id or missing source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from advisor.decision.condition_reader import ConditionReader
from advisor.decision.conditions import ALWAYS
from advisor.decision.fields import Fields
from advisor.decision.first_hit import FirstHit, Gate, Rule
from advisor.decision.possible import Possibilities
from advisor.decision.question_reader import read_questions
from advisor.decision.rulebook import (
    Approach,
    BudgetGate,
    BudgetRules,
    Cheaper,
    ChecklistItem,
    Note,
    RoadStep,
    RuleBook,
)
from advisor.decision.slots import Slots
from advisor.decision.source_reader import read_evidence, read_sources
from advisor.errors import RuleBookError
from advisor.question import Question
from advisor.strict_yaml import Document

FILES: Final = (
    "questions",
    "sources",
    "evidence",
    "approaches",
    "approach",
    "technique",
    "budget",
    "also",
    "supports",
    "rejections",
    "flags",
    "contradictions",
    "checklists",
)
PHASES: Final = ("before", "during", "after")
_BUDGETS: Final = ("one_time", "monthly")
_SEVERITIES: Final = ("red_flag", "gotcha", "correction", "life_cycle")


def build_rulebook(documents: Mapping[str, Document], derived: Mapping[str, Question], version: str) -> RuleBook:
    """The rule book in `documents`, one for each name in FILES. Raises RuleBookError with file:line."""
    return _Builder(documents, derived, version).book()


class _Builder:
    def __init__(self, documents: Mapping[str, Document], derived: Mapping[str, Question], version: str) -> None:
        self.documents = documents
        self.version = version
        self.questions = read_questions(documents["questions"])
        self.slots = Slots(self.questions, derived)
        self.approach_ids = tuple(derived["chosen.approach"].options)
        self.base_model_ids = tuple(derived["chosen.base_model"].options)
        self.technique_ids = tuple(derived["chosen.technique"].options)
        self.conditions = ConditionReader(self.slots)
        self.ids: dict[str, str] = {}
        self.evidence = read_evidence(documents["evidence"], self.questions, self.approach_ids, self._id)
        self.sources = read_sources(documents["sources"], self.evidence)

    def book(self) -> RuleBook:
        approaches = self._approaches()
        base_models = self._base_models()
        approach = self._approach_table()
        technique, base_model = self._technique_tables()
        return RuleBook(
            questions=self.questions,
            groups=Fields(self.documents["questions"], ("groups",), "groups").all_texts(),
            slots=self.slots,
            named=self.conditions.named,
            approach=approach,
            possibilities=Possibilities(approach),
            technique=technique,
            base_model=base_model,
            budget=self._budget(),
            also=self._notes("also", about="add"),
            supports=self._notes("supports", about="for"),
            rejections=self._notes("rejections", about="approach"),
            flags=self._notes("flags", about=""),
            contradictions=self._notes("contradictions", about=""),
            checklist=self._checklist(),
            approaches=approaches,
            base_models=base_models,
            evidence=self.evidence,
            sources=self.sources,
            version=self.version,
        )

    def _approach_table(self) -> FirstHit:
        top = Fields(self.documents["approach"], (), "the file")
        self.conditions.define(top)
        gates: dict[str, Gate] = {}
        for fields in top.rows("gates", "a gate"):
            gate = Gate(
                id=self._id(fields),
                holds=self.conditions.read(fields, "holds"),
                otherwise=fields.one_of("otherwise", self.approach_ids, "approach"),
                why=fields.text("why"),
                source=self._source(fields),
                where=fields.where,
            )
            fields.done()
            gates[gate.id] = gate
        rules = [self._rule(fields, self.approach_ids, gates) for fields in top.rows("rules", "a rule")]
        if top.raw("otherwise") is not None:
            default = Fields(self.documents["approach"], ("otherwise",), "the default")
            rules.append(self._rule(default, self.approach_ids, {}, always=True))
        top.done()
        self._refuse_empty(rules, top, "rules")
        self._refuse_unused(gates, {gate.id for rule in rules for gate in rule.requires})
        return FirstHit("approach", tuple(rules))

    def _technique_tables(self) -> tuple[FirstHit, FirstHit]:
        top = Fields(self.documents["technique"], (), "the file")
        self.conditions.define(top)
        technique = [self._rule(fields, self.technique_ids, {}) for fields in top.rows("technique", "a rule")]
        base_model = [self._rule(fields, self.base_model_ids, {}) for fields in top.rows("base_model", "a rule")]
        top.done()
        self._refuse_empty(technique, top, "technique")
        self._refuse_empty(base_model, top, "base_model")
        return FirstHit("technique", tuple(technique)), FirstHit("base_model", tuple(base_model))

    def _budget(self) -> BudgetRules:
        top = Fields(self.documents["budget"], (), "the file")
        gates = {name: self._budget_gate(fields) for name, fields in top.group("gates", "a gate").items()}
        for name in gates:
            top.must_be_known(name, _BUDGETS, "budget", "gates", name)
        missing = [name for name in _BUDGETS if name not in gates]
        if missing:
            raise top.error(f"there is no gate for {missing[0]}", "gates", what_to_do=f"add `{missing[0]}:`")
        instead: list[Cheaper] = []
        for fields in top.rows("instead", "an approach to take"):
            take = fields.one_of("take", self.approach_ids, "approach")
            when = self.conditions.read(fields, "when")
            instead.append(Cheaper(take, when, when.evaluate, fields.where))
            fields.done()
        top.done()
        return BudgetRules(gates["one_time"], gates["monthly"], tuple(instead))

    def _budget_gate(self, fields: Fields) -> BudgetGate:
        gate = BudgetGate(self._id(fields), fields.text("why"), self._source(fields), fields.where)
        fields.done()
        return gate

    def _rule(
        self, fields: Fields, outcomes: Iterable[str], gates: Mapping[str, Gate], *, always: bool = False
    ) -> Rule:
        required = fields.texts("requires")
        for gate in required:
            fields.must_be_known(gate, gates, "gate", "requires")
        rule = Rule(
            id=self._id(fields),
            when=ALWAYS if always else self.conditions.read(fields, "when"),
            then=fields.one_of("then", outcomes, "outcome"),
            requires=tuple(gates[gate] for gate in required),
            why=fields.text("why"),
            source=self._source(fields),
            where=fields.where,
        )
        fields.done()
        return rule

    def _notes(self, name: str, about: str) -> tuple[Note, ...]:
        top = Fields(self.documents[name], (), "the file")
        self.conditions.define(top)
        notes: list[Note] = []
        for fields in top.rows(name, f"an entry of {name}"):
            when = self.conditions.read(fields, "when")
            is_flag = name == "flags"
            subjects = fields.texts(about) if about == "for" else (fields.text(about),) if about else ()
            for subject in subjects:
                fields.must_be_known(subject, self.approach_ids, "approach", about)
            instead = fields.text("instead", "")
            if instead:
                fields.must_be_known(instead, self.approach_ids, "approach", "instead")
            notes.append(
                Note(
                    id=self._id(fields),
                    when=when,
                    holds=when.evaluate,
                    say=fields.text("say" if name in ("flags", "contradictions") else "why"),
                    about=subjects,
                    source=self._source(fields) if name != "contradictions" else (),
                    where=fields.where,
                    severity=fields.one_of("severity", _SEVERITIES, "severity") if is_flag else "",
                    instead=instead,
                    counter_measure=fields.text("counter_measure", ""),
                )
            )
            fields.done()
        top.done()
        return tuple(notes)

    def _checklist(self) -> tuple[ChecklistItem, ...]:
        top = Fields(self.documents["checklists"], (), "the file")
        lists = Fields(self.documents["checklists"], ("lists",), "lists")
        top.raw("lists")
        items: list[ChecklistItem] = []
        for phase in PHASES:
            for fields in top.rows(phase, "a checklist item"):
                only = fields.text("for", "")
                if only:
                    fields.must_be_known(only, lists.values, "list", "for")
                evidence = fields.text("evidence", "")
                if evidence:
                    fields.must_be_known(evidence, self.questions, "answer", "evidence")
                has_condition = fields.raw("done") is not None
                items.append(
                    ChecklistItem(
                        id=self._id(fields),
                        phase=phase,
                        item=fields.text("item"),
                        done=self.conditions.read(fields, "done").evaluate if has_condition else None,
                        evidence=evidence,
                        approaches=lists.texts(only) if only else (),
                        source=self._source(fields),
                    )
                )
                fields.done()
        top.done()
        return tuple(items)

    def _approaches(self) -> dict[str, Approach]:
        top = Fields(self.documents["approaches"], (), "the file")
        found: dict[str, Approach] = {}
        for name, fields in top.group("approaches", "an approach").items():
            top.must_be_known(name, self.approach_ids, "approach", "approaches", name)
            steps = []
            for step in fields.rows("steps", "a step"):
                weeks = step.raw("weeks")
                if not (isinstance(weeks, list) and len(weeks) == 2 and all(isinstance(week, int) for week in weeks)):
                    raise step.error("`weeks` is no pair of weeks", "weeks", what_to_do="write [first, last]")
                steps.append(RoadStep(step.text("what"), step.text("exit"), weeks[0], weeks[1]))
                step.done()
            found[name] = Approach(
                id=name,
                name=fields.text("name"),
                summary=fields.text("summary"),
                cost=fields.text("cost"),
                complexity=fields.text("complexity"),
                steps=tuple(steps),
                source=self._source(fields),
            )
            fields.done()
        missing = [name for name in self.approach_ids if name not in found]
        if missing:
            raise top.error(f"these approaches are not described: {', '.join(missing)}", "approaches")
        return found

    def _base_models(self) -> Mapping[str, str]:
        top = Fields(self.documents["approaches"], (), "the file")
        found = {name: fields.text("name") for name, fields in top.group("base_models", "a base model").items()}
        for name in found:
            top.must_be_known(name, self.base_model_ids, "base model", "base_models", name)
        missing = [name for name in self.base_model_ids if name not in found]
        if missing:
            raise top.error(f"these base models are not described: {', '.join(missing)}", "base_models")
        return found

    def _id(self, fields: Fields) -> str:
        name = fields.text("id")
        if name in self.ids:
            raise fields.error(
                f"the id {name} is used twice, first at {self.ids[name]}", "id", what_to_do="give one another id"
            )
        self.ids[name] = fields.where
        return name

    def _source(self, fields: Fields) -> tuple[str, ...]:
        names = fields.texts("source")
        if not names:
            raise fields.error(
                f"{fields.what} has no source",
                what_to_do="add `source: [id]` with ids of sources.yaml or evidence.yaml",
            )
        for name in names:
            fields.must_be_known(name, self.sources, "source", "source")
        return names

    def _refuse_empty(self, rules: Sequence[Rule], top: Fields, name: str) -> None:
        if not rules:
            raise top.error(f"there is no rule under `{name}`", what_to_do=f"add `{name}:` with at least one rule")

    def _refuse_unused(self, gates: Mapping[str, Gate], used: set[str]) -> None:
        for name, gate in gates.items():
            if name not in used:
                raise RuleBookError(
                    f"no rule requires the gate {name}", where=gate.where, what_to_do="use it or delete it"
                )
