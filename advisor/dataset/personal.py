"""Personal data in texts: found by patterns that check what they find, precision first.

Each kind has its own file; here they are put together, with one cheap look at a text deciding which of them to ask.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from advisor.dataset import life_date, person_name, postal_address
from advisor.dataset.example import Example, Place, named_texts
from advisor.dataset.found import Found
from advisor.dataset.full_name import FIRST_NAMES, find_full_names
from advisor.dataset.internet_address import find_emails, find_ips, may_hold_ipv6
from advisor.dataset.life_date import find_life_dates
from advisor.dataset.masking import masked
from advisor.dataset.numbers_of_people import find_cards, find_ibans, find_social_security_numbers
from advisor.dataset.person_name import find_names
from advisor.dataset.phone import find_phones
from advisor.dataset.plain_text import BREAK, PlainText, Span, lower_words, plain
from advisor.dataset.postal_address import find_postal_addresses

KINDS: Final = ("email", "card", "iban", "ssn", "ip", "date", "phone", "address", "name")

NameFinder = Callable[[str], Iterator[Span]]

_RUNS: Final = re.compile(r"[0-9][0-9 ().\-/:+\n\t]*[A-Za-zÀ-ÖØ-Þ]?")
_LONG_RUN: Final = re.compile(r"[0-9](?:[^0-9]{0,4}[0-9]){6}|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]")
_TOWN_RUN: Final = re.compile(r".*[0-9]{4}(?:[0-9]|-[0-9]{3}|[0-9]-[0-9]{3})? ?[A-ZÀ-ÖØ-Þ]$", re.DOTALL)
_CONTEXT: Final = life_date.WORDS | person_name.WORDS | postal_address.WORDS
_STEMS: Final = (*life_date.STEMS, *person_name.STEMS)


class Personal(NamedTuple):
    """Personal data in a text: one of KINDS, and where it stands."""

    kind: str
    start: int
    end: int


def find_personal(text: str, find_more_names: NameFinder | None = None) -> tuple[Personal, ...]:
    """The personal data in `text`, in order and without overlaps.

    `find_more_names` finds names in free text as well; by default only names that the words around them give away
    are found.
    """
    view = plain(text)
    found: list[Personal] = []
    for kind, span in _candidates(view.text):
        _take(found, kind, view, span)
    if find_more_names is not None:
        for span in find_more_names(text):
            _take(found, "name", PlainText(text, None), span)
    return tuple(sorted(found, key=lambda one: one.start))


def _candidates(text: str) -> list[tuple[str, Span]]:
    """Kind and place of all that patterns find, the surest kind first, overlaps included."""
    finders: list[tuple[str, Iterator[Span]]] = []
    if "@" in text or "(at)" in text or "[at]" in text:
        finders.append(("email", find_emails(text)))
    runs = _RUNS.findall(text)
    said = lower_words(text)
    words = _CONTEXT.intersection(said)
    if any(map(_LONG_RUN.match, runs)):
        finders += [
            ("iban", find_ibans(text)),
            ("card", find_cards(text)),
            ("ssn", find_social_security_numbers(text)),
            ("ip", find_ips(text)),
            ("phone", find_phones(text)),
        ]
    elif may_hold_ipv6(text):
        finders.append(("ip", find_ips(text)))
    told = bool(words) or (not text.isascii() and any(map(text.__contains__, _STEMS)))
    if runs:
        town = any(map(_TOWN_RUN.match, runs))
        if told:
            finders.append(("date", find_life_dates(text, words)))
        if told or town:
            finders.append(("address", find_postal_addresses(text, words, town=town)))
    if told:
        finders.append(("name", find_names(text, words)))
    first_names = FIRST_NAMES.intersection(said)
    if first_names:
        finders.append(("name", find_full_names(text, first_names)))
    return [(kind, span) for kind, spans in finders for span in spans]


def _take(found: list[Personal], kind: str, view: PlainText, span: Span) -> None:
    start, end = view.origin(*span)
    if all(end <= other.start or start >= other.end for other in found):
        found.append(Personal(kind, start, end))


class PersonalData:
    """Gathers the personal data of all rows; memory grows with what is found, not with the file."""

    def __init__(self, find_more_names: NameFinder | None = None) -> None:
        self._find_more_names = find_more_names
        self._places: dict[str, list[Place]] = {kind: [] for kind in KINDS}

    def add(self, example: Example) -> None:
        """Looks through every text and field of the row."""
        joined = BREAK.join((*example.texts, *example.fields.values()))
        if self._find_more_names is None and not _candidates(plain(joined).text):
            return
        for name, text in named_texts(example):
            for kind, start, end in find_personal(text, self._find_more_names):
                detail = f"{name}: {masked(kind, text[start:end])}"
                self._places[kind].append(Place(example.line, None, detail))

    def found(self) -> tuple[Found, ...]:
        """What was found, a finding for each kind; details are masked."""
        return tuple(Found(f"personal_{kind}", tuple(places)) for kind, places in self._places.items() if places)
