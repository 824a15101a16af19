"""The pages of the questionnaire, read and sent without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from advisor.evaluation.proof import write_proof
from advisor.files import content, load_questions
from advisor.passwords import hashed
from advisor.service.application import create_app
from advisor.service.resources import Resources
from advisor.store.audit import Deed
from advisor.store.cases import CaseText
from advisor.store.jobs import Job
from advisor.store.tables import DEFAULT_WORKSPACE
from advisor.tuning import job_orders
from tests.chat_files import chat, jsonl
from tests.form_reader import HOST, Page, Reader, upload
from tests.live_service import idle_resources
from tests.proof_files import small_proof

pytestmark = pytest.mark.slow  # a real service, over HTTP

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


class Form(NamedTuple):
    """An application without accounts, and what lies behind it."""

    reader: Reader
    resources: Resources


@pytest.fixture(scope="module")
def form(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Form]:
    """One application for all tests of this file."""
    resources = idle_resources(tmp_path_factory.mktemp("form"))
    yield Form(Reader(create_app(resources).test_client()), resources)
    resources.store.close()


def example(name: str) -> str:
    """A shipped case."""
    return (content("examples") / f"{name}.yaml").read_text()


def case_of(page: Page) -> str:
    """The id of the case that a page is about."""
    found = re.search(r"case-[0-9a-f]+", page.address + page.text)
    assert found
    return found[0]


def test_first_page_is_light_and_loads_nothing_from_elsewhere(form: Form) -> None:
    """At most 100 kB with its styles, no scripts, and a policy that forbids what is inline."""
    reply = form.reader.client.get("/", base_url=HOST)
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', reply.text)
    weight = len(reply.data)
    for address in styles:
        with form.reader.client.get(address, base_url=HOST) as style:
            weight += len(style.data)
    assert styles
    assert weight <= 100_000
    assert "script" not in reply.text
    assert "style=" not in reply.text
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers.getlist("Referrer-Policy") == [
        "same-origin"
    ]  # otherwise browsers send forms with `Origin: null`


def test_from_start_to_result_without_scripts(form: Form) -> None:
    """Each question is a page; the last answer that decides leads to the check, and that to the result."""
    page = form.reader.new_case("Letters about claims")
    asked = []
    while "/questions/" in page.address:
        asked.append(page.heading)
        assert "Still possible" in page.words
        answers = page.tree.xpath("//input[@name='answer']/@value")
        page = form.reader.send(page, "/questions/", {"answer": answers[0] if answers[0] else "120"})
        assert len(asked) < 40
    assert page.heading == "Check your answers"
    assert len(asked) == len(set(asked)) > 1
    result = form.reader.get(page.links("/result")[0])
    assert "Decided" in result.words
    assert "Letters about claims" in result.words
    for part in ("why", "checklists", "road-map", "sources"):
        assert result.tree.get_element_by_id(part) is not None


def test_all_questions_can_be_answered_with_not_known(form: Form) -> None:
    """ "I do not know" never blocks the way: it ends at the check, with all that is possible still shown."""
    page = form.reader.new_case()
    while "/questions/" in page.address:
        page = form.reader.send(page, "/questions/", button=("state", "unknown"))
    assert page.heading == "Check your answers"
    assert "I do not know" in page.words
    assert "Open, provisional" in form.reader.get(page.links("/result")[0]).words


def test_skip_and_back(form: Form) -> None:
    """A skipped question is not asked again on the way, and the way back leads to it."""
    first = form.reader.new_case()
    second = form.reader.get(first.links("/skip/")[0])
    assert second.heading != first.heading
    back = form.reader.get(second.tree.xpath("//a[@class='govuk-back-link']/@href")[0])
    assert back.heading == first.heading
    third = form.reader.send(second, "/questions/", button=("state", "n/a"))
    assert third.heading not in (first.heading, second.heading)


def test_wrong_answer_is_kept_and_named(form: Form) -> None:
    """The error summary links to the field, the field says what is wrong, and what was typed stays."""
    case = case_of(form.reader.new_case())
    page = form.reader.get(f"/cases/{case}/questions/data.examples")
    refused = form.reader.send(page, "/questions/", {"answer": "about 500"})
    assert refused.status == 400
    assert refused.tree.xpath("//title")[0].text.startswith("Error: ")
    assert refused.tree.xpath("//*[@role='alert']//a/@href") == ["#answer"]
    field = refused.tree.get_element_by_id("answer")
    assert field.get("value") == "about 500"
    assert "answer-error" in field.get("aria-describedby")
    accepted = form.reader.send(refused, "/questions/", {"answer": "12,500"})
    assert "12,500" in form.reader.get(f"/cases/{case}/answers").words
    assert accepted.status == 200


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("task.kind", "telepathy", "There is no option"),
        ("need.gaps", ["none", "style"], "stands alone"),
        ("data.examples", "-1", "below"),
        ("data.examples", "1e400", "more than any case has"),
        ("task.description", "", "There is no answer yet"),
        ("task.description", "a\x00b", "no text"),
        ("tried.prompt", "", "There is no answer yet"),
    ],
)
def test_faults_are_said_in_words(form: Form, name: str, answer: str | list[str], says: str) -> None:
    """What is wrong stands in the summary."""
    case = case_of(form.reader.new_case())
    question = load_questions()[name]
    options = list(question.options)
    given = ["none" if "none" in options else options[-1], options[0]] if isinstance(answer, list) else answer
    refused = form.reader.send(form.reader.get(f"/cases/{case}/questions/{name}"), "/questions/", {"answer": given})
    assert refused.status == 400
    assert says in refused.tree.xpath("//*[@role='alert']")[0].text_content()


def test_change_from_the_check_makes_a_version(form: Form) -> None:
    """A change link leads to the question with its answer, and back to the check; both versions can be compared."""
    answers = form.reader.opened(example("pizzeria"))
    change = form.reader.get(answers.links("questions/data.examples?change=1")[0])
    assert "The answer now" in change.words
    after = form.reader.send(change, "/questions/", {"answer": "4321"})
    assert after.heading == "Check your answers"
    assert "4,321" in after.words
    case = case_of(after)
    assert len(form.reader.get(f"/cases/{case}/versions").tree.xpath("//input[@type='checkbox']")) == 2
    compared = form.reader.get(f"/compare?case={case}@1&case={case}@2")
    assert "4,321" in compared.words
    assert "Answers that differ" in compared.words


def test_what_if_shows_the_difference_and_can_be_kept(form: Form) -> None:
    """A flip's button changes a copy; the case itself changes only when that is asked for."""
    result = form.reader.get(f"/cases/{case_of(form.reader.opened(example('iot-log-classifier')))}/result")
    before = result.heading
    what_if = form.reader.send(result, "/what-if")
    changed = list(what_if.tree.xpath("//tr[contains(@class, 'changed')]"))
    approach = next(row for row in changed if row.xpath("th")[0].text_content().startswith("Approach"))
    now, then = (cell.text_content() for cell in approach.xpath("td"))
    assert now == before != then
    assert form.reader.get(result.address).heading == before
    copy = form.reader.send(what_if, "/what-if", button=("keep", "copy"))
    assert copy.heading == then
    assert case_of(copy) != case_of(result)
    assert form.reader.send(what_if, "/what-if", button=("keep", "version")).heading == then


