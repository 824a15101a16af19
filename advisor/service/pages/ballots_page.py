"""Blind ballots in the browser: made of a proof, filled in question by question, given in by experts, counted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Response, request

from advisor.errors import RequestError
from advisor.evaluation.ballot import NO_PREFERENCE, key_text, make_ballot, read_key
from advisor.evaluation.ballot_count import count
from advisor.evaluation.ballot_page import WORDS, new_nonce, shown_items
from advisor.evaluation.filled_ballot import QUESTIONS, ballot_text, read_ballot
from advisor.evaluation.proof import read_proof
from advisor.evaluation.proof_shown import ballot_items
from advisor.record import plain
from advisor.service.pages.page import page, see
from advisor.service.principal import current, deed, workspace
from advisor.service.proof_views import folder_of
from advisor.service.resources import Resources
from advisor.store.ballots import BallotCopy, StoredBallot
from advisor.strict_yaml import NO_TEXT

_LEAST: Final = 2
_MOST: Final = 500
_LEFT_OUT: Final = "left_out"
_LONGEST_NAME: Final = 80
_LONGEST_COMMENT: Final = 2_000


def add_ballots(pages: Blueprint, resources: Resources) -> None:
    """The routes of ballots."""
    store = resources.store.ballots

    @pages.post("/proofs/<id>/ballots")
    def make_ballot_on(id: str) -> Response:
        text = request.form.get("items", "").strip()
        if not text.isascii() or not text.isdigit() or len(text) > 4 or not _LEAST <= int(text) <= _MOST:
            raise RequestError(f"a ballot has {_LEAST} to {_MOST} questions", status=422, code="invalid_items")
        items = tuple(ballot_items(read_proof(folder_of(resources, id))))
        seed = len(store.of_proof(id, workspace()))  # another ballot draws other questions
        made = make_ballot(items, int(text), seed, id, new_nonce())
        kept = store.add(id, made.commitment, shown_items(made), key_text(made.key), deed())
        return see(f"/ballots/{kept.id}")

    @pages.get("/ballots/<id>")
    def ballot_overview(id: str) -> Response:
        return _overview(_found(id), {})

    @pages.post("/ballots/<id>/copies")
    def take_copy(id: str) -> Response:
        ballot = _open(id)
        name = current().name if current().via == "session" else " ".join(request.form.get("expert", "").split())
        if not name or len(name) > _LONGEST_NAME or NO_TEXT.search(name):
            return _overview(ballot, {"expert": f"Write your name, at most {_LONGEST_NAME} characters"})
        copy = store.new_copy(ballot.id, name)
        if copy is None:
            return _overview(ballot, {"expert": "Somebody of that name votes already; go on below, or add an initial"})
        return see(f"/ballots/{ballot.id}/copies/{copy.id}/1")

    @pages.get("/ballots/<id>/copies/<copy_id>/<int:number>")
    def ask_expert(id: str, copy_id: str, number: int) -> Response:
        ballot, copy = _open(id), _copy(id, copy_id)
        item = _item(ballot, number)
        return page(
            "ballot_item",
            ballot=ballot,
            copy=copy,
            number=number,
            item=item,
            said=_shown_judgement(copy.judgements.get(item["id"])),
            questions=[(name, WORDS[name], values) for name, values in QUESTIONS.items()],
            no_preference=NO_PREFERENCE,
            left_out=_LEFT_OUT,
        )

    @pages.post("/ballots/<id>/copies/<copy_id>/<int:number>")
    def judge(id: str, copy_id: str, number: int) -> Response:
        ballot, copy = _open(id), _copy(id, copy_id)
        item = _item(ballot, number)
        if not store.judge(copy, item["id"], _judgement(item)):
            raise RequestError("this ballot is given in or counted already", status=409, code="closed")
        here = f"/ballots/{id}/copies/{copy_id}"
        following = number - 1 if request.form.get("go") == "back" else number + 1
        return see(f"{here}/{following}" if 1 <= following <= len(ballot.shown) else f"{here}/check")

    @pages.get("/ballots/<id>/copies/<copy_id>/check")
    def check_votes(id: str, copy_id: str) -> Response:
        ballot, copy = _open(id), _copy(id, copy_id)
        judged = [item["id"] in copy.judgements and _says(copy.judgements[item["id"]]) for item in ballot.shown]
        return page("ballot_check", ballot=ballot, copy=copy, judged=judged)

    @pages.post("/ballots/<id>/copies/<copy_id>/check")
    def give_in(id: str, copy_id: str) -> Response:
        copy = _copy(id, copy_id)
        _open(id)
        if not any(map(_says, copy.judgements.values())):
            raise RequestError("nothing is judged in it yet", status=422, code="empty_ballot")
        if not store.give_in(copy, deed()):
            raise RequestError("this ballot is given in or counted already", status=409, code="closed")
        return see(f"/ballots/{id}")

    @pages.post("/ballots/<id>/count")
    def count_votes(id: str) -> Response:
        ballot = _open(id)
        copies = [copy for copy in store.copies(id) if copy.given_in]
        if not copies:
            raise RequestError("nobody has given in a ballot yet", status=422, code="no_votes")
        key = read_key(store.sealed_key(id), "the sealed key")
        filled = [
            read_ballot(ballot_text(copy.expert, copy.id, list(copy.judgements.values()), key), copy.expert, key)
            for copy in copies
        ]
        found = plain(count(filled, key, seed=0))
        if not store.count(ballot, found, len(copies), deed()):
            raise RequestError("somebody gave in a ballot meanwhile: count again", status=409, code="changed_meanwhile")
        return see(f"/ballots/{id}")

    @pages.get("/ballots/<id>/key.json")
    def opened_key(id: str) -> Response:
        ballot = _found(id)
        if ballot.counted_at is None:
            raise RequestError("the key is sealed until the ballot is counted", status=403, code="sealed")
        response = Response(store.sealed_key(id), mimetype="application/json")
        response.headers["Content-Disposition"] = 'attachment; filename="ballot.key.json"'
        return response

    def _overview(ballot: StoredBallot, faults: dict[str, str]) -> Response:
        copies = store.copies(ballot.id)
        return page(
            "ballot",
            400 if faults else 200,
            ballot=ballot,
            faults=faults,
            copies=[(copy, sum(map(_says, copy.judgements.values())), _is_mine(copy)) for copy in copies],
            given_in=sum(copy.given_in for copy in copies),
            own_name=current().name if current().via == "session" else "",
            questions=WORDS,
        )

    def _found(id: str) -> StoredBallot:
        ballot = store.find(id, workspace())
        if ballot is None:
            raise RequestError("there is no such ballot here", status=404, code="not_found")
        return ballot

    def _open(id: str) -> StoredBallot:
        ballot = _found(id)
        if ballot.counted_at is not None:
            raise RequestError("this ballot is counted", status=409, code="closed")
        return ballot

    def _copy(id: str, copy_id: str) -> BallotCopy:
        copy = store.copy(copy_id, _found(id).id)
        if copy is None or not _is_mine(copy):
            raise RequestError("there is no such copy of the ballot here", status=404, code="not_found")
        if copy.given_in:
            raise RequestError("this copy is given in", status=409, code="closed")
        return copy


def _is_mine(copy: BallotCopy) -> bool:
    """With accounts everybody opens their own copy alone."""
    return current().via != "session" or copy.expert == current().name


def _item(ballot: StoredBallot, number: int) -> Mapping[str, Any]:
    if not 1 <= number <= len(ballot.shown):
        raise RequestError("the ballot has no such question", status=404, code="not_found")
    return ballot.shown[number - 1]


def _judgement(item: Mapping[str, Any]) -> dict[str, Any]:
    """What the form says of one question, as the page of the command line saves it. Raises RequestError."""
    letters = [letter for letter, _ in item["answers"]]
    answers = [
        {"letter": letter, **{name: _given(f"{name}-{letter}", values) for name, values in QUESTIONS.items()}}
        for letter in letters
    ]
    preferred = _given("preferred", (*letters, NO_PREFERENCE))
    comment = request.form.get("comment", "").replace("\r\n", "\n").strip()
    if len(comment) > _LONGEST_COMMENT or NO_TEXT.search(comment):
        raise RequestError(
            f"a comment has at most {_LONGEST_COMMENT} characters, without control signs", status=422, code="no_text"
        )
    return {"item": item["id"], "answers": answers, "preferred": preferred, "comment": comment}


def _given(field: str, known: tuple[str, ...]) -> str | None:
    value = request.form.get(field, _LEFT_OUT)
    if value not in (*known, _LEFT_OUT):
        raise RequestError("this is no judgement", status=422, param=field, code="no_judgement")
    return None if value == _LEFT_OUT else value


def _says(judgement: Mapping[str, Any]) -> bool:
    """Whether anything is judged."""
    values = [value for answer in judgement["answers"] for name, value in answer.items() if name != "letter"]
    return any((*values, judgement["preferred"]))


def _shown_judgement(judgement: Mapping[str, Any] | None) -> dict[str, str]:
    """The fields of the form as they were saved."""
    if judgement is None:
        return {}
    fields = {
        f"{name}-{answer['letter']}": value
        for answer in judgement["answers"]
        for name, value in answer.items()
        if name != "letter"
    }
    fields |= {"preferred": judgement["preferred"], "comment": judgement["comment"]}
    return {name: value for name, value in fields.items() if value}
