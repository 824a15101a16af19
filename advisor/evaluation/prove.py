"""One proof from a case and its data: the questions, the arms, what they are expected to take, and the run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from advisor.case import Case
from advisor.data_split import file_sha256
from advisor.errors import InputError
from advisor.evaluation.answer_store import AnswerStore
from advisor.evaluation.arm import Arm, Expected
from advisor.evaluation.bake_off import BakeOff, Progress, bake_off
from advisor.evaluation.budget import Budget
from advisor.evaluation.chunks import Chunk
from advisor.evaluation.custom_grader import grader_of
from advisor.evaluation.injection_probe import probe
from advisor.evaluation.injection_rules import load_injection_patterns
from advisor.evaluation.json_answer import check_schema
from advisor.evaluation.knowledge_base import KnowledgeBase
from advisor.evaluation.language_arm import Means
from advisor.evaluation.plain_arm import PlainArm
from advisor.evaluation.proof import ProofFiles, write_proof
from advisor.evaluation.proof_arms import Models, ProofArms, Task, proof_arms
from advisor.evaluation.proof_facts import facts_of
from advisor.evaluation.proof_gates import NOT_RUN, Gates, Prober
from advisor.evaluation.proof_ledger import (
    COST,
    TIME,
    UPLIFT,
    ForeseenProof,
    foreseen_of,
    foreseen_uplift,
    uplift,
)
from advisor.evaluation.proof_list import proofs_folder
from advisor.evaluation.proof_money import money_of
from advisor.evaluation.proof_result import Setting, files, measured, result
from advisor.evaluation.retrieval_report import retrieval_report
from advisor.evaluation.scores import Scoring
from advisor.evaluation.sending import refuse_to_send
from advisor.evaluation.shown_items import question_of
from advisor.evaluation.task_kind import ChosenKind, choose_kind, rows_of
from advisor.evaluation.test_set import held_out, items_of
from advisor.evaluation_rules import EvaluationRules, load_evaluation_rules
from advisor.files import load_rulebook
from advisor.ledger.kept import corrections, keep, settle
from advisor.money import Market
from advisor.question import Answer
from advisor.store.database import Store
from advisor.store.tables import DEFAULT_WORKSPACE
from advisor.tuning.back_ends import shipped_trainers
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.embedding import MiniLM, installed_embedder
from advisor.tuning.loaded_models import LoadedModels

_ANSWERS: Final = "answers.sqlite3"
_UNREAD_SHOWN: Final = 5


class Wish(NamedTuple):
    """What is to be proved: the case, its rows, and how. Empty or None is left to the advisor."""

    case: Case
    data: Path
    test: Path | None = None
    documents: Path | None = None
    arms: tuple[str, ...] = ()
    models: Models = Models(None)
    kind: str | None = None
    grader: str | None = None
    schema: Any = None
    seed: int = 0
    most_usd: Decimal | None = None
    unlock: bool = False
    probes: bool = True
    run: str | None = None  # name of its folder; without one it follows from the content


class Place(NamedTuple):
    """Where a proof works: the data folder with its registry, the market, the day, and whose it is."""

    data: DataFolder
    store: Store
    market: Market
    day: date
    workspace: str = DEFAULT_WORKSPACE


class Prepared(NamedTuple):
    """A proof before its first answer, with what each arm is expected to take."""

    wish: Wish
    place: Place
    setting: Setting
    task: Task
    chosen: ProofArms
    expected: Mapping[str, Expected]
    folder: Path
    rules: EvaluationRules
    foreseen: ForeseenProof

    @property
    def expected_usd(self) -> Decimal | None:
        """What the run will cost at most; None where a price is not known."""
        parts = [one.usd for one in self.expected.values()]
        return None if any(usd is None for usd in parts) else sum((usd or Decimal(0) for usd in parts), Decimal(0))


class Proved(NamedTuple):
    """What a run left, and what it says of the case."""

    files: ProofFiles
    facts: Mapping[str, Answer]
    spent_usd: Decimal


def prepare(wish: Wish, place: Place) -> Prepared:
    """Everything up to the first answer of a language model; linear heads are trained here, in seconds.

    Raises InputError where the questions, the arms or the ceiling are not right.
    """
    rules = load_evaluation_rules()
    proofs = proofs_folder(place.data.path, place.workspace)
    held = held_out(wish.data, wish.test, proofs, wish.seed, place.day, unlock=wish.unlock)
    train_items = items_of(held.train)
    rows = rows_of([*held.items, *train_items])
    named = "graded" if wish.grader else wish.kind
    kind = ChosenKind(named, wish.grader or "named") if named else choose_kind(rows, rules.metrics.choice)
    if wish.schema is not None:
        check_schema(wish.schema, "--schema")
    labels = sorted({item.expected.strip() for item in train_items}) if kind.name == "label" else ()
    scoring = Scoring(rules.metrics.kind(kind.name), rules.metrics.tolerance, tuple(labels), wish.schema)
    folder = proofs / (wish.run or _run_name(wish, held.sha256))
    folder.mkdir(parents=True, exist_ok=True)
    documents = KnowledgeBase(wish.documents, _embedder(), proofs / "documents") if wish.documents else None
    notes = list(_notes_on(documents)) if documents else []
    means = Means(
        AnswerStore(proofs / _ANSWERS), Budget(wish.most_usd), rules.prompts.answer_tokens.get(kind.name, 512)
    )
    task = Task(
        held, scoring, rules.prompts, documents, folder, place.data, place.store, place.market, place.day, wish.seed,
        means, place.workspace,
    )  # fmt: skip
    chosen = proof_arms(task, wish.models, wish.arms)
    if not chosen.arms:
        raise InputError(
            "no arm can run: " + "; ".join(f"{arm.name}: {arm.why_not}" for arm in chosen.missing),
            what_to_do="mend what is missing, or take other --arms",
        )
    if chosen.hosts:
        refuse_to_send(wish.case, held, chosen.hosts)
    if wish.models.base is None:
        notes.append("No language model was asked: the arms that need none stand alone.")
    setting = Setting(folder.name, wish.case.title, place.day, wish.seed, held, kind, scoring, tuple(notes))
    expected = {arm.name: arm.expected(held.items) for arm in chosen.arms}
    foreseen = foreseen_of(expected.values(), corrections(place.store))
    made = Prepared(wish, place, setting, task, chosen, expected, folder, rules, foreseen)
    if wish.most_usd is not None and made.expected_usd is None:
        unknown = ", ".join(name for name, one in expected.items() if one.usd is None)
        raise InputError(
            f"no price is known for {unknown}, so the ceiling cannot be held",
            where="--spend-up-to",
            what_to_do="add the price with `advisor prices add`, or leave the ceiling out",
        )
    return made


def run(prepared: Prepared, progress: Progress) -> Proved:
    """Ask every arm, score, and write the result into the run's folder. What is answered is kept at once."""
    setting, task, wish = prepared.setting, prepared.task, prepared.wish
    held = setting.held
    begun = time.monotonic()
    _keep_foreseen(prepared)
    done = bake_off(prepared.chosen.arms, held.items, progress)
    seconds = time.monotonic() - begun
    done = done._replace(missing=(*prepared.chosen.missing, *done.missing))
    if not done.arms:
        raise InputError(
            "no arm has an answer: " + "; ".join(f"{arm.name}: {arm.why_not}" for arm in done.missing),
            what_to_do="mend what is missing; answers so far are kept",
        )
    found = measured(setting, done, grader_of(wish.grader) if wish.grader else None)
    gates = _gates(prepared, done)
    retrieval = retrieval_report(held.items, task.documents, wish.seed) if task.documents else ()
    proof = result(setting, done, found, gates, {}, retrieval, prepared.rules)
    facts = facts_of(proof, wish.case, len(held.train) + len(held.validation))
    known, place = wish.case.with_answers(facts), prepared.place
    money = money_of(known, load_rulebook(), place.market, place.day, proof)
    if money:
        proof = result(setting, done, found, gates, money, retrieval, prepared.rules)
    proof = proof.model_copy(update={"measured": {name: str(value) for name, value in facts.items()}})
    made = files(proof, done, found, setting, _shown_chunks(task))
    write_proof(prepared.folder, made)
    if not done.is_partial:
        taken = {COST: float(task.means.budget.spent_usd), TIME: seconds}
        settle(place.store, _answers_of(prepared), taken, proof.run)
    for arm, share in uplift(proof).items():
        settle(place.store, f"{proof.run} {arm}", {UPLIFT: share}, proof.run)
    return Proved(made, facts, task.means.budget.spent_usd)