def test_ticks_are_kept(form: Form) -> None:
    """An item that was ticked is ticked when one comes back, and can be taken back."""
    result = form.reader.get(f"/cases/{case_of(form.reader.opened(example('medical-notes')))}/result")
    items = result.tree.xpath("//input[@name='shown']/@value")
    ticked = form.reader.send(result, "/ticks", {"done": items[:2]})
    assert {"done": ticked.form("/ticks").form_values()}["done"].count(("done", items[0])) == 1
    again = form.reader.send(ticked, "/ticks", {"done": items[1:2]})
    assert again.tree.xpath("//input[@name='done'][@checked][not(@disabled)]/@value") == [items[1]]


def test_a_case_file_is_opened_or_its_fault_named(form: Form) -> None:
    """The file's own errors come back with their line; a path in it is not taken over."""
    start = form.reader.get("/")
    text = example("pizzeria") + "\n"
    opened = form.reader.send(start, "/cases/upload", {"case_file": upload(text.encode(), "case.yaml")})
    assert opened.heading == "Check your answers"
    wrong = form.reader.opened("schema: advisor/case/v1\ntask:\n  kindd: code\n")
    assert wrong.status == 400
    assert "kindd" in wrong.words
    assert "task.kind" in wrong.words
    assert "kindd: code" in wrong.tree.get_element_by_id("case_text").text
    named = form.reader.opened("data:\n  file: /etc/passwd\n  examples: 3\n")
    assert "passwd" not in form.reader.get(f"/cases/{case_of(named)}/case.yaml").text
    assert not list(form.resources.data.uploads.iterdir())


def test_case_comes_back_as_the_same_file(form: Form) -> None:
    """A saved case file opens as the same case."""
    case = case_of(form.reader.opened(example("saas-support")))
    saved = form.reader.client.get(f"/cases/{case}/case.yaml", base_url=HOST).text
    again = case_of(form.reader.opened(saved))
    assert form.reader.client.get(f"/cases/{again}/case.yaml", base_url=HOST).text == saved


