"""Numbers that belong to a person: payment cards, bank accounts (IBAN) and United States social security numbers.

A run of digits is only taken for one of these when its own arithmetic holds: ISO/IEC 7812 (Luhn, issuer and length),
ISO 13616 (mod 97 and the length of the country), and the rules of the Social Security Administration.
"""

import re
from collections.abc import Iterator
from typing import Final

from advisor.dataset.plain_text import Span

IBAN_LENGTHS: Final = {
    country: int(length)
    for length, countries in {
        "15": "NO",
        "16": "BE",
        "18": "DK FI FO GL NL SD FK",
        "19": "MK SI",
        "20": "AT BA EE KZ LT LU XK MN",
        "21": "CH HR LI LV",
        "22": "BG BH CR DE GB GE IE ME RS VA",
        "23": "AE GI IL IQ TL OM SO",
        "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "LY PT ST",
        "26": "IS TR",
        "27": "BI FR GR IT MC MR SM DJ",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV",
        "29": "BR EG PS QA UA",
        "30": "JO KW MU YE",
        "31": "MT SC",
        "32": "LC",
        "33": "RU",
    }.items()
    for country in countries.split()
}

# Words right before a number that say it is something else. The last such word before the number decides.
OTHER_NUMBER: Final = re.compile(
    r"\b(?:order|tracking|invoice|parcel|shipment|package|ticket|case|serial|part|model|product|item|sku|isbn|issn|ean|"
    r"upc|gtin|imei|ref|reference|transaction|article|batch|lot|build|version|commit|request|session|error|code|"
    r"catalogue|catalog|rechnung|bestellung|sendung|auftrag|artikel|commande|colis|facture|pedido|factura|"
    r"envío|ordine|fattura|id|uuid|doi|pid|timestamp|port|bug|issue|patent|licen[cs]e)s?"
    r"(?:[ _-]?(?:number|no|nr|num|id|code|key))?\b[\s.:#=\"'()is-]{0,8}$",
    re.IGNORECASE,
)
_CARD_WORDS: Final = re.compile(
    r"\b(?:cards?|cc|visa|mastercard|maestro|amex|american express|diners|discover|credit|debit|kreditkarte|karte|"
    r"carte|tarjeta|cartão|carta di credito|карт[аы])\b[^\n]{0,30}$",
    re.IGNORECASE,
)
_SSN_WORDS: Final = re.compile(r"\b(?:ssn|s\.s\.n|social[ -]security)\b[^\n0-9]{0,30}$", re.IGNORECASE)

# A pattern that begins with a plain set is looked for much faster than one that begins with a look-behind.
_FIRST_DIGIT: Final = r"[0-9](?<![\w.\-/@][0-9])"
_RIGHT: Final = r"(?!\w|[-./]\d)"
_CARDS: Final = re.compile(
    _FIRST_DIGIT + r"\d{3}(?:\d{8,15}|([ \-.]?)\s?\d{4}\1\s?\d{4}\1\s?\d{1,7}|([ \-.]?)\s?\d{6}\2\s?\d{4,5})" + _RIGHT,
    re.ASCII,
)
_IBAN_STARTS: Final = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2} ?\d{2}(?=[ \-\n\t]?[A-Za-z0-9]{2})")
_SSNS: Final = re.compile(_FIRST_DIGIT + r"\d{2}([-. ]?)\d{2}\1\d{4}" + _RIGHT, re.ASCII)
_ISSUERS: Final = (  # issuer, its prefixes as a pattern, lengths without and with the word "card" before it
    (re.compile(r"4"), (16,), (13, 16, 19)),
    (re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720"), (16,), (16,)),
    (re.compile(r"3[47]"), (15,), (15,)),
    (re.compile(r"6011|64[4-9]|65"), (16,), (16, 19)),
    (re.compile(r"35(?:2[89]|[3-8])"), (16,), (16, 19)),
    (re.compile(r"62"), (16,), (16, 17, 18, 19)),
    (re.compile(r"30[0-59]|36|3[89]"), (), (14, 16)),
    (re.compile(r"50|5[6-9]|6[0-9]"), (), (12, 13, 14, 15, 16, 17, 18, 19)),
)


def words_before(text: str, place: int) -> str:
    """What stands right before `place`, as words: `date_of_birth` counts as three."""
    return text[max(0, place - 75) : place].replace("_", " ")


def luhn_holds(digits: str) -> bool:
    """Whether the last of `digits` is the check digit of the others (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        total += value if place % 2 == 0 else value * 2 - 9 * (value > 4)
    return total % 10 == 0


def find_cards(text: str) -> Iterator[Span]:
    """Payment cards in `text`: digits in one piece or in the groups of the card, with an issuer's prefix and length."""
    for match in _CARDS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if len(set(digits)) < 2 or not luhn_holds(digits):
            continue
        before = words_before(text, match.start())
        named = bool(_CARD_WORDS.search(before))
        if not named and (before.endswith("#") or OTHER_NUMBER.search(before)):
            continue
        if any(
            prefix.match(digits) and len(digits) in (lengths_named if named else lengths)
            for prefix, lengths, lengths_named in _ISSUERS
        ):
            yield Span(*match.span())


def find_ibans(text: str) -> Iterator[Span]:
    """Bank accounts in `text`: the length is the country's, the remainder by 97 is 1.

    Groups may be parted by a space, a hyphen or a line break.
    """
    for match in _IBAN_STARTS.finditer(text):
        end = _iban_end(text, match.start())
        if end is not None:
            yield Span(match.start(), end)


def _iban_end(text: str, start: int) -> int | None:
    length = IBAN_LENGTHS.get(text[start : start + 2].upper())
    if length is None:
        return None
    taken: list[str] = []
    place = start
    while place < len(text) and len(taken) < length:
        character = text[place]
        if character.isascii() and character.isalnum():
            taken.append(character)
        elif character not in " -\n\t" or not text[place - 1].isalnum():
            return None
        place += 1
    number = "".join(taken).upper()
    following = text[place : place + 1]
    if len(number) < length or (following.isascii() and following.isalnum()):
        return None
    if sum(map(str.isdigit, number)) * 2 < length:  # words that follow a country's letters by chance
        return None
    as_digits = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return place if int(as_digits) % 97 == 1 else None


def find_social_security_numbers(text: str) -> Iterator[Span]:
    """United States social security numbers in `text` that can have been issued.

    `123-45-6789` stands for itself; spaces, dots or nothing between the groups need the words before it.
    """
    for match in _SSNS.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if digits[:3] in ("000", "666") or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000":
            continue
        before = words_before(text, match.start())
        told = match[1] == "-" and not before.endswith("#") and not OTHER_NUMBER.search(before)
        if told or _SSN_WORDS.search(before):
            yield Span(*match.span())
