"""Pages that begin and watch work, blind ballots in the browser, and results that are kept as they were."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from advisor.evaluation.proof import write_proof
from advisor.evaluation.proof_list import proofs_folder
from advisor.evaluation.proof_steps import ProofSteps
from advisor.passwords import hashed
from advisor.service.application import create_app
from advisor.service.resources import Resources
from advisor.store.audit import Deed
from tests.chat_files import chat, jsonl
from tests.form_reader import HOST, Reader, upload
from tests.live_service import idle_resources
from tests.proof_files import HOSTILE, hostile_proof, small_proof

pytestmark = pytest.mark.slow  # a real service, over HTTP
CASE = "schema: advisor/case/v1\ntitle: Log lines\nneed: {gaps: [domain_language]}\ntask: {kind: classification}\n"
WORDS = ("the router lost its link", "the battery is empty", "the probe reads nonsense")


class Site(NamedTuple):
    """An application without accounts, a case in it, and what lies behind it."""

    reader: Reader
    resources: Resources
    case: str

    def work(self, id: str) -> None:
        """What a worker would do for a proof."""
        run = self.resources.store.proofs.find(id)
        assert run
        ProofSteps(self.resources.store, self.resources.data, threading.Event()).work(id, run.attempt)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One application for all tests of this file."""
    resources = idle_resources(tmp_path_factory.mktemp("site"))
    reader = Reader(create_app(resources).test_client())
    answers = reader.opened(CASE)
    yield Site(reader, resources, answers.address.split("/")[2])
    resources.store.close()


def rows(count: int = 90) -> bytes:
    """Labelled lines of logs."""
    return jsonl([chat(f"device {n} in hall {n % 7}: {WORDS[n % 3]}", f"class {n % 3}") for n in range(count)])


def test_a_tuning_job_from_a_case(site: Site) -> None:
    """Choose the rows, read price and where data go, then begin: only then is there a job."""
    form = site.reader.get(site.reader.get(f"/cases/{site.case}/result").links("/tune")[0])
    refused = site.reader.send(form, "/tune", {"spend_up_to_usd": "0"})
    assert refused.status == 400 and "Choose a data set" in refused.words
    sent = {"data_set_file": upload(rows(), "logs.jsonl"), "back_end": "linear", "spend_up_to_usd": "0"}
    plan = site.reader.send(form, "/tune", sent)
    assert plan.heading == "Read the plan, then begin"
    assert "Nothing leaves this machine" in plan.words and "Nothing is paid to a host" in plan.words
    assert "logs.jsonl" in plan.words and str(site.resources.data.path) not in plan.text
    assert not site.resources.store.jobs.page().items
    job = site.reader.send(plan, "/plans/")
    assert job.address.startswith("/jobs/ftjob-") and "http-equiv" in job.text
    assert len(site.resources.store.jobs.page().items) == 1
    again = site.reader.get(f"/cases/{site.case}/tune")
    chosen = again.tree.xpath("//input[@name='data_set']/@value")[0]
    hosted = {"data_set": chosen, "back_end": "openai_api", "model": "gpt-4.1-mini-2025-04-14", "spend_up_to_usd": "0"}
    closed = site.reader.send(again, "/tune", hosted)
    assert closed.status == 400 and "There is a problem" in closed.words


