"""Personal data in texts: found by patterns that check what they find, precision first.

Each kind has its own file; here they are put together, with one cheap look at a text deciding which of them to ask.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.internet_address import find_emails, find_ips
from advisor.dataset.life_date import find_life_dates
from advisor.dataset.masking import masked
from advisor.dataset.numbers_of_people import find_cards, find_ibans, find_social_security_numbers
from advisor.dataset.person_name import find_names
from advisor.dataset.phone import find_phones
from advisor.dataset.plain_text import PlainText, Span, lower_words, plain
from advisor.dataset.postal_address import find_postal_addresses

KINDS: Final = ("email", "card", "iban", "ssn", "ip", "date", "phone", "address", "name")

NameFinder = Callable[[str], Iterator[Span]]

_BREAK: Final = "\n\x1e\n"  # between the texts of a row: no pattern reaches over it
_DIGIT: Final = re.compile(r"[0-9]")
_SEVEN_DIGITS: Final = re.compile(r"[0-9](?:[^A-Za-z0-9]{0,3}[0-9]){6}")
_ACCOUNT: Final = re.compile(r"[A-Za-z]{2} ?[0-9]{2}[ \-\n\t]?[A-Za-z0-9]{4}")


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


def _candidates(text: str) -> Iterator[tuple[str, Span]]:
    """Kind and place of all that patterns find, the surest kind first, overlaps included."""
    if "@" in text or "(at)" in text or "[at]" in text:
        yield from (("email", span) for span in find_emails(text))
    words = frozenset(lower_words(text))
    if _DIGIT.search(text):
        if _SEVEN_DIGITS.search(text):
            yield from (("card", span) for span in find_cards(text))
            if _ACCOUNT.search(text):
                yield from (("iban", span) for span in find_ibans(text))
            yield from (("ssn", span) for span in find_social_security_numbers(text))
            yield from (("phone", span) for span in find_phones(text))
        yield from (("ip", span) for span in find_ips(text))
        yield from (("date", span) for span in find_life_dates(text, words))
        yield from (("address", span) for span in find_postal_addresses(text, words))
    yield from (("name", span) for span in find_names(text, words))


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
        """Looks through every text of the row."""
        if self._find_more_names is None and next(_candidates(plain(_BREAK.join(example.texts)).text), None) is None:
            return
        for number, text in enumerate(example.texts, 1):
            for kind, start, end in find_personal(text, self._find_more_names):
                detail = f"text {number}: {masked(kind, text[start:end])}"
                self._places[kind].append(Place(example.line, None, detail))

    def found(self) -> tuple[Found, ...]:
        """What was found, a finding for each kind; details are masked."""
        return tuple(Found(f"personal_{kind}", tuple(places)) for kind, places in self._places.items() if places)
