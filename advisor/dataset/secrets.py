"""Likely secrets in texts: keys of known shapes, private keys, passwords in URLs and in assignments.

A known shape stands for itself. A value that is only called a password or a key must look drawn at random, and must not
be a placeholder.
"""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from advisor.dataset.example import Example, Place, named_texts
from advisor.dataset.found import Found
from advisor.dataset.masking import masked
from advisor.dataset.plain_text import BREAK, Span, around


class Secret(NamedTuple):
    """A likely secret: what it is, in words, and where it stands."""

    what: str
    start: int
    end: int


# What it is, a literal that every one contains (looked for first), and its shape.
_SHAPES: Final = tuple(
    (what, literal, re.compile(rf"(?<![A-Za-z0-9_])(?:{shape})(?![A-Za-z0-9])"))
    for what, literal, shape in (
        ("AWS access key", "AKIA", r"AKIA[A-Z0-9]{16}"),
        ("AWS temporary access key", "ASIA", r"ASIA[A-Z0-9]{16}"),
        ("GitHub token", "gh", r"gh[pousr]_[A-Za-z0-9]{36,255}"),
        ("GitHub fine-grained token", "github_pat_", r"github_pat_[A-Za-z0-9_]{50,255}"),
        ("GitLab token", "glpat-", r"glpat-[A-Za-z0-9_\-]{20,64}"),
        ("Slack token", "xox", r"xox[abeoprs]-[A-Za-z0-9\-]{10,250}"),
        ("Slack webhook", "hooks.slack.com", r"https://hooks\.slack\.com/services/[A-Za-z0-9/]{30,80}"),
        ("OpenAI or Anthropic key", "sk-", r"sk-(?:ant-|proj-|svcacct-|admin-|or-v1-)?[A-Za-z0-9_\-]{20,200}"),
        ("Google API key", "AIza", r"AIza[A-Za-z0-9_\-]{35}"),
        ("Google OAuth token", "ya29.", r"ya29\.[A-Za-z0-9_\-]{20,250}"),
        ("Hugging Face token", "hf_", r"hf_[A-Za-z0-9]{30,40}"),
        ("npm token", "npm_", r"npm_[A-Za-z0-9]{36}"),
        ("PyPI token", "pypi-", r"pypi-AgE[A-Za-z0-9_\-]{50,250}"),
        ("SendGrid key", "SG.", r"SG\.[A-Za-z0-9_\-]{16,32}\.[A-Za-z0-9_\-]{16,64}"),
        ("Stripe key", "k_", r"[rs]k_(?:live|test)_[A-Za-z0-9]{10,200}"),
        ("Stripe webhook secret", "whsec_", r"whsec_[A-Za-z0-9+/=]{20,100}"),
        ("Twilio key", "SK", r"SK[0-9a-f]{32}"),
        ("Telegram bot token", ":AA", r"[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}"),
        ("Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{60,90}={0,2}"),
        ("DigitalOcean token", "_v1_", r"do[opr]_v1_[0-9a-f]{64}"),
        ("Databricks token", "dapi", r"dapi[0-9a-f]{32}"),
        ("Mailgun key", "key-", r"key-[0-9a-f]{32}"),
        ("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    )
)
_SHORTEST_SHAPE: Final = 15  # characters without a space
_JWT: Final = re.compile(r"(?<![\w-])eyJ[A-Za-z0-9_\-]{8,}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{8,}")
_PRIVATE_KEY: Final = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:(?:(?!-----)[\s\S]){0,8000}-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?"
)
_URL: Final = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s:@/\"'<>]{0,64}:(?P<value>[^\s@/,\"'<>]{3,128})@[A-Za-z0-9\[]"
)
_NAMED: Final = re.compile(
    r"(?:pass(?:word|wd|phrase|wort)|passwd|pwd|kennwort|contraseña|mot de passe|senha|secret|token|api[ _-]?key|"
    r"access[ _-]?key|secret[ _-]?key|client[ _-]?secret|auth[ _-]?key|private[ _-]?key|encryption[ _-]?key|"
    r"account[ _-]?key|credentials?)[\"']?\]?(?P<sign>\s{0,3}(?:=>|:=|[:=])\s{0,3}|\s(?:is|ist|est|es)(?: now)?:?\s)"
    r"(?:(?:bearer|basic)\s)?(?P<quote>[\"'`]?)(?P<value>[^\s\"'`,;<>(){}\[\]]{6,128}+)(?!\()",
    re.IGNORECASE,
)
_BEARER: Final = re.compile(
    r"(?:authorization[\"']?\s{0,2}[:=]\s{0,2}[\"']?)?\bbearer\s+(?P<value>[A-Za-z0-9_\-.=+/]{20,300})", re.IGNORECASE
)
_NAME_HINTS: Final = (
    "pass",
    "pwd",
    "kennwort",
    "contraseña",
    "senha",
    "secret",
    "token",
    "key",
    "credential",
)
_PLACEHOLDER: Final = re.compile(
    r"your|example|sample|dummy|placeholder|change.?me|insert|replace|redacted|secret|password|passwort|hidden|masked|"
    r"<|>|\$\{|\{\{|%[a-z(]|\.\.\.|…|x{4,}|\*{3,}|abcdef|^(?:none|null|true|false|undefined|string|required|optional)$|"
    r"\b(?:os\.|process\.|env|config|settings|self\.|request|response|getenv|input)|token|credential",
    re.IGNORECASE,
)
_LEAST_BITS: Final = 2.7  # per character (Shannon); words and dates written as a value stay below with the other rules


