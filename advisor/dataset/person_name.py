"""Names of people, told by the words around them: "my name is", "Dear Mrs", a signature, a form's field."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from advisor.dataset.plain_text import Span, around

_CAPITAL: Final = "A-Z\u00c0-\u00d6\u00d8-\u00de\u0100\u0106\u010c\u0110\u0141\u015a\u0160\u017b\u017d\u0410-\u042f"
_WORD: Final = rf"(?:[{_CAPITAL}][^\W\d_]*(?:['’-][^\W\d_]+)*)"
_PARTICLE: Final = r"(?:(?:van|von|de|der|den|del|della|da|di|dos|du|la|le|al|el|bin|ibn|ter|zu|y)\s)"
_INITIAL: Final = rf"(?:[{_CAPITAL}]\.)"
_NAME: Final = rf"(?:{_WORD}|{_INITIAL})(?:[ ]{_PARTICLE}{{0,2}}(?:{_WORD}|{_INITIAL})){{0,3}}"
_TWO_OR_MORE: Final = rf"(?:{_WORD}|{_INITIAL})(?:[ ]{_PARTICLE}{{0,2}}(?:{_WORD}|{_INITIAL})){{1,3}}"

_INTRODUCED: Final = re.compile(
    rf"(?i:\b(?:my|his|her) (?:full |legal |real |maiden )?name is|\bmy name['’]s|\bmein name ist|\bich hei(?:ß|ss)e|"
    rf"\bje m['’]appelle|\bmon nom est|\bme llamo|\bmi nombre es|\b(?:o )?meu nome é|\beu me chamo|\bmi chiamo|"
    rf"\bil mio nome è|\bmijn naam is|\bik heet|\bjag heter|\bjeg heter|\bjeg hedder|\bnazywam się|\bменя зовут|"
    rf"\bmoje jméno je)[\s:]+(?P<name>{_NAME})"
)
_INTRODUCED_LOWER: Final = re.compile(
    r"\b(?:my (?:full )?name is|my name['’]s|mein name ist|je m['’]appelle|me llamo|mi chiamo)\s+"
    r"(?P<name>[^\W\d_]{2,}(?: [^\W\d_]{2,}){1,2})(?=\s*(?:[.,;!\n]|$| and | from | with | but ))",
    re.IGNORECASE,
)
_TITLED: Final = re.compile(
    rf"(?:\b(?:Mr|Mrs|Ms|Mx)\b\.?|\bMiss|\bHerrn?|\bFrau|\bMonsieur|\bMadame|\bMme\b\.?|\bSeñora?|\bSra?\.|\bSignora?|"
    rf"\bDr\b\.?|\bProf\b\.?|\bMessrs\.?|\bmr\.|\bmrs\.)[ ](?P<name>{_PARTICLE}{{0,2}}{_NAME})"
)
_ADDRESSED: Final = re.compile(
    r"^\s*(?:Dear|Hi|Hello|Liebe[rs]?|Cher|Chère|Estimad[oa]|Querid[oa]|Caro|Cara)[ ]"
    rf"(?P<name>{_TWO_OR_MORE})[ ]?[,:!]",
    re.MULTILINE,
)
_SIGNED: Final = re.compile(
    rf"(?i:regards|wishes|sincerely(?: yours)?|yours (?:truly|faithfully|sincerely)|"
    rf"respectfully|mit freundlichen grüßen|(?:viele|beste|liebe|herzliche) grüße|cordialement|bien à vous|saludos|"
    rf"atentamente|atenciosamente|cordiali saluti|met vriendelijke groet),?[ ]*\n\s*(?P<name>{_NAME})[ ]*(?:\n|$)"
)
_FIELD: Final = re.compile(
    rf"(?i:\b(?:full name|first name|last name|surname|given name|family name|patient(?:['’]s)? name|patient|"
    rf"customer name|client name|contact person|employee name|applicant|account holder|cardholder(?: name)?|"
    rf"signed by|vorname|nachname|ansprechpartner(?:in)?|nom complet|nom et prénom|nombre completo|nome completo))"
    rf"[ ]?[:=][ ]*(?P<name>{_NAME})"
)
_CHINESE: Final = re.compile(r"(?:我叫|我的名字是|我是)(?P<name>[一-鿿]{2,3})(?=[，。,.！\s]|$)")

# What stands in a name's place without being one: roles, groups, greetings, ordinary first words of a sentence.
_NO_NAMES: Final = frozenset(
    (
        "a an the not no is in on of to and or for my your our his her their its it he she they we you i this that "
        "very "
        "customer customers client sir madam madame team support service services all everyone everybody friend "
        "friends "
        "colleague colleagues hiring manager recruiter editor committee board staff member members user users admin "
        "student students teacher parent parents reader readers doctor professor president director officer agent "
        "assistant representative department office company inc ltd llc gmbh corp group sales marketing human "
        "resources "
        "unknown none null yes name first last full sure still already just also only really required missing wrong "
        "correct important spelled spelt listed misspelled different common unique secret confidential hidden on going "
        "kunde kunden kundin herr frau damen herren client cliente equipo soporte mes nos vos pepper strange who seuss "
        "robot bean monday tuesday wednesday thursday friday saturday sunday january february march april june july "
        "august september october november december english german french spanish god santa diary world there again "
        "chatgpt claude siri alexa gpt ai bot assistant anonymous"
    ).split()
)
# A pattern is asked when one of its words stands in the text, or in a text beyond ASCII one of its stems, and only
# around the hints, which are in lower case.
_PATTERNS: Final = tuple(
    (frozenset(words.split()), tuple(stems.split()), tuple(hints.split("|")), patterns)
    for words, stems, hints, patterns in (
        (
            "name nom nombre nome naam appelle llamo chamo chiamo heisse heet heter hedder nazywam",
            "heiße зовут jméno nome",
            "name is|name's|name’s|name ist|ich hei|appelle|nom est|me llamo|nombre es|meu nome|me chamo|mi chiamo|"
            "mio nome|naam is|ik heet|g heter|jeg hedder|nazywam|зовут|jméno je",
            (_INTRODUCED, _INTRODUCED_LOWER),
        ),
        (
            "mr mrs ms mx miss herr herrn frau monsieur madame mme sr sra signor signora dr prof messrs",
            "Señor",
            "mr|ms|mx|miss|herr|frau|monsieur|madame|mme|señor|sr.|sra|signor|dr|prof|mess",
            (_TITLED,),
        ),
        (
            "dear hi hello liebe lieber liebes cher estimado estimada querido querida caro cara",
            "Chère",
            "dear|hi |hello|liebe|cher|chère|estimad|querid|caro|cara",
            (_ADDRESSED,),
        ),
        (
            "regards wishes sincerely truly faithfully respectfully cordialement saludos atentamente atenciosamente "
            "saluti groet",
            "Grüßen Grüße grüße vous",
            "regards|wishes|sincerely|truly|faithfully|respectfully|grüße|cordialement|à vous|saludos|atentamente|"
            "atenciosamente|saluti|groet",
            (_SIGNED,),
        ),
        (
            "name surname patient applicant holder cardholder signed person vorname nachname ansprechpartner "
            "ansprechpartnerin complet completo",
            "prénom",
            "full name|first name|last name|surname|given name|family name|patient|customer name|client name|"
            "contact person|employee name|applicant|holder|signed by|vorname|nachname|ansprechpartner|nom complet|"
            "prénom|completo",
            (_FIELD,),
        ),
        ("", "我叫 我的名字 我是", "我叫|我的名字|我是", (_CHINESE,)),
    )
)
WORDS: Final = frozenset[str]().union(*(words for words, *_ in _PATTERNS))
STEMS: Final = frozenset(stem for _, stems, *_ in _PATTERNS for stem in stems)


def find_names(text: str, words: Collection[str]) -> Iterator[Span]:
    """Names of people in `text` that the words around them give away; a name without such words is not found.

    `words` are those of WORDS that stand in the text. Spans can overlap where two patterns find one name.
    """
    for wanted, stems, hints, patterns in _PATTERNS:
        if wanted.isdisjoint(words) and (text.isascii() or not any(map(text.__contains__, stems))):
            continue
        for near in around(text, hints, before=30, after=120):
            for pattern in patterns:
                for match in pattern.finditer(text, *near):
                    end = _end_of_name(text, *match.span("name"))
                    if end is not None:
                        yield Span(match.start("name"), end)


def _end_of_name(text: str, start: int, end: int) -> int | None:
    """Where the name ends once words that are none are cut off; None when the first word is none."""
    if text.endswith(("'s", "’s"), start, end):
        end -= 2
    words = list(re.finditer(r"[^ ]+", text[start:end]))
    for place, word in enumerate(words):
        initial = len(word[0]) == 2 and word[0][1] == "."
        if word[0].lower().strip(".,") in _NO_NAMES and not initial:
            if place == 0:
                return None
            return start + words[place - 1].end()
    return end
