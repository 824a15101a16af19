"""What an expert's browser saved: read strictly, and checked against the sealed key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from zlib import crc32

from advisor.errors import InputError
from advisor.evaluation.ballot import NO_PREFERENCE, BallotKey, commitment
from advisor.strict_yaml import NO_TEXT

SCHEMA: Final = "advisor/ballot/v1"
QUESTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "correct": ("yes", "partly", "no"),
    "helpful": ("yes", "no"),
    "trust": ("yes", "no"),
}


class AnswerVote(NamedTuple):
    """What one expert says of one answer: a value for each of QUESTIONS that was not left out."""

    letter: str
    votes: Mapping[str, str]


class ItemVote(NamedTuple):
    """What one expert says of one item; `preferred` is a letter, NO_PREFERENCE, or None where it was left out."""

    item: str
    answers: tuple[AnswerVote, ...]
    preferred: str | None
    comment: str


class FilledBallot(NamedTuple):
    """One expert's ballot; `copy` is a random word that the browser chose for this copy of it."""

    where: str
    expert: str
    copy: str
    items: tuple[ItemVote, ...]


def read_ballot(text: str, where: str, key: BallotKey) -> FilledBallot:
    """One ballot, checked against `key`. Raises InputError with words for what is damaged, changed or foreign."""
    value = _mapping(text, where)
    if value.get("key_sha256") != commitment(key):
        raise InputError(
            "this ballot belongs to another key, or its key was changed after it was made",
            where=where,
            what_to_do="give the key that was written together with the page, as it was written",
        )
    judgements, expert = value.get("judgements"), value.get("expert")
    if not isinstance(expert, str) or not expert.strip() or not isinstance(judgements, list):
        raise _broken(where, "the expert's name or the judgements are missing")
    if value.get("shown_sha256") != key.shown_sha256 or value.get("check") != checksum(judgements):
        raise InputError(
            "this ballot was changed after it was saved",
            where=where,
            what_to_do=f"ask {_printable(expert)[:40]} to open the page again and to download the ballot anew",
        )
    shown = {item.id: item for item in key.items}
    found: dict[str, ItemVote] = {}
    for judgement in judgements:
        vote = _item_vote(judgement, where)
        if vote.item not in shown:
            raise _broken(where, f"there is no item {vote.item[:40]!r} in it")
        if vote.item in found:
            raise _broken(where, f"item {vote.item} is judged twice")
        letters = shown[vote.item].letters
        for letter in [one.letter for one in vote.answers] + [vote.preferred or NO_PREFERENCE]:
            if letter not in letters and letter != NO_PREFERENCE:
                raise _broken(where, f"item {vote.item} has no answer {letter[:10]!r}")
        found[vote.item] = vote
    if not any(vote.preferred or any(one.votes for one in vote.answers) for vote in found.values()):
        raise InputError("nothing is judged in it", where=where, what_to_do="fill it in before it is downloaded")
    return FilledBallot(where, _printable(expert), str(value.get("copy", "")), tuple(found.values()))


def ballot_text(expert: str, copy: str, judgements: Sequence[Mapping[str, Any]], key: BallotKey) -> str:
    """A copy that was filled in elsewhere, as the page saves it; `read_ballot` reads it."""
    value = {
        "schema": SCHEMA,
        "key_sha256": commitment(key),
        "shown_sha256": key.shown_sha256,
        "expert": expert,
        "copy": copy,
        "judgements": list(judgements),
        "check": checksum(judgements),
    }
    return json.dumps(value, ensure_ascii=False)


def refuse_doubles(ballots: Sequence[FilledBallot]) -> None:
    """Raise InputError where an expert or a copy of the page voted twice."""
    for place, ballot in enumerate(ballots):
        for other in ballots[:place]:
            same_expert = ballot.expert.casefold() == other.expert.casefold()
            if same_expert or (ballot.copy and ballot.copy == other.copy):
                what = f"{ballot.expert} voted" if same_expert else "the same copy of the ballot is given"
                raise InputError(
                    f"{what} twice, first in {other.where}",
                    where=ballot.where,
                    what_to_do="leave out the older one, or have two experts of one name add an initial",
                )


def checksum(judgements: Sequence[Any]) -> str:
    """The CRC-32 of the judgements as the browser writes them: it shows slips and edits, not a forger's work."""
    written = json.dumps(judgements, ensure_ascii=False, separators=(",", ":"))
    return f"{crc32(written.encode(errors='surrogatepass')):08x}"


def _mapping(text: str, where: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _broken(where, "it is no JSON") from None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise _broken(where, f"its schema is not {SCHEMA}")
    return value


def _item_vote(value: Any, where: str) -> ItemVote:
    match value:
        case {
            "item": str(item),
            "answers": list(answers),
            "preferred": str() | None as preferred,
            "comment": str(said),
        }:
            votes = tuple(_answer_vote(answer, where) for answer in answers)
            if len({vote.letter for vote in votes}) < len(votes):
                raise _broken(where, f"an answer of item {item[:40]!r} is judged twice")
            return ItemVote(item, votes, preferred, _printable(said))
    raise _broken(where, "a judgement has other fields than item, answers, preferred and comment")


def _answer_vote(value: Any, where: str) -> AnswerVote:
    if not isinstance(value, dict) or not isinstance(value.get("letter"), str):
        raise _broken(where, "a judged answer has no letter")
    votes: dict[str, str] = {}
    for question, given in value.items():
        if question == "letter":
            continue
        if question not in QUESTIONS or given not in (*QUESTIONS[question], None):
            raise _broken(where, f"{question[:20]!r}: {str(given)[:20]!r} is no judgement")
        if given is not None:
            votes[question] = given
    return AnswerVote(value["letter"], votes)


def _printable(text: str) -> str:
    """Without characters that would steer a terminal."""
    return NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text).strip()


def _broken(where: str, problem: str) -> InputError:
    return InputError(
        f"this is no ballot as the page saves it: {problem}",
        where=where,
        what_to_do="give the file that the page's button `Download` saved",
    )
