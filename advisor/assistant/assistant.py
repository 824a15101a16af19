"""An assistant that answers: documents are looked up, actions are called, and a language model writes, if there is one.

Each answer goes the same way: a call that the user confirms is made; labels; documents; the model, which may want
actions called; sources. Without a language model the best passages are quoted instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final

from advisor.assistant.action_calls import ActionCalls, Call, Confirm, result_for_people
from advisor.assistant.action_documents import read_actions
from advisor.assistant.action_host import ActionHost
from advisor.assistant.answering_model import AnsweringModel, ModelAtHost, ModelHere, Wish
from advisor.assistant.assistant_rules import AssistantRules, load_assistant_rules
from advisor.assistant.labelling import Labeller, questions_in, trained_on
from advisor.assistant.library import Library, Passage
from advisor.assistant.model_dialogue import Means, ModelDialogue
from advisor.assistant.operation import arguments_in
from advisor.assistant.quoting import quoted_text
from advisor.assistant.specification import ModelChoice, Specification
from advisor.assistant.specification_file import Read
from advisor.assistant.turn import Found, Turn, system_text
from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import Message, said, text_of
from advisor.errors import InputError
from advisor.evaluation.quote import REFUSAL
from advisor.tuning.back_ends import HUB
from advisor.tuning.trainer import Model

_CONFIRMS: Final = re.compile(r"\s*confirm\s+([0-9a-f]{4}(?:-[0-9a-f]{4}){2})\s*[.!]?\s*", re.IGNORECASE)
LoadModel = Callable[[str], Model]


class Assistant:
    """One assistant, ready to answer; safe to be used from several threads."""

    def __init__(
        self,
        spec: Specification,
        rules: AssistantRules,
        library: Library,
        calls: ActionCalls,
        model: AnsweringModel | None,
        labeller: Labeller | None,
    ) -> None:
        """Its parts, each made by `open_assistant`."""
        self.spec, self.library, self.calls, self.model = spec, library, calls, model
        self._texts, self._nearest_coverage = rules.texts, rules.nearest_coverage
        self._labeller = labeller

    def answer(self, messages: Sequence[Message], confirm: Confirm | None = None, wish: Wish | None = None) -> Turn:
        """The answer to the last message of the user. Raises InputError, HostError."""
        pieces = self.reply(messages, confirm, wish)
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                turn: Turn = end.value
                return turn

    def reply(
        self, messages: Sequence[Message], confirm: Confirm | None = None, wish: Wish | None = None
    ) -> Generator[str, None, Turn]:
        """The answer in pieces, and at the end in whole. What is yielded, put together, is the text of the turn.

        Without `confirm` a call that changes data waits until the user's next message names its code.
        """
        turns = _turns(messages)
        if not turns or turns[-1]["role"] != "user":
            raise InputError("the last message must be the user's", what_to_do="end with a message of role user")
        question = text_of(turns[-1])
        confirmed = _CONFIRMS.fullmatch(question)
        if confirmed:
            turn = self._confirmed(confirmed[1].lower())
        else:
            found = self._found(turns)
            if self.model is None:
                turn = self._without_model(question, found)
            else:
                wish = wish or Wish(self.spec.model.most_tokens if self.spec.model else 800)
                return (yield from self._by_model(self.model, messages, found, confirm, wish))
        yield turn.text
        return turn

    def _confirmed(self, code: str) -> Turn:
        """The call that waits under the code, made now; no model comes between a confirmation and its call."""
        call = self.calls.confirmed(code)
        if call is None:
            return Turn("Nothing waits under this code: it was used, or it is too old. Ask for it again.")
        return Turn(("Done. " if call.outcome == "done" else "") + result_for_people(call), calls=(call,))

    def _found(self, turns: Sequence[Message]) -> Found:
        """Labels and passages for the last question, with the one before it where it says too little by itself."""
        question = text_of(turns[-1])
        most = self.spec.limits.passages
        labels = self._labeller.labels(question) if self._labeller else ()
        if self.library.is_empty:
            return Found((), labels, ())
        marked = [one for one in labels if one.label in (self._labeller.wanted.look_up if self._labeller else ())]
        if labels:
            queries = questions_in(question)
        else:
            before = next((text_of(one) for one in reversed(turns[:-1]) if one["role"] == "user"), "")
            queries = [question, *([f"{before}\n{question}"] if before else [])]
        looked = self.library.look_up(queries, most) if queries else []
        if not labels:
            looked = [next((one for one in looked if one.passages), looked[0])]
            if not looked[0].passages and self.model and self.spec.answers_from == "anything":
                looked += self.library.nearest([question], self._nearest_coverage)  # a model can tell what fits
        near = self.library.nearest([one.text for one in marked], self._nearest_coverage) if marked else []
        beside = {one.text: found.passages for one, found in zip(marked, near, strict=True)} if near else {}
        looked += near
        passages = {passage.chunk.id: passage for one in looked for passage in one.passages}
        notes = [f"left out, since it speaks to a model: {place}" for one in looked for place in one.left_out]
        return Found(tuple(passages.values()), labels, tuple(dict.fromkeys(notes)), beside)

    def _without_model(self, question: str, found: Found) -> Turn:
        """Labels, quotes with their sources, and look-ups that the question leaves no doubt about."""
        calls = self._certain_calls(question)
        text = quoted_text(found, self._labeller.wanted if self._labeller else None)
        parts = [result_for_people(call) for call in calls] + ([text.text] if text.text else [])
        if not parts:
            return Turn(REFUSAL, refused=True, notes=found.notes)
        return Turn("\n\n".join(parts), text.cited, calls, found.labels, notes=found.notes)

    def _certain_calls(self, question: str) -> tuple[Call, ...]:
        """Reading calls that the file allows without a model, where the question holds their arguments beyond doubt."""
        wanted = [
            (operation.id, arguments)
            for operation in self.calls.operations.values()
            if operation.without_model and (arguments := arguments_in(operation, question)) is not None
        ]
        return tuple(self.calls.call(*one, confirm=None) for one in wanted[: self.spec.limits.calls])

    def _by_model(
        self, model: AnsweringModel, messages: Sequence[Message], found: Found, confirm: Confirm | None, wish: Wish
    ) -> Generator[str, None, Turn]:
        turns = _turns(messages)
        question = text_of(turns[-1])
        calls = () if model.calls_functions else self._certain_calls(question)
        means = Means(
            model,
            self._texts,
            self.calls,
            None if self.library.is_empty else self._searched,
            self.spec.limits.calls,
            self.spec.answers_from == "knowledge",
        )
        with_actions = model.calls_functions and bool(self.calls.operations)
        system = "\n\n".join(
            filter(None, (system_text(self.spec, self._texts, with_actions=with_actions), _callers(messages)))
        )
        before = [said("system", system), *(said(one["role"], text_of(one)) for one in turns[:-1])]
        return (yield from ModelDialogue(means, found, calls, confirm).run(before, question, wish))

    def _searched(self, query: str) -> Sequence[Passage]:
        """What a model finds that searches by itself."""
        return self.library.look_up([query], self.spec.limits.passages)[0].passages


def open_assistant(
    read: Read,
    load: LoadModel,
    *,
    model: ModelChoice | None = None,
    without_model: bool = False,
    cache: Path | None = None,
) -> Assistant:
    """The assistant of a file. `load` finds local and tuned models by name. Raises InputError.

    `model` is taken instead of the file's; `without_model` takes none.
    """
    spec = read.specification
    chosen = None if without_model else model or spec.model
    folders = {one.folder.rstrip("/"): read.folder_below(one.folder) for one in spec.knowledge}
    trusted = [one.folder.rstrip("/") for one in spec.knowledge if one.trusted]
    labeller = None
    if spec.classifier:
        labeller = Labeller(spec.classifier, _loader_of(read, load))
    return Assistant(
        spec,
        load_assistant_rules(),
        Library(folders, trusted, cache),
        ActionCalls(read_actions(read).usable, ActionHost()),
        _model(chosen, load) if chosen else None,
        labeller,
    )


def _loader_of(read: Read, load: LoadModel) -> Callable[[], Model]:
    wanted = read.specification.classifier
    assert wanted is not None
    if wanted.data is not None:
        rows = read.file_below(wanted.data)
        return lambda: trained_on(rows)
    name = str(wanted.model)
    return lambda: load(name)


def _model(chosen: ModelChoice, load: LoadModel) -> AnsweringModel:
    """A tuned model of this machine, one of a hub or in a folder, else one at a host."""
    if chosen.base_url is None and chosen.name.startswith((HUB, "ft:", "/", "./")):
        return ModelHere(chosen.name, lambda: load(chosen.name))
    return ModelAtHost(chosen)


def _turns(messages: Sequence[Message]) -> list[Message]:
    """What user and assistant said."""
    return [one for one in messages if one["role"] in ("user", "assistant") and text_of(one).strip()]


def _callers(messages: Sequence[Message]) -> str:
    """What the calling program adds to the instructions; the assistant's own come first."""
    added = "\n".join(text_of(one) for one in messages if one["role"] in INSTRUCTING)
    return f"The calling program adds:\n{added}" if added.strip() else ""
