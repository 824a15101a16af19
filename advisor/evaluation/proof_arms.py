"""Which arms a proof can run, and what is missing for those that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from advisor.chat_client import KEY_VARIABLE, ChatClient
from advisor.data_examples import rows_of
from advisor.data_split import file_sha256
from advisor.errors import InputError
from advisor.evaluation.arm import Arm, Missing
from advisor.evaluation.asked_model import AskedModel, ModelAtHost, ModelHere, token_prices
from advisor.evaluation.chunks import Chunk
from advisor.evaluation.few_shot_arm import FewShotArm
from advisor.evaluation.item import Item
from advisor.evaluation.knowledge_base import KnowledgeBase
from advisor.evaluation.language_arm import LanguageArm, Means
from advisor.evaluation.plain_arm import linear_arm, model_arm, quote_arm, vote_arm
from advisor.evaluation.prompting import Prompt, PromptTexts, with_documents, zero_shot
from advisor.evaluation.proof import Kind
from advisor.evaluation.quote import REFUSAL
from advisor.evaluation.scores import Scoring
from advisor.evaluation.shots import ShotPicker
from advisor.evaluation.shown_items import question_of
from advisor.evaluation.test_set import HeldOut, examples_of, items_of
from advisor.inference_prices import inference_price
from advisor.money import Market
from advisor.question import nearest
from advisor.store.database import Store
from advisor.store.models import TunedModel
from advisor.tuning.back_ends import HUB, LINEAR_MODELS, shipped_trainers
from advisor.tuning.data_folder import DataFolder
from advisor.tuning.embedding import MiniLM, installed_embedder
from advisor.tuning.hosted import tuned_model_in
from advisor.tuning.loaded_models import LoadedModels
from advisor.tuning.runs import plan_in
from advisor.tuning_rules import load_tuning_rules

ARMS: Final = ("zero_shot", "few_shot", "rag", "retrieval", "linear", "linear_embeddings")
_EMBEDDED_AT_MOST: Final = 3_000  # training rows; MiniLM reads some ten a second on one core


class Models(NamedTuple):
    """The models of a run by name: `base` is asked in every way, `compared` and `tuned` as they are.

    `base_url` and `key_variable` are those of the base and the compared models, `public_host_only` as in ChatClient.
    """

    base: str | None
    base_url: str | None = None
    key_variable: str = KEY_VARIABLE
    compared: tuple[str, ...] = ()
    tuned: tuple[str, ...] = ()
    public_host_only: bool = False


class Task(NamedTuple):
    """What all arms of a run work on."""

    held: HeldOut
    scoring: Scoring
    texts: PromptTexts
    documents: KnowledgeBase | None
    folder: Path  # of the run
    data: DataFolder
    store: Store
    market: Market
    day: date
    seed: int
    means: Means
    workspace: str


class ProofArms(NamedTuple):
    """Arms that can run, in the order in which they are told, and those that cannot."""

    arms: tuple[Arm, ...]
    missing: tuple[Missing, ...]
    tuned: dict[str, TunedModel]  # by id
    hosts: tuple[str, ...]  # to which questions would leave this machine


def proof_arms(task: Task, models: Models, wanted: Sequence[str]) -> ProofArms:
    """The arms of a run. `wanted` are names, none for all. Raises InputError for a name that is none."""
    return _Chooser(task, models, wanted).chosen()


class _Chooser:
    """Builds arm after arm, and notes what is missing."""

    def __init__(self, task: Task, models: Models, wanted: Sequence[str]) -> None:
        self.task, self.models, self.wanted = task, models, tuple(wanted)
        self.labels = task.scoring.labels if task.scoring.kind.name == "label" else ()
        self.plain_prompt = zero_shot(task.texts, self.labels)
        self.arms: list[Arm] = []
        self.missing: list[Missing] = []
        self.loaded = LoadedModels(task.store, task.data, shipped_trainers())
        self.hosts: list[str] = []
        self._base: AskedModel | None = None

    def chosen(self) -> ProofArms:
        tuned = {model.id: model for model in self._tuned_models()}
        names = (*ARMS, *self.models.compared, *tuned, *(f"{name}+rag" for name in tuned))
        for name in self.wanted:
            if name not in names:
                raise InputError(
                    f"there is no arm named {name}{nearest(name, names)}",
                    where="--arms",
                    what_to_do=f"take some of {', '.join(names)}",
                )
        what = self.models.base or "a language model"
        self._add("zero_shot", "zero_shot", what, lambda: self._language("zero_shot", "zero_shot", self.base()))
        self._add("few_shot", "few_shot", what, self._few_shot)
        self._add("rag", "rag", "documents before the question", self._rag)
        self._add("retrieval", "rag", "vote of the nearest training rows", self._retrieval)
        self._add("linear", "linear", "a linear head", lambda: self._linear("linear"))
        if isinstance(installed_embedder(), MiniLM) or "linear_embeddings" in self.wanted:
            self._add("linear_embeddings", "linear", "a linear head", lambda: self._linear("linear_embeddings"))
        for name in self.models.compared:
            self._add(name, "model", name, partial(self._compared, name))
        for name, model in tuned.items():
            self._add(name, "tuned", str(model.lineage["what"]), partial(self._tuned, model))
            if self.task.documents and not _answers_labels_alone(model):
                self._add(f"{name}+rag", "tuned_rag", "the tuned model with documents", partial(self._tuned_rag, model))
        return ProofArms(tuple(self.arms), tuple(self.missing), tuned, tuple(dict.fromkeys(self.hosts)))

    def base(self) -> AskedModel:
        """The model that is asked in every way. Raises InputError where there is none."""
        if self._base is None:
            if not self.models.base:
                raise InputError(
                    "no language model is named: --model NAME with a key in the environment, --base-url for another "
                    "host, or --model hf/NAME for one on this machine"
                )
            self._base = self._model(self.models.base)
        return self._base

    def _add(self, name: str, kind: Kind, what: str, build: Callable[[], Arm]) -> None:
        """Build an arm; where something is missing for it, note what."""
        if self.wanted and name not in self.wanted:
            return
        try:
            self.arms.append(build())
        except InputError as error:
            self.missing.append(Missing(name, kind, what, error.problem))

    def _language(self, name: str, kind: Kind, model: AskedModel, prompt: Prompt | None = None) -> Arm:
        return LanguageArm(name, kind, model.what, model, prompt or self.plain_prompt, self.task.means)

    def _few_shot(self) -> Arm:
        texts, held = self.task.texts, self.task.held
        graded = self.task.scoring.kind.name == "graded"  # one's own grader sees the test answers alone
        validation = [] if graded else items_of(held.validation)[: texts.shots_tried_on]
        picker = ShotPicker(examples_of(held.train))
        return FewShotArm(
            self.base(), self.plain_prompt, picker, texts.shots, validation, self.task.scoring, self.task.means
        )

    def _rag(self) -> Arm:
        documents = self.task.documents
        if documents is None:
            raise InputError("no documents are named: --documents DIR")
        if not self.models.base and not self.labels:
            return quote_arm(documents)
        return self._language("rag", "rag", self.base(), self._with_documents(documents))

    def _with_documents(self, documents: KnowledgeBase) -> Prompt:
        def relevant(item: Item) -> Sequence[Chunk]:
            (found,) = documents.search([question_of(item)], self.task.texts.chunks, look=False)
            return [hit.chunk for hit in found.hits] if found.relevant else ()

        return with_documents(self.task.texts, self.plain_prompt, relevant, REFUSAL, labels=bool(self.labels))

    def _retrieval(self) -> Arm:
        return vote_arm(examples_of(self.task.held.train), examples_of(self.task.held.validation))

    def _linear(self, name: str) -> Arm:
        held = self.task.held
        if not self.labels:
            raise InputError("the golden answers are no labels")
        embeddings = name == "linear_embeddings"
        if embeddings and len(held.train) > _EMBEDDED_AT_MOST and name not in self.wanted:
            raise InputError(f"more than {_EMBEDDED_AT_MOST:,} training rows take minutes to embed; name it in --arms")
        folder = self.task.folder / name
        return linear_arm(name, held.train, held.validation, folder, self.task.seed, embeddings=embeddings)

    def _compared(self, name: str) -> Arm:
        return self._language(name, "model", self._model(name))

    def _tuned(self, model: TunedModel) -> Arm:
        self._refuse_where_it_saw_the_test(model)
        if _answers_labels_alone(model):
            return model_arm(model.id, "tuned", str(model.lineage["what"]), self.loaded.model(model.id))
        return self._language(model.id, "tuned", self._answering(model))

    def _tuned_rag(self, model: TunedModel) -> Arm:
        assert self.task.documents is not None
        self._refuse_where_it_saw_the_test(model)
        prompt = self._with_documents(self.task.documents)
        return self._language(f"{model.id}+rag", "tuned_rag", self._answering(model), prompt)

    def _answering(self, model: TunedModel) -> AskedModel:
        """The tuned model where it answers: at the host that tuned it, or here. Raises InputError."""
        folder = self.task.data.path / model.folder
        plan = plan_in(folder)
        if plan and plan.back_end == "openai_api":
            host = load_tuning_rules().hosts.at(plan.base_url)
            client = ChatClient(
                tuned_model_in(folder), plan.base_url, host.key_variable, public_host_only=plan.public_host_only
            )
            if not client.is_local:
                self.hosts.append(host.id)
            return ModelAtHost(client, None)  # what a tuned model's answers cost is not known for every host
        return ModelHere(model.id, str(model.lineage["what"]), lambda: self.loaded.model(model.id))

    def _model(self, name: str) -> AskedModel:
        """A model on this machine, of the registry, or at the host. Raises InputError."""
        if name.startswith((HUB, "/", "./")):
            here = ModelHere(name, f"{name} on this machine", lambda: self.loaded.model(name))
            here.loaded()
            return here
        url = self.models.base_url
        client = ChatClient(name, url, self.models.key_variable, public_host_only=self.models.public_host_only)
        host = load_tuning_rules().hosts.at(url)
        if not client.is_local:
            self.hosts.append(host.id)
        provider = host.provider or None
        if url and provider is None:
            return ModelAtHost(client, None)  # another host of the same model has other prices
        book, day = self.task.market.prices, self.task.day
        found = token_prices(
            lambda kind: book.find(name, kind, day, provider) or inference_price(name, kind, day, provider)
        )
        return ModelAtHost(client, found)

    def _tuned_models(self) -> Iterator[TunedModel]:
        """Those that were named, else every model that was tuned on these training rows."""
        known = self.task.store.models.all(self.task.workspace)
        if self.models.tuned:
            for name in self.models.tuned:
                found = self.task.store.models.find(name, self.task.workspace)
                if found is None:
                    raise InputError(
                        f"there is no tuned model {name}{nearest(name, [model.id for model in known])}",
                        where="--tuned",
                        what_to_do="`advisor tune list` names those that there are",
                    )
                yield found
            return
        digest = file_sha256(self.task.held.train_path)
        for model in known:
            plan = model.lineage.get("plan") or {}
            if digest in (plan.get("data", {}).get("sha256"), model.lineage["data"]["training"]["sha256"]):
                yield model

    def _refuse_where_it_saw_the_test(self, model: TunedModel) -> None:
        """Raises InputError where the model was trained on items of the test set."""
        path = self.task.data.file(model.lineage["data"]["training"]["file"])
        if not path.is_file():
            raise InputError("its training file is gone, so it cannot be checked that it did not see the questions")
        trained = {_said(item) for item in items_of(row.conversation for row in rows_of(path))}
        seen = sum(_said(item) in trained for item in self.task.held.items)
        if seen:
            raise InputError(f"it was trained on {seen} of the {len(self.task.held.items)} questions")


def _said(item: Item) -> str:
    return f"{question_of(item).strip()}\x1f{item.expected.strip()}"


def _answers_labels_alone(model: TunedModel) -> bool:
    return model.base_model in LINEAR_MODELS