def find_secrets(text: str) -> tuple[Secret, ...]:
    """The likely secrets in `text`, in order and without overlaps."""
    found: list[Secret] = []
    for what, span in _candidates(text):
        if all(span.end <= other.start or span.start >= other.end for other in found):
            found.append(Secret(what, *span))
    return tuple(sorted(found, key=lambda one: one.start))


def _candidates(text: str) -> Iterator[tuple[str, Span]]:
    if "PRIVATE KEY" in text:
        yield from (("private key", Span(*match.span())) for match in _PRIVATE_KEY.finditer(text))
    if max(map(len, text.split()), default=0) >= _SHORTEST_SHAPE:
        yield from _of_known_shape(text)
    if "://" in text and "@" in text:
        for match in _URL.finditer(text):
            if not _PLACEHOLDER.search(match["value"]) and match["value"].lower() not in ("pass", "pw", "pwd"):
                yield "password in a URL", Span(*match.span("value"))
    for near in around(text, _NAME_HINTS, before=12, after=190):
        for match in _NAMED.finditer(text, *near):
            if _is_drawn(match["value"], told=bool(match["quote"]) or not match["sign"].strip().isalpha()):
                yield "password or key", Span(*_trimmed(match))
    for near in around(text, ("bearer",), before=2, after=320):
        for match in _BEARER.finditer(text, *near):
            if _is_drawn(match["value"], told=True):
                yield "bearer token", Span(*match.span("value"))


def _of_known_shape(text: str) -> Iterator[tuple[str, Span]]:
    for what, literal, shape in _SHAPES:
        if literal in text:
            for match in shape.finditer(text):
                if any(map(str.isdigit, match[0])) or what.endswith("webhook"):
                    yield what, Span(*match.span())
    if "eyJ" in text:
        yield from (("JSON web token", Span(*match.span())) for match in _JWT.finditer(text) if _is_jwt(match[0]))


def _trimmed(match: re.Match[str]) -> tuple[int, int]:
    start, end = match.span("value")
    return start, end - (len(match["value"]) - len(match["value"].rstrip(".,:!?")))


def _is_drawn(value: str, *, told: bool) -> bool:
    """Whether `value` looks drawn at random; without `told` (a sign or quotes) it must mix three kinds of letters."""
    value = value.rstrip(".,:!?")
    if len(value) < 8 or _PLACEHOLDER.search(value) or "://" in value:
        return False
    kinds = (
        any(map(str.islower, value)),
        any(map(str.isupper, value)),
        any(map(str.isdigit, value)),
        any(not character.isalnum() and character not in "_.-/" for character in value),
    )
    if sum(kinds) < (2 if told else 3) or not (kinds[2] or kinds[3]):
        return False
    if re.fullmatch(r"[\d.:/+\-T]+Z?|[a-z_.]+\d{0,2}|[A-Z][a-z]+\d{0,2}", value):  # a date or number; a plain word
        return False
    return bits_per_character(value) >= _LEAST_BITS


def bits_per_character(value: str) -> float:
    """Shannon entropy of the characters of `value`, in bits."""
    return -sum(count / len(value) * math.log2(count / len(value)) for count in Counter(value).values())


def _is_jwt(written: str) -> bool:
    head = written.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    except (ValueError, binascii.Error):
        return False
    return isinstance(header, dict) and ("alg" in header or "typ" in header)


class Secrets:
    """Gathers the likely secrets of all rows; memory grows with what is found, not with the file."""

    def __init__(self) -> None:
        self._places: list[Place] = []

    def add(self, example: Example) -> None:
        """Looks through every text and field of the row."""
        if next(_candidates(BREAK.join((*example.texts, *example.fields.values()))), None) is None:
            return
        for name, text in named_texts(example):
            for what, start, end in find_secrets(text):
                detail = f"{name}: {what} {masked('secret', text[start:end])}"
                self._places.append(Place(example.line, None, detail))

    def found(self) -> tuple[Found, ...]:
        """The finding `secret`, if there is any; details are masked."""
        return (Found("secret", tuple(self._places)),) if self._places else ()