def _keep_foreseen(prepared: Prepared) -> None:
    """Keep what is foreseen before the first answer; a run that goes on foresees only the answers that are left."""
    place = prepared.place
    keep(place.store, _answers_of(prepared), prepared.foreseen.ranges)
    arms = foreseen_uplift(prepared.chosen.arms, prepared.wish.case, place.market, place.day)
    for arm, one in arms.items():
        keep(place.store, f"{prepared.setting.run} {arm}", (one,))


def _answers_of(prepared: Prepared) -> str:
    return f"{prepared.setting.run} {prepared.foreseen.answers} answers"


def _gates(prepared: Prepared, done: BakeOff) -> dict[str, Gates]:
    """Probes of every trained arm that ran."""
    trained = [arm for arm in done.arms if arm.kind in ("linear", "tuned", "tuned_rag")]
    if not prepared.wish.probes or not trained:
        return {arm.name: Gates(NOT_RUN, NOT_RUN) for arm in trained}
    place = prepared.place
    loaded = LoadedModels(place.store, place.data, shipped_trainers())
    prober = Prober(prepared.setting.held, loaded, prepared.wish.seed)
    return {arm.name: _probed(prober, prepared, arm) for arm in trained}


def _probed(prober: Prober, prepared: Prepared, arm: Arm) -> Gates:
    if isinstance(arm, PlainArm):
        return prober.of_labels(arm)
    return prober.of_language_model(prepared.chosen.tuned[arm.name.removesuffix("+rag")])