def test_a_proof_from_a_case(site: Site) -> None:
    """The plan is read before it begins; progress, verdict and the result in full follow, and it can be cancelled."""
    form = site.reader.get(f"/cases/{site.case}/prove")
    wrong = site.reader.send(form, "/prove", {"data_set_file": upload(rows(), "logs.jsonl"), "spend_up_to_usd": "lots"})
    assert wrong.status == 400 and wrong.tree.get_element_by_id("spend_up_to_usd").value == "lots"
    sent = {
        "data_set_file": upload(rows(), "logs.jsonl"),
        "arms": ["rag", "retrieval", "linear"],
        "spend_up_to_usd": "0",
    }
    planning = site.reader.send(form, "/prove", sent)
    assert planning.heading == "Planning", planning.words
    assert "watch.js" in planning.text
    assert "<noscript><meta http-equiv" in planning.text
    id = planning.address.rpartition("/")[2]
    site.work(id)
    plan = site.reader.get(planning.address)
    assert plan.heading == "Planned" and "http-equiv" not in plan.text
    assert "--model" not in plan.words
    assert "Free" in plan.words and "Nothing leaves this machine" in plan.words and "retrieval" in plan.words
    queued = site.reader.send(plan, "/proofs/", button=("order", "start"))
    assert queued.heading == "Queued"
    site.work(id)
    done = site.reader.get(planning.address)
    assert done.heading in ("Training is worth it", "Training is not worth it", "Not shown yet")
    assert "linear: 18 of 18" in done.words or "linear:" in done.words
    assert site.reader.get(done.links("/result")[0]).status == 200
    assert "log" in site.reader.get(f"/cases/{site.case}/prove").words
    second = site.reader.send(form, "/prove", {**sent, "data_set_file": upload(rows(), "logs.jsonl")})
    cancelled = site.reader.send(second, "/proofs/", button=("order", "cancel"))
    assert cancelled.heading == "Cancelled"
    site.work(second.address.rpartition("/")[2])
    assert site.reader.get(second.address).heading == "Cancelled"
    assert site.reader.send(second, "/proofs/", {"spend_up_to_usd": "0"}, ("order", "start")).status == 409


def test_results_are_kept_as_they_were(site: Site) -> None:
    """What was shown can be seen later, with its versions, although the answers changed; the same is kept once."""
    address = f"/cases/{site.reader.opened(CASE).address.split('/')[2]}/result"
    first = site.reader.get(address)
    site.reader.get(address)
    listed = site.reader.get(first.links("/results")[-1])
    kept = list(listed.links("/results/rec-"))
    assert len(kept) == 1
    page = site.reader.get(f"{address.removesuffix('/result')}/questions/need.gaps?change=1")
    site.reader.send(page, "/questions/", {"answer": ["facts"]})
    assert site.reader.get(address).heading != first.heading
    assert len(site.reader.get(listed.address).links("/results/rec-")) == 2
    old = site.reader.get(kept[0])
    assert old.heading == first.heading and "is kept as it was" in old.words
    assert not old.tree.xpath("//main//form")
    api = site.reader.client.get(f"/api/v1/recommendations/{kept[0].rpartition('/')[2]}", base_url=HOST).json
    assert api and api["case_id"] in address and api["rules_version"] in old.words
    assert site.reader.get("/results/rec-none").status == 404


def test_a_blind_ballot_from_two_experts(site: Site) -> None:
    """Arms stay hidden, each question is saved at once and resumed, and the key opens with the count alone."""
    folder = proofs_folder(site.resources.data.path) / "codes"
    folder.mkdir(parents=True)
    write_proof(folder, small_proof())
    proof = site.reader.get("/proofs/codes")
    ballot = site.reader.send(proof, "/ballots", {"items": "4"})
    for name, verdict in (("Ann", "yes"), ("Ben", "no")):
        page = site.reader.send(site.reader.get(ballot.address), "/copies", {"expert": name})
        assert site.reader.send(ballot, "/copies", {"expert": name.lower()}).status == 400
        for number in range(1, 5):
            assert page.address.endswith(f"/{number}")
            assert not any(arm in page.text for arm in ("few_shot", "linear", '"rag"'))
            fields = dict.fromkeys(page.tree.xpath("//input[starts-with(@name, 'correct-')]/@name"), verdict)
            page = site.reader.send(page, "/copies/", {**fields, "comment": f"<b>{name}</b>"})
            saved = site.reader.get(f"{page.address.rpartition('/')[0]}/{number}")
            assert all(value == verdict for key, value in saved.tree.forms[0].form_values() if key in fields)
        assert "4 of 4" in page.words
        assert site.reader.get(f"{ballot.address}/key.json").status == 403
        ballot = site.reader.send(page, "/check")
    assert "Who votes" in ballot.words and "linear" not in ballot.text
    counted = site.reader.send(ballot, "/count")
    assert counted.heading == "What the experts say"
    assert "Ann: 4 judged" in counted.words
    assert "few_shot" in counted.words and "linear" in counted.words and "<b>Ann" not in counted.text
    key = site.reader.client.get(f"{ballot.address}/key.json", base_url=HOST)
    from hashlib import sha256

    assert sha256(key.data).hexdigest() in ballot.text
    assert json.loads(key.data)["run"] == "codes"
    assert site.reader.send(ballot, "/count").status == 409
    assert site.reader.send(page, "/check").status == 409


