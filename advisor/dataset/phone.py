"""Telephone numbers: international ones by country code and length, national ones by shape or the words before."""

import re
from collections.abc import Iterator
from typing import Final

from advisor.dataset.numbers_of_people import OTHER_NUMBER, words_before
from advisor.dataset.plain_text import Span

# Digits after the country code: fewest and most, for the countries whose numbering plans are fixed. ITU-T E.164 allows
# 15 digits in all; a country that is not named here takes 7 to 12.
_AFTER_CODE: Final = {
    **dict.fromkeys(("1", "7", "90", "91"), (10, 10)),
    **dict.fromkeys(("33", "34", "32", "41", "48", "351", "380", "420", "421", "966", "971", "972"), (9, 9)),
    **dict.fromkeys(("45", "47", "65", "852", "216", "974", "965", "973", "968", "502", "503", "504", "505"), (8, 8)),
    **dict.fromkeys(("44", "61", "81", "84", "66", "31", "46", "30", "353", "40", "27", "20", "62", "63"), (9, 10)),
    **dict.fromkeys(("49", "43", "39", "86", "55", "54", "52", "82", "60", "64", "36", "358"), (6, 13)),
}
_CODES: Final = frozenset(
    (
        "1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 "
        "82 84 "
        "86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 "
        "235 236 "
        "237 238 239 240 241 242 243 244 245 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 "
        "266 267 "
        "268 269 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 "
        "382 383 "
        "385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 "
        "599 670 "
        "672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855 856 880 "
        "886 960 "
        "961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998"
    ).split()
)
_WORDS: Final = re.compile(
    r"(?:\b(?:phone|telephone|tel|ph|mobile|cell|cellphone|fax|whatsapp|signal|sms|call|text|ring|dial|reach|contact|"
    r"telefon|telefonnummer|handy|handynummer|mobil|rufnummer|rufen|ruf|téléphone|tél|portable|appel(?:ez|er|le)|"
    r"teléfono|móvil|celular|llám[ea]\w*|telefone|telemóvel|telefono|cellulare|chiam\w+|telefoon|bel|puhelin|"
    r"телефон\w*|тел|звоните)\b|电话|手机|電話|携帯|연락처|전화)"
    r"(?:(?:\s|[:.#=(\"'：])*(?:\b(?:numbers?|no|nr|num|nummer|numéro|número|numero|me|us|him|her|them|my|our|mine|his|"
    r"their|is|it|was|at|on|via|by|using|under|the|line|back|office|home|work|please|or|text|call|unter|auf|ist|mich|"
    r"uns|an|sie|bitte|au|sur|est|es|al|el|le|moi|nous|é|è|mi|номер|it's)\b|号码|番号|번호|是|は|は|는)){0,6}"
    r"[\s:.#=(\"'+：]*$",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"[\s,(]*(?:is|ist|est|es)\s+(?:my|mein|meine|mon|mi)\s+(?:\w+\s+)?(?:phone|mobile|cell|telefon|handy|téléphone|"
    r"numéro|número|teléfono|tel)",
    re.IGNORECASE,
)
_SHAPES: Final = re.compile(
    r"""(?:\([1-9]\d{2}\)[ -]?|[1-9]\d{2}-)\d{3}[-. ]\d{4}          # North America, made-up numbers too
    | [2-9]\d{2}\.\d{3}\.\d{4}
    | 1[-. ][1-9]\d{2}[-. ]\d{3}[-. ]\d{4}
    | 0[1-9](?:[ ]\d{2}){4} | 0[1-9](?:\.\d{2}){4}                    # France
    | 07\d{3}[ ]\d{6} | 07\d{3}[ ]\d{3}[ ]\d{3}                       # Britain
    | \(?0(?:20[ )]+[378]\d{3}|1\d{3}[ )]+\d{3}|1\d1[ )]+\d{3})[ ]?\d{3,4}
    | 04\d{2}[ ]\d{3}[ ]\d{3}                                         # Australia
    | \(\d{2}\)[ ]?9?\d{4}-\d{4}                                      # Brazil
    | 0\d-\d{4}-\d{4} | 0\d{2}-\d{3,4}-\d{4} | 0\d{3}-\d{2}-\d{4}                    # Japan, Korea
    | \(0\d{2,4}\)[ ]?\d{3,8} | 01[567]\d[/ -]\d{7,8}                 # Germany
    """,
    re.VERBOSE,
)
_RUNS: Final = re.compile(r"(?<![A-Za-z0-9_.\-/@#+])\+?\(?[0-9][0-9 ().\-/\n\t]{5,}[0-9]")
_GROUP: Final = re.compile(r"\+?\(?[0-9]+\)?")
_GOES_ON: Final = re.compile(r"(?!x[0-9]{1,6}\b)[A-Za-z0-9_]|[-./][0-9]")  # an extension may follow
_ONE_NUMBER: Final = re.compile(r"\+?\(?\d+(?:\)?[ .\-/\n]?\(?\d+)*")
_NO_PHONE: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d+\.\d+")


def find_phones(text: str) -> Iterator[Span]:
    """Telephone numbers in `text`.

    An international number stands for itself when its country code and length are right. A national one must have the
    shape of its country, or follow words such as "call me at". Ten bare digits are none without such words.
    """
    for run in _RUNS.finditer(text):
        groups = [Span(*group.span()) for group in _GROUP.finditer(text, run.start(), run.end())]
        first = 0
        while first < len(groups):
            last = _last_group(text, groups, first)
            if last is not None:
                start, end = groups[first].start, groups[last].end
                yield Span(start, end)
                first = last
            first += 1


def _last_group(text: str, groups: list[Span], first: int) -> int | None:
    """Index of the last group of digits of the number that begins with the group `first`, longest number first."""
    start = groups[first].start
    before = words_before(text, start)
    named: bool | None = None
    for last in range(min(len(groups), first + 8) - 1, first - 1, -1):
        end = groups[last].end
        if _GOES_ON.match(text, end):
            continue
        written = text[start:end]
        digits = sum(map(str.isdigit, written))
        if not 7 <= digits <= 16:
            continue
        if written[0] == "+":
            if _is_international(written):
                return last
            continue
        if named is None:
            named = bool(_WORDS.search(before) or _AFTER.match(text[end : end + 40]))
        if written.startswith("00"):
            if (named or not written.isdigit()) and _is_international(written[2:]):
                return last
        elif _SHAPES.fullmatch(written):
            if named or not OTHER_NUMBER.search(before):
                return last
        elif named and digits <= 13 and "\n" not in written and not _NO_PHONE.fullmatch(written):
            return last
    return None


def _is_international(written: str) -> bool:
    if not _ONE_NUMBER.fullmatch(written):
        return False
    digits = re.sub(r"\D", "", written.replace("(0)", ""))
    code = next((digits[:length] for length in (1, 2, 3) if digits[:length] in _CODES), None)
    if code is None:
        return False
    rest = digits[len(code) :]
    if code == "1":
        return len(rest) == 10 and rest[0] != "0" and len(set(rest)) > 2
    fewest, most = _AFTER_CODE.get(code, (7, 12))
    return fewest <= len(rest) <= most and len(set(rest)) > 2
