"""Postal addresses: street, number and postcode in the order of their country, or a street after "I live at"."""

import re
from collections.abc import Iterator
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
_UK_POSTCODE: Final = r"[A-Z]{1,2}\d[A-Z\d]?\s?\d[ABD-HJLNP-UW-Z]{2}"
_NUMBER: Final = r"\d{1,5}[a-zA-Z]?(?:[-/]\d{1,4})?"
_ENGLISH_STREET: Final = rf"{_NUMBER},?\s(?:[NSEW]\.?\s)?(?:[\w.'’-]+\s){{1,4}}?{_STREET_TYPE}"
_REST: Final = r"[^\n;]{0,45}?"
_LINE: Final = r"(?:,\s*|\s*\n\s*|\s+)"
_PROPER: Final = r"[A-ZÀ-ÖØ-Þ][\w'’.-]+"

_NORTH_AMERICA: Final = re.compile(
    rf"(?<![\w.])(?i:{_ENGLISH_STREET})(?:,?\s?[^\n;]{{0,45}}?|[^\n;]{{0,25}}\n[^\n;]{{0,35}}?)[\s,]"
    rf"(?:{_STATE},?\s+\d{{5}}(?:-\d{{4}})?|[A-Z]{{2}}\s[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b"
)
_BRITAIN: Final = re.compile(
    rf"(?<![\w.])(?i:{_ENGLISH_STREET})(?:[^\n;]{{0,45}}?|[^\n;]{{0,25}}(?:\n[^\n;]{{0,25}}){{1,3}}?)[\s,]{_UK_POSTCODE}\b"
)
_AUSTRALIA: Final = re.compile(
    rf"(?<![\w.])(?i:{_ENGLISH_STREET}){_LINE}[^\n;]{{0,30}}?\b(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+\d{{4}}\b"
)
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
    r"(?:\s(?:at|in|the|au|am|à|der))?[:\s]+)"
)
_HOME: Final = re.compile(
    rf"{_AT_HOME}(?P<address>(?i:{_ENGLISH_STREET})(?:,?\s(?i:apt|apartment|suite|unit|flat|\#)\.?\s?\w{{1,5}})?"
    rf"(?:,\s{_PROPER}(?:\s{_PROPER}){{0,2}})?"
    rf"|[A-ZÄÖÜ][\w.-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|straat|laan)\s\d{{1,4}}\s?[a-z]?\b"
    rf"|\d{{1,4}},?\s(?i:rue|avenue|boulevard|place|chemin)\s[^\n;,.]{{2,40}})"
)

_POSTCODES: Final = re.compile(
    rf"\b(?:{_STATE},?\s+\d{{5}}\b|[A-Z]{{2}}\s[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|{_UK_POSTCODE}\b|"
    rf"(?:NSW|VIC|QLD|WA|SA|TAS|ACT|NT)\s+\d{{4}}\b)"
)
_CONTINENT: Final = re.compile(
    r"\d{4,5}\s(?:[A-ZÀ-ÖØ-Þ]|[A-Z]{2}\b)|\d{4}[A-Z]{2}\b|\d{4,5}-\d{3}\s[A-ZÀ-ÖØ-Þ]|(?:D|A|CH)-\d{4,5}\s[A-Z]"
)
_HOME_HINTS: Final = ("live", "living", "resid", "address", "ship", "deliver", "moved", "mail", "send", "wohn", "adress",
                      "habite", "vivo", "dirección", "abito", "moro")


def find_postal_addresses(text: str) -> Iterator[Span]:
    """Postal addresses in `text`, from the street to the postcode (and the town, where it follows the postcode).

    North America, Great Britain, Australia, Germany, Austria, Switzerland, France, Spain, Italy, Portugal, Brazil and
    the Netherlands. A street without a postcode counts after words such as "I live at".
    """
    if _POSTCODES.search(text):
        for pattern in (_NORTH_AMERICA, _BRITAIN, _AUSTRALIA):
            for match in pattern.finditer(text):
                yield Span(*match.span())
    if _CONTINENT.search(text):
        for pattern in (_GERMANY, _FRANCE, _SOUTH, _NETHERLANDS):
            for match in pattern.finditer(text):
                yield Span(*match.span())
    lower = text.lower()
    if any(hint in lower for hint in _HOME_HINTS):
        for match in _HOME.finditer(text):
            yield Span(*match.span("address"))
