"""Postal addresses: street, number and postcode in the order of their country, or a street after "I live at"."""

import re
from collections.abc import Collection, Iterator
from typing import Final

from advisor.dataset.plain_text import Span

_STREET_TYPE: Final = (
    r"(?:street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|square|sq|terrace|ter|"
    r"parkway|pkwy|circle|cir|highway|hwy|close|crescent|gardens|grove|mews|row|trail|trl|alley|walk)\b\.?"
)
_STATE: Final = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|"
    r"V[AT]|W[AIVY])"
)
_ENGLISH_STREET: Final = (
    r"[0-9](?<![\w.][0-9])\d{0,4}[a-zA-Z]?(?:[-/]\d{1,4})?,?\s(?:[NSEW]\.?\s)?(?:[A-ZÀ-ÖØ-Þ0-9][\w.'’-]*\s){1,4}?"
    rf"(?i:{_STREET_TYPE})"
)
_REST: Final = r"[^\n;]{0,45}?"
_LINE: Final = r"(?:,\s*|\s*\n\s*|\s+)"
_PROPER: Final = r"[A-ZÀ-ÖØ-Þ][\w'’.-]+"

# What follows an English street up to the postcode: a town in the same line, or in the one to three lines below.
_ENGLISH_TAILS: Final = tuple(
    re.compile(rf"(?:[^\n;]{{0,45}}?|[^\n;]{{0,25}}(?:\n[^\n;]{{0,30}}){{1,3}}?)[\s,]{postcode}\b")
    for postcode in (
        rf"{_STATE},?\s+\d{{5}}(?:-\d{{4}})?",
        r"[A-Z]{2},?\s[A-Z]\d[A-Z]\s?\d[A-Z]\d",
        r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}",
        r"(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+\d{4}",
    )
)
_ENGLISH: Final = re.compile(_ENGLISH_STREET)
_GERMANY: Final = re.compile(
    rf"(?:{_PROPER}(?:\s|-))?[A-ZÄÖÜ][\w.-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|ring|ufer|damm|graben|markt)"
    rf"\s\d{{1,4}}\s?[a-z]?{_LINE}(?:D-|A-|CH-)?\d{{4,5}}\s{_PROPER}"
    rf"|{_PROPER}\s(?:Stra(?:ß|ss)e|Weg|Platz|Allee|Gasse|Ring)\s\d{{1,4}}\s?[a-z]?{_LINE}(?:D-|A-|CH-)?\d{{4,5}}\s{_PROPER}"
)
_FRANCE: Final = re.compile(
    rf"\d{{1,4}}(?:\s?(?:bis|ter|quater))?,?\s(?i:rue|avenue|boulevard|place|chemin|impasse|allée|quai|route|cours)\s"
    rf"{_REST}{_LINE}\d{{5}}\s{_PROPER}"
)
_SOUTH: Final = re.compile(
    rf"(?i:\b(?:calle|c/|avenida|avda\.?|plaza|paseo|via|viale|piazza|corso|rua|praça|largo|travessa))\s?"
    rf"[^\n;\d]{{2,40}}?,?\s(?:n[º°.]?\s?)?\d{{1,4}}{_REST}{_LINE}(?:\d{{5}}|\d{{4}}-\d{{3}}|\d{{5}}-\d{{3}})\s{_PROPER}"
)
_NETHERLANDS: Final = re.compile(
    rf"[A-Z][\w'’.-]*(?:straat|laan|weg|plein|gracht|kade|dijk|singel)\s\d{{1,4}}\s?[a-zA-Z]?(?:-\d+)?{_LINE}\d{{4}}\s?[A-Z]{{2}}\b"
    rf"(?:\s{_PROPER})?"
)
_AT_HOME: Final = (
    r"(?i:\b(?:live[sd]?|living|reside[sd]?|residing|home address is|my address is|our address is|address:|shipping "
    r"address(?: is|:)|billing address(?: is|:)|ship (?:it )?to|deliver (?:it )?to|moved to|mail (?:it )?to|send it to|"
    r"wohne|wohnhaft|meine adresse ist|j['’]habite|mon adresse est|vivo en|mi dirección es|abito in|moro na)"
    r"(?:\s(?:at|in|on|the|au|am|à|der)){0,2}[:\s]+)"
)
_HOME: Final = re.compile(
    rf"{_AT_HOME}(?P<address>{_ENGLISH_STREET}(?:,?\s(?i:apt|apartment|suite|unit|flat|\#)\.?\s?\w{{1,5}})?"
    rf"(?:,\s{_PROPER}(?:\s{_PROPER}){{0,2}})?"
    rf"|[A-ZÄÖÜ][\w.-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|straat|laan)\s\d{{1,4}}\s?[a-z]?\b"
    rf"|\d{{1,4}},?\s(?i:rue|avenue|boulevard|place|chemin)\s[^\n;,.]{{2,40}})"
)

# An English street has one of these words; a street without a postcode has one of the other words before it.
_STREET_WORDS: Final = frozenset(re.findall(r"[a-z]+", _STREET_TYPE.split("\\b")[0]))
_HOME_WORDS: Final = frozenset(
    "live lives lived living reside resides resided residing address ship deliver moved mail send wohne wohnhaft "
    "adresse "
    "habite vivo abito moro".split()
)
WORDS: Final = _STREET_WORDS | _HOME_WORDS


def find_postal_addresses(text: str, words: Collection[str], *, town: bool = True) -> Iterator[Span]:
    """Postal addresses in `text`, from the street to the postcode (and the town, where it follows the postcode).

    North America, Great Britain, Australia, Germany, Austria, Switzerland, France, Spain, Italy, Portugal, Brazil and
    the Netherlands. A street without a postcode counts after words such as "I live at". `words` are those of WORDS that
    stand in the text; `town` is False where no postcode is followed by a capital letter.
    """
    if not _STREET_WORDS.isdisjoint(words):
        for street in _ENGLISH.finditer(text):
            for tail in _ENGLISH_TAILS:
                match = tail.match(text, street.end())
                if match:
                    yield Span(street.start(), match.end())
    if town:
        for pattern in (_GERMANY, _FRANCE, _SOUTH, _NETHERLANDS):
            for match in pattern.finditer(text):
                yield Span(*match.span())
    if not _HOME_WORDS.isdisjoint(words):
        for match in _HOME.finditer(text):
            yield Span(*match.span("address"))