def test_hostile_texts_stay_texts_on_a_ballot(site: Site) -> None:
    """Questions, answers and arms of a proof are data of strangers."""
    folder = proofs_folder(site.resources.data.path) / "hostile"
    folder.mkdir(parents=True)
    found = hostile_proof()
    named = tuple(item.model_copy(update={"id": f"L{number}"}) for number, item in enumerate(found.items))
    write_proof(folder, found.model_copy(update={"items": named}))
    ballot = site.reader.send(site.reader.get("/proofs/hostile"), "/ballots", {"items": "4"})
    page = site.reader.send(ballot, "/copies", {"expert": "<i>Eve</i>"})
    assert "<script>alert" not in page.text and "<img src=x" not in page.text and "<i>Eve" not in page.text
    assert "\u202e" not in page.text and HOSTILE[:8] in page.tree.text_content()
    forged = site.reader.send(page, "/copies/", {"preferred": "Z"})
    assert forged.status == 422
    assert site.reader.send(site.reader.get("/proofs/hostile"), "/ballots", {"items": "0"}).status == 422


def test_workspaces_and_roles(tmp_path: Path) -> None:
    """What one workspace has is not there for another; who may only read begins nothing."""
    resources = idle_resources(tmp_path)
    readers = {}
    for name, workspace, role in (("ann", "ours", "consultant"), ("eve", "theirs", "admin"), ("ian", "ours", "viewer")):
        resources.store.workspaces.ensure(workspace)
        resources.store.users.add(name, workspace, role, hashed("a long pass phrase"), Deed("x", workspace, ""))
        reader = Reader(create_app(resources).test_client())
        reader.send(reader.get("/login"), "/login", {"name": name, "password": "a long pass phrase"})
        readers[name] = reader
    ann, eve, ian = readers["ann"], readers["eve"], readers["ian"]
    case = ann.opened(CASE).address.split("/")[2]
    sent = {"data_set_file": upload(rows(), "logs.jsonl"), "spend_up_to_usd": "0"}
    plan = ann.send(ann.get(f"/cases/{case}/tune"), "/tune", {**sent, "back_end": "linear"})
    proof = ann.send(ann.get(f"/cases/{case}/prove"), "/prove", {**sent, "data_set_file": upload(rows(), "l.jsonl")})
    result = ann.get(ann.get(f"/cases/{case}/result").links("/results/rec-")[0])
    folder = proofs_folder(resources.data.path, "ours") / "codes"
    folder.mkdir(parents=True)
    write_proof(folder, small_proof())
    ballot = ann.send(ann.get("/proofs/codes"), "/ballots", {"items": "4"})
    mine = ann.send(ballot, "/copies")
    assert "judged by ann" in mine.words
    for page in (plan, proof, result, ballot, mine):
        assert eve.get(page.address).status == 404, page.address
    assert eve.get("/proofs/codes/result").status == 404
    assert "codes" not in eve.get("/proofs").words
    assert ian.get(proof.address).status == 200 and ian.get(mine.address).status == 404  # a copy is its expert's alone
    assert ian.get(f"/cases/{case}/result").status == 200
    before = len(resources.store.recommendations.page("ours").items)
    ian.get(f"/cases/{case}/result")
    assert len(resources.store.recommendations.page("ours").items) == before
    assert ian.send(ian.get(proof.address), "/proofs/", button=("order", "cancel")).status == 403
    resources.store.close()
