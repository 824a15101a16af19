"""An assistant that answers: documents are looked up, actions are called, and a language model writes, if there is one.

Each answer goes the same way: a call that the user confirms is made; labels; documents; the model, which may want
actions called; sources. Without a language model the best passages are quoted instead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from advisor.assistant.action_calls import ActionCalls, Call, Confirm, result_for_people
from advisor.assistant.action_documents import read_actions
from advisor.assistant.action_host import ActionHost
from advisor.assistant.answering_model import AnsweringModel, ModelAtHost, ModelHere, Said, Wish, arguments_of
from advisor.assistant.assistant_rules import AssistantRules, load_assistant_rules
from advisor.assistant.labelling import Labelled, Labeller, questions_in, trained_on
from advisor.assistant.library import Library, Passage
from advisor.assistant.operation import arguments_in, function_tool
from advisor.assistant.quoting import quoted_text
from advisor.assistant.specification import ModelChoice, Specification
from advisor.assistant.specification_file import Read
from advisor.assistant.turn import Turn, cited_in, material_text, sources_text, system_text
from advisor.dataset.chat_messages import INSTRUCTING
from advisor.dataset.conversation import Message, said, text_of
from advisor.errors import InputError
from advisor.evaluation.quote import REFUSAL
from advisor.tuning.back_ends import HUB
from advisor.tuning.trainer import Model

_CONFIRMS: Final = re.compile(r"\s*confirm\s+([0-9a-f]{4}(?:-[0-9a-f]{4}){2})\s*[.!]?\s*", re.IGNORECASE)
LoadModel = Callable[[str], Model]


class Found(NamedTuple):
    """What an answer is made from: passages, and for the user's labelled passages those that go with each."""

    passages: tuple[Passage, ...]
    labels: tuple[Labelled, ...]
    notes: tuple[str, ...]


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
        turns = [one for one in messages if one["role"] in ("user", "assistant") and text_of(one).strip()]
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
                return (yield from self._by_model(self.model, turns, _callers(messages), found, confirm, wish))
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
        looked += self.library.nearest([one.text for one in marked], self._nearest_coverage) if marked else []
        passages = {passage.chunk.id: passage for one in looked for passage in one.passages}
        notes = [f"left out, since it speaks to a model: {place}" for one in looked for place in one.left_out]
        return Found(tuple(passages.values()), labels, tuple(dict.fromkeys(notes)))

    def _without_model(self, question: str, found: Found) -> Turn:
        """Labels, quotes with their sources, and look-ups that the question leaves no doubt about."""
        calls = self._certain_calls(question)
        text = quoted_text(
            found.passages, found.labels, self._labeller.wanted if self._labeller else None, self._queried
        )
        parts = [result_for_people(call) for call in calls] + ([text.text] if text.text else [])
        if not parts:
            return Turn(REFUSAL, refused=True, notes=found.notes)
        return Turn("\n\n".join(parts), text.cited, calls, found.labels, notes=found.notes)

    def _queried(self, text: str) -> tuple[Passage, ...]:
        """What the knowledge base has on one labelled passage."""
        (looked,) = self.library.nearest([text], self._nearest_coverage)
        return looked.passages

    def _certain_calls(self, question: str) -> tuple[Call, ...]:
        """Reading calls that the file allows without a model, where the question holds their arguments beyond doubt."""
        wanted = [
            (operation.id, arguments)
            for operation in self.calls.operations.values()
            if operation.without_model and (arguments := arguments_in(operation, question)) is not None
        ]
        return tuple(self.calls.call(*one, confirm=None) for one in wanted[: self.spec.limits.calls])

    def _by_model(
        self,
        model: AnsweringModel,
        turns: Sequence[Message],
        added: str,
        found: Found,
        confirm: Confirm | None,
        wish: Wish,
    ) -> Generator[str, None, Turn]:
        question = text_of(turns[-1])
        operations = self.calls.operations if model.calls_functions else {}
        calls = () if model.calls_functions else self._certain_calls(question)
        must_show = self.spec.answers_from == "knowledge"
        if must_show and not (found.passages or found.labels or operations or calls):
            yield REFUSAL
            return Turn(REFUSAL, refused=True, notes=found.notes)
        material = material_text(found.passages, found.labels, calls, self._texts.none_found)
        asked = self._texts.question.replace("{question}", question).replace("{documents}", material)
        system = system_text(self.spec, self._texts, with_actions=bool(operations))
        history = [said(one["role"], text_of(one)) for one in turns[:-1]]
        messages = [said("system", "\n\n".join(filter(None, (system, added)))), *history, said("user", asked)]
        tools = [function_tool(one) for one in operations.values()]
        # Whether there is anything to answer from is known only at the end where there is no document: nothing is
        # shown before that.
        quiet = wish._replace(stream=False) if must_show and not (found.passages or found.labels) else wish
        text, tokens = "", (0, 0)
        while True:
            left = self.spec.limits.calls - len(calls)
            made = yield from model.say(messages, tools if left > 0 else (), quiet)
            tokens = (tokens[0] + made.input_tokens, tokens[1] + made.output_tokens)
            text += made.text if quiet.stream else ""
            if not made.calls or left <= 0:
                break
            messages.append(made.message())
            for place, wanted in enumerate(made.calls):
                call = (
                    self.calls.call(wanted.name, arguments_of(wanted), confirm)
                    if place < left
                    else Call(wanted.name, None, "not_sent", "Not sent: no more calls for this question.")
                )
                calls = (*calls, call)
                messages.append({"role": "tool", "tool_call_id": wanted.id, "content": _FENCED.format(call.result)})
            if any(call.outcome == "waits" for call in calls):
                break
        ended = self._ended(made, found, calls, must_show)
        rest = ended if quiet.stream is False else ended.removeprefix(made.text)
        yield rest
        text = text + rest if quiet.stream else rest
        cited, _ = cited_in(ended, found.passages)
        return Turn(
            text,
            tuple(passage.place for passage in cited),
            calls,
            found.labels,
            ended == REFUSAL,
            found.notes,
            *tokens,
            finish_reason=made.finish_reason,
        )

    def _ended(self, made: Said, found: Found, calls: Sequence[Call], must_show: bool) -> str:
        """What the model said with its sources, what waits for the user, or a refusal."""
        waiting = [call for call in calls if call.outcome == "waits"]
        if waiting:
            lines = [f"{call.result}\n  To do it, answer exactly: confirm {call.code}" for call in waiting]
            head = f"{made.text}\n\n" if made.text.strip() else made.text
            return head + "This changes data, so it waits for you:\n\n" + "\n\n".join(lines)
        if must_show and not (found.passages or found.labels or any(call.outcome == "done" for call in calls)):
            failed = [call.result for call in calls if call.outcome in ("failed", "not_sent", "declined")]
            return made.text if failed and made.text.strip() else REFUSAL
        if not made.text.strip() and calls:
            return made.text + "\n\n".join(map(result_for_people, calls))
        _, unknown = cited_in(made.text, found.passages)
        wrong = f"\n\n(No document has the number {', '.join(map(str, unknown))}.)" if unknown else ""
        return made.text + wrong + sources_text(made.text, found.passages)


_FENCED: Final = "<material>\n{}\n</material>"


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


def _callers(messages: Sequence[Message]) -> str:
    """What the calling program adds to the instructions; the assistant's own come first."""
    added = "\n".join(text_of(one) for one in messages if one["role"] in INSTRUCTING)
    return f"The calling program adds:\n{added}" if added.strip() else ""
