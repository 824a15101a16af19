"""E-mail and IP addresses."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from advisor.dataset.plain_text import Span, around

_LETTER: Final = "A-Za-z0-9\u00c0-\u024f\u0400-\u04ff"
_EMAILS: Final = re.compile(
    rf"(?<![{_LETTER}@._%+\-/])[{_LETTER}_](?:[{_LETTER}._%+'\-]{{0,62}}[{_LETTER}_+\-])?"
    rf"(?:@|[ ]?[\[(](?:at|AT|ät)[\])][ ]?)"
    rf"(?:[{_LETTER}](?:[{_LETTER}\-]{{0,61}}[{_LETTER}])?(?:\.|[ ]?[\[(](?:dot|DOT|punkt)[\])][ ]?)){{1,6}}"
    rf"([A-Za-z]{{2,24}})(?![{_LETTER}_@]|-[{_LETTER}])"
)
_FILE_ENDINGS: Final = frozenset("png jpg jpeg gif svg webp js ts py css html json md txt yaml yml xml".split())
_COUNTRIES_TOO: Final = frozenset(("py", "md"))  # Paraguay and Moldova
_IN_URL: Final = re.compile(r"[a-z][a-z0-9+.\-]{1,15}://\S*$", re.IGNORECASE)

_IPV4: Final = re.compile(
    r"[0-9](?<![\w.\-+][0-9])(?:(?<!/[0-9])|(?<=://[0-9]))\d{0,2}(?:\.\d{1,3}){3}(?![\w\-]|\.\d|/\d)", re.ASCII
)
_IPV6: Final = re.compile(
    r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:]|\.\w|/\d)", re.IGNORECASE | re.ASCII
)
_IPV6_HINT: Final = re.compile(r":[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{1,4}:")
_VERSION_WORDS: Final = re.compile(
    r"(?:\b(?:versions?|vers?|v|release[sd]?|build|firmware|driver|sdk|api|update[sd]?|upgrade[sd]?|patch|kernel|"
    r"section|chapter|clause|paragraph|article|figure|table|step|oid|schema|assembly|package|library|plugin|module|"
    r"chrome|firefox|safari|edge|opera|java|python|node|dotnet|net|mozilla|abschnitt|kapitel|chapitre|sección)\b|§)"
    r"(?:\s+(?:to|from|is|of|number|no|>=|<=|==|>|<|=))?[\s.:=#v(\"'/<>~^-]*$",
    re.IGNORECASE,
)
_VERSION_AFTER: Final = re.compile(r"[\s-]*(?:version|release|build|update|patch|beta|alpha|rc\d)\b", re.IGNORECASE)
_HOST_WORDS: Final = re.compile(
    r"\b(?:ip|ipv4|ips|address|host|server|from|ping|ssh|connect(?:ed|ion|s)?|dns|gateway|client|log(?:ged|in|s)?|"
    r"router|resolver|nameserver|subnet|proxy|remote|source|visitor|blocked?|traffic)\b[^\n]{0,30}$",
    re.IGNORECASE,
)


def find_emails(text: str) -> Iterator[Span]:
    """E-mail addresses in `text`, also as `name (at) host (dot) org`; not the user part of a URL, not file names."""
    for near in around(text, ("@", "(at)", "[at]", "(ät)"), before=70, after=260):
        for match in _EMAILS.finditer(text, *near):
            ending = match[1].lower()
            is_file = ending in _FILE_ENDINGS and not (
                ending in _COUNTRIES_TOO and match[0].rpartition("@")[2].count(".") > 1
            )
            if is_file or ".." in match[0]:
                continue
            if match[0].startswith("git@") and text[match.end() : match.end() + 1] == ":":
                continue
            if not _IN_URL.search(text[max(0, match.start() - 40) : match.start()]):
                yield Span(*match.span())


def find_ips(text: str) -> Iterator[Span]:
    """IP addresses in `text` that can belong to a person's device.

    Versions, networks, masks, loopback addresses and section numbers are none.
    Four small numbers such as 1.2.3.4 need a word such as "host" or "from" before them.
    """
    for match in _IPV4.finditer(text):
        start, end = match.span()
        if _is_device(match[0], text[max(0, start - 40) : start], text[end : end + 12]):
            yield Span(start, end)
    if may_hold_ipv6(text):
        for match in _IPV6.finditer(text):
            if _is_ipv6(match[0]):
                yield Span(*match.span())


def may_hold_ipv6(text: str) -> bool:
    """Whether a quick look at `text` leaves room for an IPv6 address."""
    return "::" in text or bool(_IPV6_HINT.search(text))


def _is_device(written: str, before: str, after: str) -> bool:
    try:
        address = IPv4Address(written)
    except AddressValueError:
        return False
    octets = written.split(".")
    if address.is_loopback or address.is_unspecified or address.is_multicast or octets[0] in ("0", "255"):
        return False
    if _VERSION_WORDS.search(before) or _VERSION_AFTER.match(after):
        return False
    small = all(int(octet) < 32 for octet in octets) or octets[1:] == ["0", "0", "0"]
    return not small or bool(_HOST_WORDS.search(before))


def _is_ipv6(written: str) -> bool:
    try:
        address = IPv6Address(written)
    except AddressValueError:
        return False
    groups = [group for group in written.split(":") if group]
    # Slices (`x[10::20]`) and scopes (`a::b`) are shorter than any address that is handed out.
    routed = len(groups) >= 4 or (len(groups) >= 2 and len(groups[0]) == 4 and groups[0][0] in "23fF")
    return routed and not address.is_loopback and any(map(str.isdigit, written))
