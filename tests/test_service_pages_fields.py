"""Any text in any field of the pages is taken or refused in words; none breaks a page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from advisor.files import load_questions
from advisor.question import State
from advisor.service.application import create_app
from advisor.service.pages.answer_form import Given, answer_field, given_answer, shown_answer
from tests.form_reader import HOST, Reader
from tests.live_service import idle_resources

pytestmark = pytest.mark.slow  # a real service, over HTTP

QUESTIONS = {name: question for name, question in load_questions().items() if question.type != "path"}
NUMBERS = st.one_of(st.floats().map(repr), st.integers().map(str), st.decimals().map(str))
ODD = st.sampled_from(
    ("yes", "no", "null", "~", "0x1F", "1e400", "-0", "1_000", "[a", "{a: b}", "&a [*a]", "!!python/none x",
     "2026-11-21",
     "\x00", "\ufeff", "\u202e1", "٣", "1,000.5", ".inf", "unknown", "n/a", "none", "'", "%s", "{{7*7}}", "1e-400")
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=60), NUMBERS, ODD)
FAST = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


class Fields(NamedTuple):
    """A reader of the pages, one case, and the token of its forms."""

    reader: Reader
    case: str
    token: str

    def post(self, place: str, sent: dict[str, Any]) -> int:
        """The status of a form that was sent."""
        sent = {"csrf_token": self.token, **sent}
        return self.reader.client.post(f"/cases/{self.case}/{place}", data=sent, base_url=HOST).status_code


@pytest.fixture(scope="module")
def fields(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fields]:
    """One case for all tests of this file."""
    resources = idle_resources(tmp_path_factory.mktemp("fields"))
    reader = Reader(create_app(resources).test_client())
    page = reader.opened("task: {kind: classification}\nneed: {gaps: [none]}\n")
    yield Fields(reader, page.address.split("/")[2], _token(reader))
    resources.store.close()


def _token(reader: Reader) -> str:
    return str(reader.get("/").form("/cases").fields["csrf_token"])


@given(
    st.sampled_from(list(QUESTIONS.values())),
    st.lists(TEXTS, max_size=3),
    st.sampled_from(("", "unknown", "n/a", "else")),
)
@settings(max_examples=150, deadline=None)
def test_a_field_gives_an_answer_or_a_sentence(question: Any, texts: list[str], state: str) -> None:
    """What is taken is an answer that the question's own check accepts and that can be shown again."""
    sent = Given(tuple(texts), state)
    assert answer_field(question, None, sent).kind
    try:
        answer = given_answer(question, sent)
    except ValueError as error:
        assert str(error)
        return
    assert question.checked(list(answer) if isinstance(answer, tuple) else answer) == answer
    assert isinstance(answer, State) or answer_field(question, answer)
    assert shown_answer(question, answer)


@given(st.sampled_from(list(QUESTIONS)), st.lists(TEXTS, max_size=2), st.sampled_from(("", "unknown", "n/a")))
@FAST
def test_any_answer_is_taken_or_refused(fields: Fields, name: str, texts: list[str], state: str) -> None:
    """Every question over the pages themselves."""
    assert fields.post(f"questions/{name}?change=1", {"answer": texts, "state": state}) in (303, 400)
    assert fields.reader.client.get(f"/cases/{fields.case}/name", base_url=HOST).status_code == 200


@given(TEXTS, TEXTS)
@FAST
def test_any_name_is_taken_or_refused(fields: Fields, title: str, client: str) -> None:
    """Title and client."""
    assert fields.post("name", {"title": title, "client": client}) in (303, 400)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | TEXTS,
    lambda inside: st.lists(inside, max_size=2),
    max_leaves=4,
)


@given(st.one_of(TEXTS, st.dictionaries(st.sampled_from(list(load_questions())), JSON, max_size=2).map(json.dumps)))
@FAST
def test_any_what_if_is_tried_or_refused(fields: Fields, change: str) -> None:
    """The change in the address of a what-if."""
    reply = fields.reader.client.get(f"/cases/{fields.case}/what-if", query_string={"change": change}, base_url=HOST)
    assert reply.status_code in (200, 400)


@given(st.lists(TEXTS, max_size=4), TEXTS)
@FAST
def test_any_address_is_answered(fields: Fields, named: list[str], path: str) -> None:
    """What is compared, the way gone so far, and ticks."""
    client = fields.reader.client
    assert client.get("/compare", query_string={"case": named}, base_url=HOST).status_code in (400, 404)
    asked = client.get(f"/cases/{fields.case}/questions/task.kind", query_string={"path": path}, base_url=HOST)
    assert asked.status_code == 200
    assert fields.post("ticks", {"shown": named, "done": named}) == 303


@given(st.one_of(st.binary(max_size=200), TEXTS.map(lambda text: text.encode("utf-8", "replace"))))
@FAST
def test_any_case_file_is_opened_or_refused(fields: Fields, raw: bytes) -> None:
    """Any bytes as a case file."""
    sent = {"csrf_token": fields.token, "case_text": raw.decode("utf-8", "replace")}
    reply = fields.reader.client.post("/cases/upload", data=sent, base_url=HOST)
    assert reply.status_code in (303, 400)


@given(st.sampled_from(list(QUESTIONS)), TEXTS)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_page_shows_any_answer(fields: Fields, name: str, text: str) -> None:
    """Whatever was taken, the pages of the case and its result can be read."""
    if fields.post(f"questions/{name}?change=1", {"answer": text}) == 303:
        for place in ("answers", "result", "next?every=1"):
            assert fields.reader.get(f"/cases/{fields.case}/{place}").status == 200