def test_data_set_is_measured_and_removed(form: Form) -> None:
    """Rows and personal data are counted; they become answers when one agrees; the file is not kept."""
    case = case_of(form.reader.opened(example("saas-support")))
    rows = jsonl(
        [chat(f"Question {number}?", f"Answer {number}, write to a{number}@b.example") for number in range(12)]
    )
    page = form.reader.get(f"/cases/{case}/data")
    found = form.reader.send(page, "/data", {"data_file": upload(rows, "../rows.jsonl")})
    assert "different rows" in found.words
    assert "E-mail" in found.words
    assert str(form.resources.data.path) not in found.text
    taken = form.reader.send(found, "/what-if", button=("keep", "version"))
    assert taken.status == 200
    assert "\n  examples: 12\n" in form.reader.client.get(f"/cases/{case}/case.yaml", base_url=HOST).text
    refused = form.reader.send(page, "/data", {"data_file": upload(b"\x00\x01", "picture.png")})
    assert refused.status == 400
    assert str(form.resources.data.path) not in refused.text
    assert not list(form.resources.data.uploads.iterdir())


def test_report_is_a_pdf_and_a_page(form: Form) -> None:
    """The report of the result to print; its page brings its own policy."""
    case = case_of(form.reader.opened(example("pizzeria")))
    page = form.reader.client.get(f"/cases/{case}/report.html", base_url=HOST)
    assert "script-src 'sha256-" in page.text
    assert "unsafe" not in page.headers["Content-Security-Policy"]


def test_forms_without_their_token_are_refused(form: Form) -> None:
    """Another site cannot send a form: neither without the token, nor with one made for another browser."""
    case = case_of(form.reader.new_case())
    other = Reader(form.reader.client.application.test_client())
    token = other.get("/").form("/cases").fields["csrf_token"]
    for address in ("/cases", "/cases/upload", f"/cases/{case}/questions/task.kind", f"/cases/{case}/ticks"):
        for sent in ({}, {"csrf_token": token}, {"csrf_token": "é"}):
            assert form.reader.client.post(address, data=sent, base_url=HOST).status_code == 403
    foreign = {"Origin": "https://evil.example"}
    good = form.reader.get("/").form("/cases").fields["csrf_token"]
    reply = form.reader.client.post("/cases", data={"csrf_token": good}, headers=foreign, base_url=HOST)
    assert reply.status_code == 403


def test_hostile_text_is_shown_as_text(form: Form) -> None:
    """Titles and answers are escaped on every page that shows them."""
    case = case_of(form.reader.new_case(HOSTILE))
    page = form.reader.get(f"/cases/{case}/questions/task.description")
    form.reader.send(page, "/questions/", {"answer": HOSTILE})
    form.reader.send(form.reader.get(f"/cases/{case}/questions/models.base"), "/questions/", {"answer": HOSTILE})
    places = ("answers", "result", "versions", "name", "data", "questions/task.description", "report.html")
    addresses = [
        "/",
        "/cases",
        *(f"/cases/{case}/{place}" for place in places),
        f"/compare?case={case}@1&case={case}@3",
    ]
    for address in addresses:
        page = form.reader.get(address)
        assert "<script>alert" not in page.text, address
        assert "<img" not in page.text, address
        assert ">49<" not in page.text, address
    assert HOSTILE in form.reader.get(f"/cases/{case}/questions/task.description").words


def test_cases_of_other_workspaces_are_not_there(form: Form) -> None:
    """Nothing of a case in another workspace is read or changed, and nothing tells that it is there."""
    theirs = form.resources.store.cases.add(CaseText("Theirs", "", "{}"), Deed("them", "other", ""))
    for place in ("answers", "result", "next", "versions", "data", "case.yaml", "report.html", "what-if?change={}"):
        reply = form.reader.client.get(f"/cases/{theirs.id}/{place}", base_url=HOST)
        assert reply.status_code == 404, place
        assert reply.text == form.reader.client.get(f"/cases/case-0/{place}", base_url=HOST).text
    token = form.reader.get("/").form("/cases").fields["csrf_token"]
    for place in ("questions/task.kind", "ticks", "name", "what-if", "data"):
        sent = {"csrf_token": token, "answer": "code", "title": "x", "change": '{"task.kind": "code"}'}
        reply = form.reader.client.post(f"/cases/{theirs.id}/{place}", data=sent, base_url=HOST)
        assert reply.status_code == 404, place
    assert "Theirs" not in form.reader.get("/cases").text


