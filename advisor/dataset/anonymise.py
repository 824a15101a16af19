"""Personal data and secrets of one row replaced by tokens, the same token for the same thing all through the row."""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final, NamedTuple

from advisor.dataset.personal import Personal, find_personal
from advisor.dataset.plain_text import plain
from advisor.dataset.secrets import find_secrets

TOKENS: Final = {
    "name": "PERSON",
    "date": "DATE",
    "email": "EMAIL",
    "phone": "PHONE",
    "card": "CARD",
    "iban": "IBAN",
    "ssn": "SSN",
    "ip": "IP",
    "address": "ADDRESS",
    "secret": "SECRET",
}
_TOKEN: Final = re.compile(rf"\[({'|'.join(TOKENS.values())})(?:_([1-9][0-9]{{0,5}}))?\]")
# First names and surnames that are ordinary words as well: alone, they are not replaced.
_WORDS_TOO: Final = frozenset(
    "Will May Mark Grace Hope Faith Joy Rose Bill Art Dean Young White Black Brown Green Gray Grey King Long Short "
    "Rich "
    "Price Cook Day Love Page Stone Wood Hill Field Ford Park Lane Street Bush Bell Best Chase Grant Hunter Summer "
    "April "
    "June August Van Von The Frank Drew Pat Sue Bob Rob Jack Jean Christian German English French".split()
)
_MOST_ROUNDS: Final = 5

Finder = Callable[[str], Sequence[Personal]]


class Change(NamedTuple):
    """One replacement: the number of the text in the row from 0, the kind (a key of TOKENS), and the token."""

    text: int
    kind: str
    token: str


class Anonymised(NamedTuple):
    """The texts with tokens, and every replacement that was made."""

    texts: tuple[str, ...]
    changes: tuple[Change, ...]


def anonymise(
    texts: Sequence[str], find: Finder = find_personal, kinds: Collection[str] = frozenset(TOKENS)
) -> Anonymised:
    """The texts of one row without the personal data and secrets of `kinds` (keys of TOKENS).

    Two people become `[PERSON]` and `[PERSON_2]`; the same one gets the same token in every text, also where nothing
    around the name gives it away. Tokens that stand in the texts already are left, and new ones are numbered after
    them. Anonymising the result again changes nothing.
    """
    names = _Names(texts)
    made = list(texts)
    changes: list[Change] = []
    for _ in range(_MOST_ROUNDS):  # what is replaced can uncover what stood beside it
        found = [[one for one in _all_in(text, find) if one.kind in kinds] for text in made]
        if not any(found):
            break
        written = [
            (one.kind, text[one.start : one.end]) for text, ones in zip(made, found, strict=True) for one in ones
        ]
        for kind, thing in sorted(written, key=lambda one: one[0] == "name" and " " not in one[1]):
            names.token(kind, thing)  # full names first, so that a surname finds its person
        for number, ones in enumerate(found):
            text = made[number]
            for one in reversed(ones):
                token = names.token(one.kind, text[one.start : one.end])
                changes.append(Change(number, one.kind, token))
                text = text[: one.start] + token + text[one.end :]
            made[number] = text
        known = names.pattern()
        for number, text in enumerate(made):
            made[number] = known.sub(lambda match, number=number: _again(match, names, number, changes), text)  # type: ignore[misc]
    return Anonymised(tuple(made), tuple(changes))


def _all_in(text: str, find: Finder) -> list[Personal]:
    secrets = [Personal("secret", start, end) for _, start, end in find_secrets(text)]
    others = [
        one for one in find(text) if all(one.end <= secret.start or one.start >= secret.end for secret in secrets)
    ]
    return sorted([*secrets, *others], key=lambda one: one.start)


def _again(match: re.Match[str], names: "_Names", number: int, changes: list[Change]) -> str:
    if _TOKEN.fullmatch(match[0]):
        return match[0]
    kind, token = names.known(match[0])
    changes.append(Change(number, kind, token))
    return token


class _Names:
    """Which token stands for which thing in a row."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._tokens: dict[tuple[str, str], str] = {}
        self._written: dict[str, tuple[str, str]] = {}
        self._last = dict.fromkeys(TOKENS.values(), 0)
        for text in texts:
            for match in _TOKEN.finditer(text):
                self._last[match[1]] = max(self._last[match[1]], int(match[2] or 1))

    def token(self, kind: str, written: str) -> str:
        """The token for `written`, a new one when it stands for nothing that was seen before."""
        key = (kind, _spelling(kind, written))
        if key not in self._tokens:
            name = TOKENS[kind]
            self._tokens[key] = self._of_full_name(key[1]) if kind == "name" else ""
            if not self._tokens[key]:
                self._last[name] += 1
                self._tokens[key] = f"[{name}]" if self._last[name] == 1 else f"[{name}_{self._last[name]}]"
            self._written[written.casefold()] = (kind, self._tokens[key])
            if kind == "name":
                for part in _parts(written):
                    self._written.setdefault(part, (kind, self._tokens[key]))
        return self._tokens[key]

    def known(self, written: str) -> tuple[str, str]:
        """Kind and token of something that `pattern` matched."""
        return self._written.get(written) or self._written[written.casefold()]

    def pattern(self) -> re.Pattern[str]:
        """Matches every token, and everything known by a token wherever it stands as a whole."""
        spelt = sorted(self._written, key=len, reverse=True)
        whole = [
            re.escape(written) if written[:1].isupper() else f"(?i:{re.escape(written)})"
            for written in spelt
            if len(written) > 2
        ]
        return re.compile("|".join([_TOKEN.pattern, *(rf"(?<!\w){one}(?!\w)" for one in whole)]))

    def _of_full_name(self, name: str) -> str:
        """The token of the one known person whose full name has the word `name`; empty for none or several."""
        full = {token for (kind, known), token in self._tokens.items() if kind == "name" and name in known.split()}
        return full.pop() if len(full) == 1 else ""


def _spelling(kind: str, written: str) -> str:
    text = plain(written).text.casefold()
    if kind in ("card", "iban", "phone", "ssn"):
        return re.sub(r"[^0-9a-z+]", "", text)
    return " ".join(text.split())


def _parts(name: str) -> list[str]:
    words = name.split()
    return [word for word in words if len(words) > 1 and len(word) > 2 and word[0].isupper() and word not in _WORDS_TOO]
