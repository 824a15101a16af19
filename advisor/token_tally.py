"""Tokens of the rows of a data set, counted as they come: in all, how they are spread, and rows that are too long."""

from __future__ import annotations

from array import array
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from advisor.cost.tokenizer import TOKENS_PER_MESSAGE, Tokenizer
from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.token_count import load_encoding

_ROLE: Final = 1  # the name of a role is one token


class TokensPerRow(NamedTuple):
    """Percentiles of the tokens of a row, by nearest rank."""

    p5: int
    p50: int
    p95: int
    max: int


class Tokens(NamedTuple):
    """Tokens of all rows that can be read; an estimate unless `exact`."""

    total: int
    encoding: str
    exact: bool
    per_row: TokensPerRow


class TokenTally:
    """Counts each text of a row, and what a chat adds around a message. Keeps four bytes a row."""

    def __init__(self, tokenizer: Tokenizer, most_tokens: int | None) -> None:
        self._tokenizer = tokenizer
        self._most_tokens = most_tokens
        self._encode = load_encoding(tokenizer.encoding).encode_ordinary
        self._counts = array("I")
        self._too_long: list[Place] = []

    def add(self, example: Example) -> None:
        """Count one row."""
        counted = sum(len(self._encode(text)) + TOKENS_PER_MESSAGE + _ROLE for text in example.texts)
        tokens = self._scaled(counted)
        self._counts.append(min(tokens, 2**32 - 1))
        if self._most_tokens is not None and tokens > self._most_tokens:
            about = "" if self._tokenizer.exact else "about "
            what = f"the row has {about}{tokens:,} tokens; at most {self._most_tokens:,} are trained on"
            self._too_long.append(Place(example.line, None, what))

    def found(self) -> tuple[Found, ...]:
        """Rows longer than the model takes."""
        return (Found("too_long", tuple(self._too_long)),) if self._too_long else ()

    def tokens(self) -> Tokens:
        """What was counted so far."""
        ranked = sorted(self._counts)

        def percentile(share: float) -> int:
            return ranked[max(0, -int(-share * len(ranked) // 1) - 1)] if ranked else 0

        spread = TokensPerRow(percentile(0.05), percentile(0.5), percentile(0.95), ranked[-1] if ranked else 0)
        return Tokens(sum(ranked), self._tokenizer.encoding, self._tokenizer.exact, spread)

    def _scaled(self, counted: int) -> int:
        if self._tokenizer.factor == 1:
            return counted
        return int((counted * self._tokenizer.factor).quantize(Decimal(1), ROUND_HALF_UP))