def test_errors_are_pages(form: Form) -> None:
    """What is not there, and what cannot be compared, is said on a page."""
    assert "no such case" in form.reader.get("/cases/case-1/result").words
    client = form.reader.client
    asked = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    with client.get("/nothing-here", base_url=HOST, headers={"Accept": asked}) as reply:
        assert reply.status_code == 404 and reply.mimetype == "text/html"
    for accept, path in (("*/*", "/nothing-here"), (asked, "/v1/nothing-here")):
        with client.get(path, base_url=HOST, headers={"Accept": accept}) as reply:
            assert reply.status_code == 404 and reply.mimetype == "application/json"
    case = case_of(form.reader.new_case())
    assert form.reader.get(f"/cases/{case}/questions/data.file").status == 404
    assert form.reader.get(f"/compare?case={case}").status == 400
    for version in ("99", "0", "x", "-1", "٣"):
        assert form.reader.get(f"/compare?case={case}@1&case={case}@{version}").status == 404


def test_static_files_are_ours(form: Form) -> None:
    """Only files of web/static are given out."""
    for path in ("/static/../templates/proof.html", "/static/%2e%2e/README.md", "/static//etc/passwd"):
        assert form.reader.client.get(path, base_url=HOST).status_code in (404, 308)
    styles = (content("web") / "static" / "govuk-parts.css").read_text()
    assert "url(" not in styles
    assert "GDS Transport" not in styles
    assert Path(content("web") / "static" / "govuk-frontend-LICENSE.txt").exists()


def test_proofs_are_listed_and_shown(form: Form) -> None:
    """A finished proof is shown as its own page; a folder without a result is named as such."""
    folder = form.resources.data.path / "proofs"
    for name in ("colours", "half"):
        (folder / name).mkdir(parents=True)
    write_proof(folder / "colours", small_proof())
    listed = form.reader.get("/proofs")
    assert "Unfinished" in listed.words
    assert "<script>alert" not in listed.text
    found = form.reader.get(listed.links("/proofs/colours")[0])
    shown = form.reader.get(found.links("/result")[0])
    assert shown.status == 200
    assert "script-src 'sha256-" in shown.text
    assert form.reader.get("/proofs/..").status == 404
    assert form.reader.get("/proofs/half").heading == "Unfinished"
    assert form.reader.get("/proofs/half/result").status == 404


def test_jobs_can_be_watched_and_stopped(form: Form) -> None:
    """A job of the workspace is listed, shown with its events and stopped; those of others are not there."""
    store = form.resources.store
    job_orders.create(
        store, Job("ftjob-1", 1_700_000_000, "advisor-linear", {"type": "supervised"}, 1, None, None, "f", None)
    )
    store.jobs.add(Job("ftjob-2", 1, "theirs", {}, 1, None, None, "f", None, workspace="other"))
    listed = form.reader.get("/jobs")
    assert "theirs" not in listed.words
    job = form.reader.get(listed.links("/jobs/ftjob")[0])
    stopped = form.reader.send(job, "/jobs/", button=("order", "cancel"))
    assert stopped.heading == "Cancelled"
    assert form.reader.send(job, "/jobs/", button=("order", "pause")).status == 409
    assert form.reader.get("/jobs/ftjob-2").status == 404


def test_with_accounts_one_logs_in(tmp_path: Path) -> None:
    """Without a session every page leads to the log-in; with one, forms need its token, and one can log out."""
    resources = idle_resources(tmp_path)
    resources.store.users.add(
        "ann", DEFAULT_WORKSPACE, "consultant", hashed("correct horse battery"), Deed("x", "default", "")
    )
    reader = Reader(create_app(resources).test_client())
    asked = reader.get("/cases")
    assert asked.heading == "Log in"
    refused = reader.send(asked, "/login", {"name": "ann", "password": "wrong"})
    assert refused.status == 401
    assert "wrong" in refused.tree.xpath("//*[@role='alert']")[0].text_content()
    start = reader.send(refused, "/login", {"name": "ann", "password": "correct horse battery"})
    assert start.heading == "Prompt, RAG or fine-tune?"
    sent = {"case_file": upload(example("pizzeria").encode(), "case.yaml")}
    opened = reader.send(start, "/cases/upload", sent)
    assert opened.heading == "Check your answers"
    assert reader.client.post("/cases", data={"title": "forged"}, base_url=HOST).status_code == 403
    assert reader.send(opened, "/logout").heading == "Log in"
    assert reader.get("/").heading == "Log in"
    resources.store.close()


def test_a_key_sees_only_what_its_scope_allows(tmp_path: Path) -> None:
    """A key for the OpenAI-compatible API alone does not open the pages."""
    resources = idle_resources(tmp_path)
    made = resources.store.api_keys.create("ci", DEFAULT_WORKSPACE, "admin", ("openai",), Deed("x", "default", ""))
    client = create_app(resources).test_client()
    for path in ("/", "/cases", "/jobs", "/proofs"):
        reply = client.get(path, headers={"Authorization": f"Bearer {made.secret}"}, base_url=HOST)
        assert reply.status_code == 403, path
    resources.store.close()
