"""A blind ballot: which items experts see, under which letters, and the sealed key that tells the arms.

Items on which the arms differ say most about a preference, and where arms are good they are few. So up to two thirds of
a ballot are such items, and each stratum's share of all items is kept in the key: every estimate is weighted back to
all items. Answers that are the same are shown once, under one letter.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b, sha256
from string import ascii_uppercase
from typing import Any, Final, NamedTuple

from advisor.errors import InputError

KEY_SCHEMA: Final = "advisor/ballot-key/v1"
LEAST_ARMS: Final = 2
_DIFFER, _SAME = "arms differ", "arms agree"
_MOST_DIFFERENT: Final = 2 / 3  # of a ballot, unless more of all items are such
NO_PREFERENCE: Final = "none"


class BallotItem(NamedTuple):
    """One question with each arm's answer; `expected` is the golden answer, where there is one."""

    id: str
    question: str
    answers: Mapping[str, str]
    expected: str | None = None
    documents: tuple[str, ...] = ()


class Drawn(NamedTuple):
    """An item that was drawn, the stratum it stands for, and the arms behind each letter."""

    item: BallotItem
    stratum: str
    letters: Mapping[str, tuple[str, ...]]

    def answer(self, letter: str) -> str:
        """The answer shown under `letter`."""
        return self.item.answers[self.letters[letter][0]]


class Stratum(NamedTuple):
    """How many of all items are such, and how many of them were drawn."""

    items: int
    drawn: int


class KeyItem(NamedTuple):
    """What the key says of one item."""

    id: str
    stratum: str
    letters: Mapping[str, tuple[str, ...]]


