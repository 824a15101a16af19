"""Dates of a person's life: of birth above all, also of death and marriage, told by the words around them."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from advisor.dataset.numbers_of_people import words_before
from advisor.dataset.plain_text import Span, around

_MONTH: Final = (
    r"(?:jan(?:uary|uar|vier)?|f(?:e|é)b(?:r(?:uary|uar))?|février|mar(?:ch|s|zo)?|märz|april?|apr|avril|abril|mayo?|"
    r"mai|maggio|june?|juni|juin|junio|giugno|jul[iy]?|juillet|julio|luglio|aug(?:ust)?|août|agosto|sept?(?:ember)?|"
    r"septembre|septiembre|settembre|setembro|o[ck]t(?:ober)?|octobre|octubre|ottobre|outubro|nov(?:ember)?|novembre|"
    r"noviembre|novembro|de[cz](?:ember)?|décembre|diciembre|dicembre|dezembro|enero|gennaio|janeiro|jänner|febrero|"
    r"febbraio|fevereiro|março|aprile|maio|junho|julho|januari|februari|maart|mei|augustus|января|февраля|марта|апреля|мая|"
    r"июня|июля|августа|сентября|октября|ноября|декабря)\b\.?"
)
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR: Final = r"(?:1[89]|20)\d\d"
_DATES: Final = re.compile(
    rf"""(?<![\w.\-/])(?:
      {_YEAR}([-/.]|\.\ )\d{{1,2}}\1\d{{1,2}}
    | \d{{1,2}}([-/.\ ]|\.\ |\ /\ )\d{{1,2}}\2(?:{_YEAR}|\d\d)
    | {_DAY}(?:st|nd|rd|th|er|º|\.)?\s*(?:(?:day\s+)?(?:of|de|d[ei]l)\s+)?[\s-]?{_MONTH}
      (?:[\s,.-]+(?:(?:of|de|del)\s+)?(?:{_YEAR}|'?\d\d\b))?
    | {_MONTH}\s*(?:the\s+)?{_DAY}(?:st|nd|rd|th)?\b(?:[\s,.-]+(?:{_YEAR}|'?\d\d\b))?
    | {_YEAR}[\s,-]+{_MONTH}[\s-]+{_DAY}
    | {_MONTH}(?:[\s,]+(?:of|de|del)?\s*){_YEAR}
    | {_YEAR}\s?[年년]\s?\d{{1,2}}\s?[月월]\s?\d{{1,2}}\s?[日일]
    | {_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])
    )(?![\w]|[-/]\d|\.\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_NUMERIC: Final = re.compile(r"(\d{1,4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,4})")
_EVENT: Final = (
    r"(?:\b(?:born|birth|births?day|birthdate|b-?day|dob|d\.o\.b|geboren\w*|geburtstag\w*|geburtsdatum|geb|"
    r"née?(?:\(e\))?|naissance|anniversaire|nacid[oa]|nací|nació|nacimiento|cumpleaños|cumplo|nascid[oa]|nasci|nasceu|"
    r"nascimento|aniversário|nat[oa]\s+(?:il|a)|nacqu\w+|nascita|compleanno|geboortedatum|verjaardag|født|född|"
    r"födelsedatum|fødselsdato|fødselsdag|syntynyt|syntymäaika|urodzon\w*|urodzenia|urodziny|narozen\w*|doğum\w*|"
    r"родил\w*|рожден\w*|народи\w*|γεννήθηκ\w*|died|deceased|passed\s+away|date\s+of\s+death|gestorben|verstorben|"
    r"décédée?|fallecid[oa]|falleció|wedding|got\s+married|geheiratet)\b|出生|生年月日|誕生日|生まれ|生日|생년월일|생일|태어)"
)
_BEFORE: Final = re.compile(_EVENT + r"(?:[^\d.!?;\n]|\n(?!\n)|\.(?!\s+[A-Z][a-z])){0,45}$", re.IGNORECASE)
_AFTER: Final = re.compile(
    r"[\s,(:=–-]*(?:(?:is|was|ist|war|est|es|è|é)\s+)?(?:(?:the|my|his|her|their|your|mein|sein|ihr|mon|son|ma|mi|su|"
    r"meu|mio|il)\s+)?(?:date\s+of\s+birth|birth\s?date|birthday|dob\b|d\.o\.b|geburtstag|geburtsdatum|geboren|"
    r"date\s+de\s+naissance|anniversaire|cumpleaños|fecha\s+de\s+nacimiento|data\s+de\s+nascimento|data\s+di\s+nascita|"
    r"compleanno|生まれ|出生)",
    re.IGNORECASE,
)
# One of these words, or in a text beyond ASCII one of these stems, stands in every text that the patterns match.
WORDS: Final = frozenset(
    "born birth births birthday birthsday birthdate bday dob o geboren geborene geborener geburtstag geburtstages "
    "geburtsdatum geb naissance anniversaire nacido nacida nacimiento cumplo nascido nascida nasci nasceu nascimento "
    "nato nata nacque nacqui nascita compleanno geboortedatum verjaardag syntynyt urodzony urodzona urodzenia urodziny "
    "narozen narozena died deceased passed death gestorben verstorben fallecido fallecida wedding married "
    "geheiratet".split()
)
STEMS: Final = (
    "né Né Nació Född Født Födelse Doğum Родил nací "
    "nació cumpleaños aniversário født född föd fød syntymä doğum родил рожд народи γεννήθηκ décéd falleció "
    "出生 生年 誕生 生まれ 生日 생년 생일 태어"
).split()


def find_life_dates(text: str, words: Collection[str]) -> Iterator[Span]:
    """Dates in `text` that the words before or after them tie to a person's life; any other date is left alone.

    `words` are those of WORDS that stand in the text.
    """
    if WORDS.isdisjoint(words) and (text.isascii() or not any(map(text.__contains__, STEMS))):
        return
    hints = {".o.b" if word == "o" else word for word in WORDS.intersection(words)}
    for near in around(text, hints.union(() if text.isascii() else STEMS), before=70, after=110):
        for match in _DATES.finditer(text, *near):
            if (_BEFORE.search(words_before(text, match.start())) or _AFTER.match(text, match.end())) and _can_be(
                match[0]
            ):
                yield Span(*match.span())


def _can_be(written: str) -> bool:
    """Whether the numbers of a date that is written in digits can be a day and a month in some order."""
    numbers = _NUMERIC.fullmatch(written)
    if numbers is None:
        return True
    first, second, third = (int(number) for number in numbers.groups())
    pair = (second, third) if len(numbers[1]) == 4 else (first, second)
    return min(pair) >= 1 and min(pair) <= 12 and max(pair) <= 31
