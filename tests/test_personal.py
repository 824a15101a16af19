"""Personal data: found in many spellings, and not seen in what only looks like it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.dataset.example import Example
from advisor.dataset.masking import masked
from advisor.dataset.numbers_of_people import IBAN_LENGTHS, find_cards, find_ibans, luhn_holds
from advisor.dataset.personal import KINDS, PersonalData, find_personal
from advisor.dataset.plain_text import Span, around, plain

PERSONAL = {
    "email": [
        "Write to Anna.Muster+spam@sub.example.co.uk, please",
        "mail:john@x.io;",
        "メールはjohn@example.comです",
        "john (at) example (dot) com",
        "j\u200bohn@exam\u200bple.com is mine",
        "ｊｏｈｎ＠ｅｘａｍｐｌｅ．ｃｏｍ",
        '<a href="mailto:bob@site.org">',
        "müller@firma.de",
        "juan@empresa.com.py",
    ],
    "phone": [
        "Call me at 415-555-2671.",
        "+1 (415) 555-2671",
        "+14155552671",
        "tel: 4155552671",
        "My number is +49 30 1234567",
        "+33 6 12 34 56 78",
        "06 12 34 56 78",
        "ring me on 020 7946 0958 tonight",
        "07700 900123",
        "+44 (0)20 7946 0958",
        "0044 20 7946 0958",
        "(415) 555-2671",
        "my phone number is 415 555 2671",
        "+91 98765 43210",
        "Telefon: 0171 1234567",
        "Handynummer 0171/1234567",
        "电话是13812345678",
        "+1\u2011415\u2011555\u20112671",
        "+1\xa0415\xa0555\xa02671",
        "llámame al 612 345 678",
        "Tél. : 01 23 45 67 89",
        "+61 412 345 678",
        "+81 90-1234-5678",
        "+86 138 1234 5678",
        "+55 11 91234-5678",
        "text 4155552671",
        "1-800-555-0199",
        "415.555.2671",
        "you can reach me by phone: 212 555 0187",
        "mobile (415)555-2671",
        "+34 612 345 678",
        "+39 06 6982",
        "Reach me: (555) 123-4567",
        "123-456-7890",
        "+1 555 123 4567",
        "415-555-2671x123",
        "001-415-555-2671",
        "phone_number: 4155552671",
        "ph: 415 555 2671",
    ],
    "card": [
        "4111 1111 1111 1111",
        "my card 4111-1111-1111-1111 exp 12/27",
        "５５５５５５５５５５５５４４４４",
        "378282246310005",
        "3782 822463 10005",
        "4111\xa01111\xa01111\xa01111",
        "4111 1111\n1111 1111",
        "6011111111111117",
        "5555555555554444,",
        "41\u200b11111111111111",
        "CC#4111111111111111",
    ],
    "iban": [
        "DE89 3704 0044 0532 0130 00 and more",
        "GB29NWBK60161331926819",
        "fr14 2004 1010 0505 0001 3m02 606",
        "NL91 ABNA 0417 1643 00.",
        "IBAN:DE89370400440532013000",
        "CH93 0076 2011 6238 5295 7",
        "DE89-3704-0044-0532-0130-00",
    ],
    "ssn": [
        "My SSN is 123-45-6789.",
        "social security number: 123 45 6789",
        "ssn 123456789",
        "123\u201145\u20116789",
        "SSN#123-45-6789",
        "ssn_number: 123-45-6789",
    ],
    "date": [
        "I was born on 1987-03-02.",
        "DOB: 03/02/1987",
        "Date of birth 2 March 1987",
        "born March 2, 1987",
        "Geburtsdatum: 02.03.1987",
        "geboren am 2. März 1987",
        "née le 2 mars 1987",
        "nacida el 2 de marzo de 1987",
        "nato il 2 marzo 1987",
        "my birthday is March 3",
        "1987-03-02 is my date of birth",
        "d.o.b. 3/2/87",
        "born on the 2nd of March, 1987",
        "was born in Berlin on 2nd March 1987",
        "birth date:\n1987-03-02",
        "生年月日：1987年3月2日",
        "DOB 19870302",
        "born 02-Mar-1987",
        "Date de naissance : 02/03/1987",
        "fecha de nacimiento 2/3/1987",
        "Birthdate - 1987/03/02",
        "she was born 12 Dec 99",
        "родился 2 марта 1987",
        "born in March 1987",
        "date of birth (dd/mm/yyyy): 02/03/1987",
        "i was born on march 2 1987",
        "born on June 24th, 1971",
        "DOB=1987-03-02",
        "date_of_birth: 1990-05-05",
        "Né le 05/05/1990",
    ],
    "name": [
        "My name is Anna Schmidt.",
        "my name is john smith.",
        "Dear Mr. Brown,",
        "Mrs O'Neill called",
        "Best regards,\nAnna Schmidt",
        "Ich heiße Jürgen Groß und",
        "Me llamo José García",
        "Patient: John Doe",
        "je m'appelle Marie Curie",
        "Dear Anna Schmidt,",
        "Dr. Miller said",
        "Dear Ms. van der Berg,",
        "Sincerely,\n  John A. Doe\n",
    ],
    "ip": [
        "from 203.0.113.7 port 22",
        "my ip is 8.8.8.8",
        "logged in at 192.168.1.10",
        "2001:0db8:85a3:0000:0000:8a2e:0370:7334",
        "2001:db8::1",
        "fe80::1ff:fe23:4567:890a",
        "http://85.214.132.117/x",
    ],
    "address": [
        "I live at 12 Baker Street, London",
        "123 Main St, Springfield, IL 62704",
        "742 Evergreen Terrace\nSpringfield, OR 97403",
        "10 Downing Street, London SW1A 2AA",
        "Hauptstraße 12, 10115 Berlin",
        "Friedrichstr. 43-45? Nein, Lange Straße 5a, 80331 München",
        "12 rue de la Paix, 75002 Paris",
        "Calle Mayor 5, 28013 Madrid",
        "Via Roma 10, 00184 Roma",
        "Keizersgracht 12, 1015 CJ Amsterdam",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500",
        "Ich wohne in der Hauptstraße 12",
    ],
}
NOT_PERSONAL = [
    "Order 4155552671 shipped",
    "order number 123-45-6789",
    "version 1.2.3.4 is out",
    "v10.20.30.40",
    "ISBN 978-3-16-148410-0",
    "ISBN-10 0-306-40615-2",
    "isbn 9783161484100",
    "tracking 1Z999AA10123456784",
    "tracking number 9400111899223100001234",
    "2024-01-02T12:30:45.123Z ERROR pid 4155552671 thread 12",
    "[2024-01-02 12:30:45,123] INFO 1609459200000 done",
    "The meeting is on 2024-05-06 at 10:30",
    "released on March 2, 1987",
    "12:30:45:99",
    "order 4111111111111111",
    "The value is 4111111111111112",
    "1234567890",
    "The answer is 555 123 4567 units",
    "3.14159265358979",
    "1,234,567,890 people",
    "123456789",
    "call 911 now",
    "room 415-555",
    "the 2020-2021 season, 2021-2022 season",
    "Chrome/120.0.0.0 Safari/537.36",
    "127.0.0.1 localhost",
    "255.255.255.0",
    "section 1.2.3.4 says",
    "std::vector<int> a::b",
    "My name is not important",
    "Dear Customer,",
    "Dear Sir or Madam,",
    "Best regards,\nThe Support Team",
    "Best regards,\nCustomer Support",
    "npm install lodash@4.17.21 and icon@2x.png",
    "git@github.com:org/repo.git",
    "Invoice 2024-0001234-56",
    "IMEI 490154203237518",
    "UUID 123e4567-e89b-12d3-a456-426614174000",
    "sha 4111111111111111abcdef",
    "GMT+0100 and UTC+02:00",
    "population 10 000 000 grew",
    "+10 000 000 users",
    "5 + 4 = 9, 100 + 4155552 = ",
    "part no. 415-555-2671",
    "SKU 415-555-2671",
    "phone model 12345678",
    "MAC aa:bb:cc:dd:ee:ff",
    "https://shop.example.com/item/4155552671",
    "The company was founded in 1987",
    "He scored 12 34 56 78 90",
    "x[10::20]",
    "account 000123456789",
    "DE12 3456 7890 1234 5678 90",
    "Flight LH1234567",
    "call function 12345678",
    "ticket 0044 1234 5678",
    "10 Main questions Street fights",
    "I live in 2 worlds",
    "There are 5 ways to drive, MA 02139",
    "price: 415.555 and 2671",
    "RFC 2822, page 1234-5678",
    "8/10/2024 14:30",
    "ETA 12/25/2024",
    "0123-456789 is the article",
    "coordinates 52.520008, 13.404954",
    "timestamp 1700000000",
    "id=123-45-6789x",
    "The 1990-1995 birth rate fell by 10.5 percent",
    "SS 12-34567",
    "This is Great Britain",
    "Miss the bus",
    "Dr Pepper",
    "call 2024-01-02",
    "Please call before 12.05.2024",
    "Contact us about order 123456789",
    "text 12345 characters",
    "mobile version 10.0.22621.1",
    "my phone has 128000000 bytes",
    "10.0.0.0/8 network",
    "192.168.1.0-192.168.1.255? no",
    "the ratio 16:9:4:3",
    "step 1.2.3.4.5",
]


def kinds(text: str) -> list[str]:
    """The kinds of personal data in `text`."""
    return [one.kind for one in find_personal(text)]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PERSONAL.items() for text in texts])
def test_personal_data_is_found(kind: str, text: str) -> None:
    """One thing is found, of the right kind, wherever it stands in a sentence."""
    assert kinds(text) == [kind]
    assert kinds(f"Hello there, this is long.\n\n{text}") == [kind]


@pytest.mark.parametrize("text", NOT_PERSONAL)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    """Orders, versions, serial numbers, log lines and other dates are not personal data."""
    assert kinds(text) == []


def test_each_kind_has_cases() -> None:
    """No kind goes untested."""
    assert set(PERSONAL) == set(KINDS)


def with_check_digit(digits: str) -> str:
    """`digits` with the Luhn digit that makes them hold."""
    return next(digits + str(last) for last in range(10) if luhn_holds(digits + str(last)))


@given(st.sampled_from(["4", "51", "55", "2720"]), st.integers(0, 10**14), st.sampled_from(["", " ", "-"]))
def test_every_valid_card_is_found_and_a_wrong_digit_is_not(prefix: str, number: int, mark: str) -> None:
    """A card in one piece or in fours is found; with its last digit changed it is none."""
    digits = with_check_digit((prefix + f"{number:015d}")[:15])
    if len(set(digits)) < 3:
        return
    for change, found in ((0, 1), (1, 0)):
        changed = digits[:-1] + str((int(digits[-1]) + change) % 10)
        written = mark.join(changed[place : place + 4] for place in range(0, 16, 4))
        assert len(list(find_cards(f"pay with {written}, please"))) == found


@given(st.sampled_from(sorted(IBAN_LENGTHS)), st.integers(0, 10**29 - 1), st.booleans(), st.booleans())
def test_every_valid_iban_is_found_and_a_wrong_digit_is_not(
    country: str, number: int, grouped: bool, lower: bool
) -> None:
    """Of every country, with and without groups, in either case."""
    account = f"{number:029d}"[: IBAN_LENGTHS[country] - 4]
    as_digits = account + "".join(str(int(letter, 36)) for letter in country) + "00"
    check = 98 - int(as_digits) % 97
    for change, found in ((0, 1), (1, 0)):
        written = f"{country}{(check + change) % 100:02d}{account}"
        if grouped:
            written = " ".join(written[place : place + 4] for place in range(0, len(written), 4))
        written = written.lower() if lower else written
        spans = list(find_ibans(f"to {written} by noon"))
        assert len(spans) == found
        assert not found or spans[0] == Span(3, 3 + len(written))


@given(st.text(max_size=200))
def test_any_text_gives_spans_in_order_inside_it(text: str) -> None:
    """No text breaks the search; spans are in order, do not overlap, and are not empty."""
    last = 0
    for one in find_personal(text):
        assert last <= one.start < one.end <= len(text)
        last = one.end


@given(st.text(alphabet=st.sampled_from("aB1 @.-\u200b\u00a0\uff11\u2011\u0663é"), max_size=60))
def test_plain_text_knows_where_its_characters_came_from(text: str) -> None:
    """Every character of the plain text is that of its origin, or the ASCII form of it."""
    view = plain(text)
    for place, character in enumerate(view.text):
        start, end = view.origin(place, place + 1)
        assert end == start + 1
        assert text[start] == character or (character.isascii() and not text[start].isascii())


def test_around_merges_what_overlaps() -> None:
    """Stretches that touch become one; a hint at the end is cut at the end."""
    assert list(around("..ab..ab......ab", ("ab",), before=1, after=4)) == [Span(1, 10), Span(13, 16)]
    assert list(around("nothing", ("ab",), before=1, after=4)) == []


def test_a_row_lists_each_text_and_masks_what_it_shows() -> None:
    """Details say which text of the row it is, and never show the thing itself."""
    finder = PersonalData()
    finder.add(Example(7, "", "p", "a", ("Hi, I am at jane.roe@example.com", "Card 4111 1111 1111 1111"), {}))
    finder.add(Example(8, "", "p", "a", ("nothing", "here"), {}))
    places = {finding.id: finding.places for finding in finder.found()}
    assert [(place.line, place.detail) for place in places["personal_email"]] == [(7, "text 1: j***@example.com")]
    assert [(place.line, place.detail) for place in places["personal_card"]] == [(7, "text 2: **** **** **** 1111")]
    assert set(places) == {"personal_email", "personal_card"}


def test_numbers_are_not_put_together_over_two_texts_of_a_row() -> None:
    """A row's texts are looked at one by one."""
    finder = PersonalData()
    finder.add(Example(1, "", "p", "a", ("4111 1111", "1111 1111"), {}))
    assert finder.found() == ()


