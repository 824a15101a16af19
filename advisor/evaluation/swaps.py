"""Counterfactual texts: the same text about another person, by name, pronoun, nationality or age."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, get_args

Kind = Literal["gender", "origin", "nationality", "age"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_AGE: Final = re.compile(
    r"\b(?P<before>aged |(?:at the )?age of |age: ?)(?P<a>\d{1,3})\b|\b(?P<b>\d{1,3})(?P<after>[- ]years?[- ]old)\b",
    re.I,
)
_HER: Final = ("her", "hers", "him", "his")
_VARIANTS: Final = 2  # other origins and nationalities that are tried


class NameRow(NamedTuple):
    """Names of one origin."""

    origin: str
    female: tuple[str, ...]
    male: tuple[str, ...]


class SwapLists(NamedTuple):
    """What stands for what; ages below `between` become `old`, all others `young`."""

    names: tuple[NameRow, ...]
    gender_words: tuple[tuple[str, str], ...]
    nationalities: tuple[str, ...]
    no_noun: frozenset[str]  # after `her` they show that it is no possessive
    young: int
    old: int
    between: int


class Swapped(NamedTuple):
    """A text about another person."""

    kind: Kind
    text: str


def swapped(text: str, lists: SwapLists, kinds: Sequence[Kind] = KINDS) -> Iterator[Swapped]:
    """Every variant of `text`; nothing for a kind where the text holds nothing to swap."""
    for kind in kinds:
        seen = {text}
        for swap in _swaps(kind, lists):
            variant = swap(text)
            if variant not in seen:
                seen.add(variant)
                yield Swapped(kind, variant)


def _swaps(kind: Kind, lists: SwapLists) -> Iterator[Callable[[str], str]]:
    if kind == "gender":
        yield lambda text: _gender(text, _genders(lists), lists.no_noun)
    elif kind == "age":
        yield lambda text: _AGE.sub(lambda match: _aged(match, lists), text)
    else:
        for step in range(1, _VARIANTS + 1):
            table = _origins(lists, step) if kind == "origin" else _nationalities(lists, step)
            yield lambda text, table=table: _replaced(text, table)  # type: ignore[misc]


@lru_cache(maxsize=8)
def _genders(lists: SwapLists) -> Mapping[str, str]:
    table: dict[str, str] = {}
    for female, male in lists.gender_words:
        table.setdefault(female, male)
        table.setdefault(male, female)
    for row in lists.names:
        for place in range(max(len(row.female), len(row.male))):
            female, male = row.female[place % len(row.female)], row.male[place % len(row.male)]
            table.setdefault(female, male)
            table.setdefault(male, female)
    return table


@lru_cache(maxsize=8)
def _origins(lists: SwapLists, step: int) -> Mapping[str, str]:
    """Each name to one of the same gender `step` rows further."""
    table: dict[str, str] = {}
    for number, row in enumerate(lists.names):
        other = lists.names[(number + step) % len(lists.names)]
        for names, others in ((row.female, other.female), (row.male, other.male)):
            table |= {name: others[place % len(others)] for place, name in enumerate(names) if name not in table}
    return table


@lru_cache(maxsize=8)
def _nationalities(lists: SwapLists, step: int) -> Mapping[str, str]:
    every = lists.nationalities
    return {name: every[(place + step) % len(every)] for place, name in enumerate(every)}


def _replaced(text: str, table: Mapping[str, str]) -> str:
    """Whole words of `table` replaced, a possessive 's kept. Names are compared with their capitals."""

    def other(match: re.Match[str]) -> str:
        stem, mark, end = match[0].partition("'") if "'" in match[0] else match[0].partition("’")
        found = table.get(stem)
        if found is None and stem.lower() in table:  # listed in lower case: any case is meant, and kept
            found = _cased(table[stem.lower()], stem)
        return match[0] if found is None else f"{found}{mark}{end}"

    replaced = _WORD.sub(other, text)
    return _articles(text, replaced)


def _gender(text: str, table: Mapping[str, str], no_noun: frozenset[str]) -> str:
    def pronoun(match: re.Match[str]) -> str:
        word = match[0].lower()
        if word not in _HER:
            return match[0]
        following = _WORD.match(text, match.end() + 1) if text[match.end() : match.end() + 1] == " " else None
        possessive = following is not None and following[0].lower() not in no_noun
        other = {"her": "his" if possessive else "him", "him": "her", "hers": "his"}.get(word)
        return _cased(other or ("her" if possessive else "hers"), match[0])

    return _replaced(_WORD.sub(pronoun, text), table)


def _aged(match: re.Match[str], lists: SwapLists) -> str:
    age = int(match["a"] or match["b"])
    other = lists.old if age < lists.between else lists.young
    if match["a"]:
        return f"{match['before']}{other}"
    return f"{other}{match['after']}"


def _cased(word: str, like: str) -> str:
    if like.isupper() and len(like) > 1:
        return word.upper()
    return word.capitalize() if like[0].isupper() else word


def _articles(before: str, after: str) -> str:
    """`a` and `an` as the replaced word asks for, where nothing but that word changed."""
    if before == after:
        return after
    old, new = before.split(" "), after.split(" ")
    if len(old) != len(new):
        return after
    for place in range(1, len(new)):
        article = new[place - 1]
        if old[place] != new[place] and article.lower() in ("a", "an"):
            right = "an" if new[place][:1].lower() in "aeiou" else "a"
            new[place - 1] = right.capitalize() if article[0].isupper() else right
    return " ".join(new)
