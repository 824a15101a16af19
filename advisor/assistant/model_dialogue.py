"""One question as it goes back and forth with a language model: it calls actions, searches documents, and answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, Final, NamedTuple

from advisor.assistant.action_calls import ActionCalls, Call, Confirm, result_for_people
from advisor.assistant.answering_model import AnsweringModel, Said, WantedCall, Wish, arguments_of
from advisor.assistant.assistant_rules import Texts
from advisor.assistant.library import Passage
from advisor.assistant.operation import function_tool
from advisor.assistant.turn import Found, Turn, cited_in, fenced, material_text, passages_text, sources_text
from advisor.dataset.conversation import Message
from advisor.evaluation.quote import REFUSAL

SEARCH: Final = "search_documents"
_SEARCH_TOOL: Final[dict[str, Any]] = {
    "type": "function",
    "function": {
        "name": SEARCH,
        "description": "Search the documents again, with other words.",
        "parameters": {
            "type": "object",
            "properties": {"query": {"type": "string", "minLength": 1, "maxLength": 500}},
            "required": ["query"],
            "additionalProperties": False,
        },
    },
}


class Means(NamedTuple):
    """What a dialogue may use. `search` is None without documents; `must_show` refuses what nothing shows."""

    model: AnsweringModel
    texts: Texts
    calls: ActionCalls
    search: Callable[[str], Sequence[Passage]] | None
    most_calls: int
    must_show: bool


class ModelDialogue:
    """The exchange over one question."""

    def __init__(self, means: Means, found: Found, calls: tuple[Call, ...], confirm: Confirm | None) -> None:
        """`found` and `calls` are what is known before the model is asked."""
        self._means, self._found, self._confirm = means, found, confirm
        self._passages, self._calls = list(found.passages), list(calls)
        self._used = len(calls)

    def run(self, before: Sequence[Message], question: str, wish: Wish) -> Generator[str, None, Turn]:
        """The answer in pieces, and at the end in whole. `before` are the instructions and earlier turns."""
        means, found = self._means, self._found
        operations = means.calls.operations if means.model.calls_functions else {}
        if means.must_show and not (found.passages or found.labels or operations or self._calls):
            yield REFUSAL
            return Turn(REFUSAL, refused=True, notes=found.notes)
        material = material_text(found.passages, found.labels, self._calls, means.texts.none_found)
        asked = means.texts.question.replace("{question}", question).replace("{documents}", material)
        messages: list[Message] = [*before, {"role": "user", "content": asked}]
        tools = [function_tool(one) for one in operations.values()]
        if means.search and means.model.calls_functions:
            tools.append(_SEARCH_TOOL)
        # Whether there is anything to answer from is known only at the end where there is no document: nothing is
        # shown before that.
        streams = wish.stream and not (means.must_show and not (found.passages or found.labels))
        wish = wish._replace(stream=streams)
        text, tokens = "", (0, 0)
        while True:
            left = means.most_calls - self._used
            made = yield from means.model.say(messages, tools if left > 0 else (), wish)
            tokens = (tokens[0] + made.input_tokens, tokens[1] + made.output_tokens)
            text += made.text if streams else ""
            if not made.calls or left <= 0:
                break
            messages.append(made.message())
            messages += [
                {"role": "tool", "tool_call_id": wanted.id, "content": fenced(self._result(wanted))}
                for wanted in made.calls
            ]
            if any(call.outcome == "waits" for call in self._calls):
                break
        ended = self._ended(made)
        rest = ended.removeprefix(made.text) if streams else ended
        yield rest
        cited, _ = cited_in(ended, self._passages)
        return Turn(
            text + rest,
            tuple(passage.place for passage in cited),
            tuple(self._calls),
            found.labels,
            ended == REFUSAL,
            found.notes,
            *tokens,
            finish_reason=made.finish_reason,
        )

    def _result(self, wanted: WantedCall) -> str:
        """What comes of one call that the model wants."""
        self._used += 1
        if self._used > self._means.most_calls:
            return "Not made: no more calls for this question."
        arguments = arguments_of(wanted)
        if wanted.name == SEARCH and self._means.search:
            query = arguments.get("query") if isinstance(arguments, dict) else None
            if not isinstance(query, str) or not query.strip():
                return "Not searched: `query` must be a text."
            known = {passage.chunk.id for passage in self._passages}
            new = [one for one in self._means.search(query[:500]) if one.chunk.id not in known]
            self._passages += new
            return passages_text(new, len(self._passages) - len(new) + 1) or self._means.texts.none_found
        call = self._means.calls.call(wanted.name, arguments, self._confirm)
        self._calls.append(call)
        return call.result

    def _ended(self, made: Said) -> str:
        """What the model said with its sources, what waits for the user, or a refusal."""
        waiting = [call for call in self._calls if call.outcome == "waits"]
        if waiting:
            lines = [f"{call.result}\n  To do it, answer exactly: confirm {call.code}" for call in waiting]
            head = f"{made.text}\n\n" if made.text.strip() else made.text
            return head + "This changes data, so it waits for you:\n\n" + "\n\n".join(lines)
        shown = self._passages or self._found.labels or any(call.outcome == "done" for call in self._calls)
        if self._means.must_show and not shown:
            return made.text if self._calls and made.text.strip() else REFUSAL
        if not made.text.strip() and self._calls:
            return made.text + "\n\n".join(map(result_for_people, self._calls))
        _, unknown = cited_in(made.text, self._passages)
        wrong = f"\n\n(No document has the number {', '.join(map(str, unknown))}.)" if unknown else ""
        return made.text + wrong + sources_text(made.text, self._passages)
