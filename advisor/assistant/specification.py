"""What an `assistant.yaml` says. Unknown fields are refused; paths are below the folder of the file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from advisor.chat_client import KEY_VARIABLE
from advisor.tuning.grader_kinds import Grader

Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")]
SecretName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,127}$")]


class _Part(BaseModel):
    """Base of all parts."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, populate_by_name=True)


class Instructions(_Part):
    """How the assistant works; each list is told to the model in this order."""

    role: Text | None = None
    principles: list[Text] = []
    process: list[Text] = []
    constraints: list[Text] = []


class Knowledge(_Part):
    """A folder of documents. Where it is `trusted`, passages that look like instructions to a model are used too."""

    folder: Text
    what: Text | None = None
    trusted: bool = False


class ModelChoice(_Part):
    """The language model: a name at an OpenAI-compatible host, `hf/NAME`, a tuned `ft:…`, or a folder.

    `key_variable` names the key in the environment or the keyring; the key itself never stands here.
    """

    name: Text
    base_url: Text | None = None
    key_variable: SecretName = KEY_VARIABLE
    most_tokens: Annotated[int, Field(ge=1, le=32_000)] = 800


class Classifier(_Part):
    """A linear model that labels what the user sends, before anything is answered.

    `data` are training rows from which it is trained when it is first needed; `model` is a tuned model instead.
    Passages with a label in `look_up` are looked up in the knowledge base. A label that is less likely than
    `least_probability` is told as `unsure`.
    """

    name: Name
    data: Text | None = None
    model: Text | None = None
    instruction: Text | None = None
    each: Literal["message", "paragraph"] = "message"
    least_words: Annotated[int, Field(ge=1, le=1_000)] = 8
    least_probability: Annotated[float, Field(ge=0, le=1)] = 0.0
    look_up: list[Text] = []


class ActionSet(_Part):
    """The operations of one OpenAPI 3 document. What changes nothing is told by its method, unless said otherwise.

    `credentials` names, for each security scheme of the document, the environment variable or keyring entry that holds
    it. `without_model` lists reading operations that may be called where no language model decides, as soon as the
    question holds each required argument exactly once.
    """

    name: Name
    document: Text
    server: Text | None = None
    hosts: Annotated[list[Text], Field(min_length=1)]
    credentials: dict[str, SecretName] = {}
    only: list[Text] = []
    reads: list[Text] = []
    writes: list[Text] = []
    without_model: list[Text] = []


class ExpectedCall(_Part):
    """An action that must be called; every argument in `with` must be as given, others may be added."""

    action: Text
    with_: Annotated[dict[str, Any], Field(alias="with")] = {}


class Expectation(_Part):
    """What must hold of an answer. `answer` is compared by `metric`, and must reach `at_least`."""

    answer: Text | None = None
    metric: Literal["exact_match", "normalised_match", "token_f1", "rouge_1", "rouge_2", "rouge_l"] = "normalised_match"
    contains: list[Text] = []
    lacks: list[Text] = []
    most_words: Annotated[int, Field(ge=1)] | None = None
    cites: list[Text] = []
    calls: list[ExpectedCall] = []
    no_calls: bool = False
    refuses: bool | None = None
    grader: Grader | None = None
    at_least: Annotated[float, Field(ge=0, le=1)] = 1.0


class AssistantTest(_Part):
    """One question, or a conversation of several, and what must hold of the last answer.

    A test of a skill that only a language model has says so by `needs_model`, and is left out without one. Writes are
    confirmed in a test only where `confirm` says so.
    """

    name: Text
    kind: Literal["known_good", "edge_case"] = "known_good"
    ask: Text | Annotated[list[Text], Field(min_length=1, max_length=20)]
    expect: Expectation
    needs_model: bool = False
    confirm: bool = False


class Limits(_Part):
    """How much one answer may take: calls of actions, and passages that a model is shown."""

    calls: Annotated[int, Field(ge=0, le=20)] = 4
    passages: Annotated[int, Field(ge=1, le=20)] = 4


class Specification(_Part):
    """An assistant. `answers_from: knowledge` refuses what neither a document nor an action says."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
    purpose: Text | None = None
    users: list[Text] = []
    capabilities: list[Text] = []
    instructions: Instructions = Instructions()
    answers_from: Literal["knowledge", "anything"] = "knowledge"
    knowledge: list[Knowledge] = []
    model: ModelChoice | None = None
    classifier: Classifier | None = None
    actions: list[ActionSet] = []
    limits: Limits = Limits()
    workspaces: list[Text] = []
    tests: list[AssistantTest] = []