class BallotKey(NamedTuple):
    """What nobody may see before all have voted. `nonce` keeps its hash from being guessed."""

    run: str
    nonce: str
    shown_sha256: str  # of the items as shown
    strata: Mapping[str, Stratum]
    items: tuple[KeyItem, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm, sorted."""
        return tuple(sorted({arm for item in self.items for arms in item.letters.values() for arm in arms}))

    def weight(self, stratum: str) -> float:
        """How many of all items one drawn item of the stratum stands for."""
        return self.strata[stratum].items / self.strata[stratum].drawn


class Ballot(NamedTuple):
    """What is shown to the experts, and the key; `commitment` is the hash of the key that the ballot carries."""

    drawn: tuple[Drawn, ...]
    key: BallotKey
    commitment: str


def make_ballot(items: Sequence[BallotItem], size: int, seed: int, run: str, nonce: str) -> Ballot:
    """A ballot of `size` items. `seed` draws the items; their order of answers comes from `nonce` alone.

    `nonce` is secret: a shuffle by a seed that is known could be worked out from the ballot. Raises InputError.
    """
    _check(items)
    strata, chosen = _sample(items, size, seed)
    drawn = tuple(Drawn(item, _stratum(item), _letters(item, nonce)) for item in chosen)
    key = BallotKey(
        run, nonce, shown_hash(drawn), strata, tuple(KeyItem(one.item.id, one.stratum, one.letters) for one in drawn)
    )
    return Ballot(drawn, key, commitment(key))


def commitment(key: BallotKey) -> str:
    """The SHA-256 of the key as it is written, in hexadecimal digits."""
    return sha256(key_text(key).encode()).hexdigest()


def key_text(key: BallotKey) -> str:
    """The key as JSON, always the same for the same key."""
    value = {
        "schema": KEY_SCHEMA,
        "run": key.run,
        "nonce": key.nonce,
        "shown_sha256": key.shown_sha256,
        "strata": {name: stratum._asdict() for name, stratum in key.strata.items()},
        "items": [item._asdict() for item in key.items],
    }
    return json.dumps(value, indent=1, sort_keys=True) + "\n"


def read_key(text: str, where: str) -> BallotKey:
    """The key in a file. Raises InputError."""
    try:
        key = _key(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(
            "this is no key of a ballot",
            where=where,
            what_to_do="name the key file that `advisor prove ballot` wrote beside the page",
        ) from None
    return key


def _key(value: Any) -> BallotKey:
    """Raises ValueError, KeyError, TypeError or AttributeError for anything else."""
    key = BallotKey(
        str(value["run"]),
        str(value["nonce"]),
        str(value["shown_sha256"]),
        {name: Stratum(int(one["items"]), int(one["drawn"])) for name, one in value["strata"].items()},
        tuple(
            KeyItem(
                str(item["id"]),
                str(item["stratum"]),
                {letter: tuple(map(str, arms)) for letter, arms in item["letters"].items()},
            )
            for item in value["items"]
        ),
    )
    drawn = Counter(item.stratum for item in key.items)
    if value["schema"] != KEY_SCHEMA or drawn != {name: stratum.drawn for name, stratum in key.strata.items()}:
        raise ValueError
    return key


def shown_hash(drawn: Iterable[Drawn]) -> str:
    """The SHA-256 of everything that the page shows."""
    shown = [
        [
            one.item.id,
            one.item.question,
            one.item.expected,
            one.item.documents,
            [one.answer(letter) for letter in one.letters],
        ]
        for one in drawn
    ]
    return sha256(json.dumps(shown).encode()).hexdigest()


def _check(items: Sequence[BallotItem]) -> None:
    ids: set[str] = set()
    for item in items:
        if item.id in ids:
            raise InputError("two items have the same id", where=item.id, what_to_do="give each item an id of its own")
        ids.add(item.id)
        if not item.id.isprintable() or not item.id.strip():
            raise InputError("this id cannot be shown", where=repr(item.id[:40]), what_to_do="use letters and digits")
        if len(item.answers) < LEAST_ARMS:
            raise InputError("there is nothing to compare", where=item.id, what_to_do="give answers of two arms")
        if item.answers.keys() != items[0].answers.keys():
            raise InputError(
                f"its arms are {', '.join(item.answers)}, those of {items[0].id} are {', '.join(items[0].answers)}",
                where=item.id,
                what_to_do="give every arm's answer to every item, empty where it failed",
            )
        if len(item.answers) > len(ascii_uppercase):
            raise InputError("there are more arms than letters", where=item.id, what_to_do="leave some out")
    if not items:
        raise InputError("there are no items", what_to_do="give a file with answers of at least two arms")


def _stratum(item: BallotItem) -> str:
    return _SAME if len(set(map(_compared, item.answers.values()))) == 1 else _DIFFER


def _compared(answer: str) -> str:
    return " ".join(answer.split())


def _sample(items: Sequence[BallotItem], size: int, seed: int) -> tuple[dict[str, Stratum], list[BallotItem]]:
    """Of each stratum every item is as likely as any other; golden answers keep their shares within it."""
    groups: dict[str, list[BallotItem]] = {}
    for item in items:
        groups.setdefault(_stratum(item), []).append(item)
    size = min(size, len(items))
    differ, same = len(groups.get(_DIFFER, ())), len(groups.get(_SAME, ()))
    rooms = {_DIFFER: min(differ, round(size * max(_MOST_DIFFERENT, differ / len(items))))}
    if same:
        rooms[_DIFFER] = min(rooms[_DIFFER], size - 1) if size > 1 else rooms[_DIFFER]
    rooms[_SAME] = min(same, size - rooms[_DIFFER])
    rooms[_DIFFER] = size - rooms[_SAME]
    strata: dict[str, Stratum] = {}
    chosen: set[str] = set()
    for name, group in groups.items():
        if not rooms[name]:
            continue
        # Ordered by golden answer and drawn at equal steps from a start by chance (systematic sampling).
        ordered = sorted(group, key=lambda item: (item.expected or "", _draw(seed, item.id)))
        step = len(ordered) / rooms[name]
        start = _draw(seed, name) / 2**64 * step
        chosen |= {ordered[min(len(ordered) - 1, int(start + step * place))].id for place in range(rooms[name])}
        strata[name] = Stratum(len(ordered), rooms[name])
    return strata, sorted(
        (item for item in items if item.id in chosen), key=lambda item: _draw(seed, f"order {item.id}")
    )


def _draw(seed: int, what: str) -> int:
    return int.from_bytes(blake2b(f"{seed} {what}".encode(errors="surrogatepass"), digest_size=8).digest())


def _letters(item: BallotItem, nonce: str) -> dict[str, tuple[str, ...]]:
    by_answer: dict[str, list[str]] = {}
    for arm in sorted(item.answers):
        by_answer.setdefault(_compared(item.answers[arm]), []).append(arm)

    def place(arms: Sequence[str]) -> bytes:
        said = json.dumps([item.id, arms]).encode()
        return hmac.digest(nonce.encode(), said, "sha256")

    shuffled = sorted(by_answer.values(), key=place)
    return {letter: tuple(arms) for letter, arms in zip(ascii_uppercase, shuffled, strict=False)}