@given(st.sampled_from([*KINDS, "secret"]), st.text(min_size=1, max_size=40))
def test_masks_show_little(kind: str, written: str) -> None:
    """No mask of something longer than twelve letters shows it as it is."""
    assert isinstance(masked(kind, written), str)
    if sum(map(str.isalnum, written)) > 12:
        assert masked(kind, written) != written


def test_more_names_come_from_a_finder_of_names() -> None:
    """A finder for free text adds names that neither the words around them nor a first name give away."""
    text = "Ask Xqu Tanaka about it."
    assert kinds(text) == []
    assert [one.kind for one in find_personal(text, lambda text: iter([Span(4, 14)]))] == ["name"]


@pytest.mark.slow
def test_long_runs_of_one_kind_of_character_do_not_hang() -> None:
    """No pattern backtracks without end; a quadratic one would take minutes here."""
    for piece in (
        "1",
        "1 ",
        "John A",
        "John",
        "a.",
        "a@",
        "1-",
        "(1",
        "A ",
        "12 Main ",
        "::",
        "1.",
        "Mr A ",
        "DE12 ",
        "born ",
        "@",
    ):
        assert len(find_personal(piece * (30_000 // len(piece)))) < 30_000


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Please tell Priya Singh about it.", ["Priya Singh"]),
        ("Carlos Hernandez signed the form, so did Mei Tanaka's aunt.", ["Carlos Hernandez", "Mei Tanaka"]),
        ("It was sent to Ludmila van der Berg and Kevin O'Brien.", ["Ludmila van der Berg", "Kevin O'Brien"]),
        ("Ask Jean-Pierre Lefèvre or Robert J. Smith-Jones", ["Jean-Pierre Lefèvre", "Robert J. Smith-Jones"]),
        ("Samuel called. Barbara will call back; James The Second came.", []),
        ("On Charles Street, near Johannes University, in Jan February was cold.", []),
        ("Mark The Date, April Fools, Paris Hotel, Victoria Station", []),
        ("john smith is written small, as in a log", []),
    ],
)
def test_full_names_in_free_text_by_a_common_first_name(text: str, names: list[str]) -> None:
    """A first name that is no word or place, before a surname that is no place or body."""
    assert [text[one.start : one.end] for one in find_personal(text) if one.kind == "name"] == names
