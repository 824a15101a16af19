"""Rows as token numbers, and several short rows packed into one long one that cannot see each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from advisor.dataset.conversation import Conversation
from advisor.tuning.chat_text import TrainedText, trained_texts


class TokenRow(NamedTuple):
    """Token numbers, and at which of them the token is to learn (never the first)."""

    ids: tuple[int, ...]
    learnt: tuple[int, ...]


class Pair(NamedTuple):
    """The preferred and the rejected answer, each after the same question."""

    preferred: TokenRow
    rejected: TokenRow


class Tokenised(NamedTuple):
    """Rows that can be learnt from; how many were cut at the longest length, and how many had nothing left."""

    rows: tuple[TokenRow, ...]
    pairs: tuple[Pair, ...]
    cut: int
    left_out: int


class Pack(NamedTuple):
    """Rows in one sequence: `positions` begin at 0 in each, which is how attention tells them apart.

    `targets` are the tokens to learn, `sources` the places of the tokens before them, and `owners` the number of the
    row that each belongs to, counted over the whole batch.
    """

    ids: list[int]
    positions: list[int]
    sources: list[int]
    targets: list[int]
    owners: list[int]


def tokenised(
    tokenizer: Any, conversations: Iterable[Conversation], longest: int, poll: Callable[[], None] = lambda: None
) -> Tokenised:
    """Rows of answers to learn. `poll` is called for each conversation and may raise to stop."""
    rows: list[TokenRow] = []
    cut = left_out = 0
    for conversation in conversations:
        poll()
        for text in trained_texts(tokenizer, conversation.messages, conversation.settings.get("tools")):
            row, shortened = _row(tokenizer, text, longest)
            cut += shortened
            left_out += not row.learnt
            if row.learnt:
                rows.append(row)
    return Tokenised(tuple(rows), (), cut, left_out)


def tokenised_pairs(
    tokenizer: Any, conversations: Iterable[Conversation], longest: int, poll: Callable[[], None] = lambda: None
) -> Tokenised:
    """Pairs of answers to compare; rows without a rejected answer are left out. `poll` as above."""
    pairs: list[Pair] = []
    cut = left_out = 0
    for conversation in conversations:
        poll()
        sides: list[TokenRow] = []
        for answer in (conversation.preferred, conversation.rejected):
            messages, asked = (*conversation.messages, *answer), len(conversation.messages)
            texts = list(trained_texts(tokenizer, messages, conversation.settings.get("tools"), asked))
            if answer and texts:
                row, shortened = _row(tokenizer, texts[-1], longest)
                cut += shortened
                sides.append(row)
        if len(sides) == 2 and all(side.learnt for side in sides):
            pairs.append(Pair(*sides))
        else:
            left_out += 1
    return Tokenised((), tuple(pairs), cut, left_out)


def packed(rows: Sequence[TokenRow], longest: int) -> list[Pack]:
    """The rows in packs of at most `longest` tokens, each into the first that has room; a longer row stands alone."""
    packs: list[Pack] = []
    for number, row in enumerate(rows):
        pack = next((one for one in packs if len(one.ids) + len(row.ids) <= longest), None)
        if pack is None:
            pack = Pack([], [], [], [], [])
            packs.append(pack)
        begin = len(pack.ids)
        pack.ids.extend(row.ids)
        pack.positions.extend(range(len(row.ids)))
        pack.sources.extend(begin + place - 1 for place in row.learnt)
        pack.targets.extend(row.ids[place] for place in row.learnt)
        pack.owners.extend([number] * len(row.learnt))
    return packs


def _row(tokenizer: Any, text: TrainedText, longest: int) -> tuple[TokenRow, bool]:
    """The row, cut at `longest` tokens, and whether it was cut."""
    found = tokenizer(text.text, add_special_tokens=False, return_offsets_mapping=True)
    ids, spans = found["input_ids"], iter(text.spans)
    learnt: list[int] = []
    span = next(spans, None)
    for place, (begin, end) in enumerate(found["offset_mapping"][:longest]):
        while span and begin >= span[1]:
            span = next(spans, None)
        # A token that begins before the answer but ends in it holds the answer's first letters.
        if span and end > span[0] and begin < span[1] and end > begin and place:
            learnt.append(place)
    return TokenRow(tuple(ids[:longest]), tuple(learnt)), len(ids) > longest