def _embedder() -> MiniLM | None:
    found = installed_embedder()
    return found if isinstance(found, MiniLM) else None


def _notes_on(documents: KnowledgeBase) -> Iterator[str]:
    """Documents that cannot be read, and those that try to give orders to a model."""
    seen = documents.refresh()
    for one in seen.unread[:_UNREAD_SHOWN]:
        yield f"{one.path} was not read: {one.reason}"
    if len(seen.unread) > _UNREAD_SHOWN:
        yield f"{len(seen.unread) - _UNREAD_SHOWN} more documents were not read."
    patterns = load_injection_patterns()
    for document in documents.documents:
        for found in probe(document, patterns):
            yield f"{found.place} speaks to a model ({found.kind}): {found.text[:80]!r}. {found.why}"


def _shown_chunks(task: Task) -> dict[str, Chunk]:
    """Everything that an arm may have been shown: chunks of documents, and training rows."""
    chunks = {chunk.id: chunk for chunk in task.documents.index.chunks} if task.documents else {}
    for item in items_of(task.held.train):
        chunks[item.id] = Chunk(item.id, f"training row {item.id}", (), f"{question_of(item)}\n→ {item.expected}")
    return chunks


def _run_name(wish: Wish, test_sha256: str) -> str:
    """The same proof has the same name, so that it goes on where it was."""
    parts: Sequence[object] = (
        *(file_sha256(wish.data), test_sha256, wish.documents, wish.arms, wish.models),
        *(wish.kind, wish.grader, wish.schema, wish.seed),
    )
    return f"proof-{blake2b(repr(parts).encode(), digest_size=6).hexdigest()}"
