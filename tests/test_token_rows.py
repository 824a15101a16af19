"""Chat templates, which tokens are learnt, and packing. A tokenizer of single letters stands for a real one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.dataset.conversation import Conversation, said
from advisor.tuning.token_rows import Pack, TokenRow, packed, tokenised, tokenised_pairs

pytest.importorskip("transformers")
pytest.importorskip("jinja2")

QWEN_LIKE = (  # earlier answers lose their reasoning, as in templates of reasoning models
    "{% for m in messages %}<|{{ m['role'] }}|>"
    "{% if m['role'] == 'assistant' and not loop.last %}{{ m['content'].split('=')[-1] }}"
    "{% else %}{{ m['content'] }}{% endif %}<|end|>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
NO_SYSTEM = (
    "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}"
    "<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
TURNS = (
    said("user", "a"),
    said("assistant", "x=A"),
    said("user", "b"),
    {**said("assistant", "no"), "weight": 0},
    said("user", "c"),
    said("assistant", "y=C"),
)


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tokenizer of the tiny model."""
    pytest.importorskip("torch")
    from transformers import AutoTokenizer

    from tests.tiny_llama import save_tiny_llama

    return AutoTokenizer.from_pretrained(save_tiny_llama(tmp_path_factory.mktemp("tiny")))


def learnt(tokenizer: Any, row: TokenRow) -> str:
    """The text of the tokens that are learnt."""
    return str(tokenizer.decode([row.ids[place] for place in row.learnt]))


def test_only_answers_are_learnt_and_their_ends(letters: Any) -> None:
    """All answers of a conversation in one row, but for those of weight 0."""
    (row,) = tokenised(letters, [Conversation(TURNS)], 256).rows
    assert learnt(letters, row) == "x=A<|end|>y=C<|end|>"


def test_a_template_that_shortens_earlier_answers_gives_a_row_for_each(letters: Any) -> None:
    """Each answer is learnt as it is written when it is the last one."""
    tokenizer = with_template(letters, QWEN_LIKE)
    rows = tokenised(tokenizer, [Conversation(TURNS)], 256).rows
    assert [learnt(tokenizer, row) for row in rows] == ["x=A<|end|>", "y=C<|end|>"]
    assert "x=A" not in tokenizer.decode(rows[1].ids)


def test_a_template_without_system_gets_it_in_the_question(letters: Any) -> None:
    """Instructions go before the first question."""
    tokenizer = with_template(letters, NO_SYSTEM)
    turns = (said("developer", "Be brief."), said("user", "a"), said("assistant", "A"))
    (row,) = tokenised(tokenizer, [Conversation(turns)], 256).rows
    assert tokenizer.decode(row.ids) == "<|user|>Be brief.\n\na<|end|><|assistant|>A<|end|>"


def test_a_tokenizer_without_a_template_gets_a_plain_one(letters: Any, tmp_path: Path) -> None:
    """It ends answers with the tokenizer's own end, and a model's folder without a template is given it."""
    from advisor.tuning.language_model import PLAIN_TEMPLATE

    tokenizer = with_template(letters, PLAIN_TEMPLATE)
    (row,) = tokenised(tokenizer, [Conversation((said("user", "a"), said("assistant", "A")))], 256).rows
    assert tokenizer.decode(row.ids) == "### User:\na\n\n### Assistant:\nA<|end|>\n\n"
    assert learnt(tokenizer, row) == "A<|end|>"


def test_long_rows_are_cut_and_counted(letters: Any) -> None:
    """A row whose answer is cut off wholly is left out."""
    one = Conversation((said("user", "abc"), said("assistant", "ABC")))
    assert [len(row.ids) for row in tokenised(letters, [one], 9).rows] == [9]
    assert tokenised(letters, [one], 9).cut == 1
    short = tokenised(letters, [one], 5)
    assert (short.rows, short.left_out) == ((), 1)


def test_both_answers_of_a_pair_follow_the_same_question(letters: Any) -> None:
    """Only the answers are learnt, not those of the question's earlier turns."""
    pair = Conversation(TURNS[:3], (said("assistant", "good"),), (said("assistant", "bad"),))
    found = tokenised_pairs(letters, [pair, Conversation(TURNS)], 256)
    assert found.left_out == 1
    ((good, bad),) = found.pairs
    assert (learnt(letters, good), learnt(letters, bad)) == ("good<|end|>", "bad<|end|>")


def numbered(sizes: list[int]) -> list[TokenRow]:
    """Rows of these lengths whose tokens tell them apart; every third token and the last are learnt."""
    return [
        TokenRow(tuple(range(100 * row, 100 * row + size)), tuple(sorted({*range(1, size, 3), size - 1})))
        for row, size in enumerate(sizes)
    ]


ROWS = st.lists(st.integers(2, 12), max_size=12).map(numbered)


@given(rows=ROWS, longest=st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_packs_hold_every_row_once(rows: list[TokenRow], longest: int) -> None:
    """Tokens, targets and places of every row are found again, and no pack is too long but for a single long row."""
    packs = packed(rows, longest)
    found: dict[int, TokenRow] = {}
    for pack in packs:
        parts = split(pack)
        assert len(pack.ids) <= longest or len(parts) == 1
        for begin, ids in parts:
            inside = [n for n, source in enumerate(pack.sources) if begin <= source < begin + len(ids)]
            (owner,) = {pack.owners[n] for n in inside}
            assert [pack.targets[n] for n in inside] == [pack.ids[pack.sources[n] + 1] for n in inside]
            found[owner] = TokenRow(tuple(ids), tuple(pack.sources[n] + 1 - begin for n in inside))
    assert [found[number] for number in sorted(found)] == rows


def split(pack: Pack) -> list[tuple[int, list[int]]]:
    """Where each row of a pack begins, and its tokens."""
    begins = [place for place, position in enumerate(pack.positions) if position == 0]
    return [(begin, pack.ids[begin:end]) for begin, end in zip(begins, [*begins[1:], len(pack.ids)], strict=True)]


def with_template(tokenizer: Any, template: str) -> Any:
    """A copy of the tokenizer with another template."""
    from copy import deepcopy

    copy = deepcopy(tokenizer)
    copy.chat_template = template
    return copy
