"""Which tokenizer counts the tokens of a model, and how exact that is."""

from decimal import Decimal
from typing import Final, NamedTuple

from advisor.decision.fields import Fields
from advisor.strict_yaml import Document

TOKENS_PER_MESSAGE: Final = 3  # around each message of a chat, as OpenAI's cookbook counts; other providers differ


class Tokenizer(NamedTuple):
    """How tokens of a model are counted: with `encoding`, times `factor`; `error` is the share it may be off."""

    encoding: str
    factor: Decimal
    error: Decimal
    because: str

    @property
    def exact(self) -> bool:
        """Whether the model's own tokenizer counts."""
        return self.error == 0


class Tokenizers(NamedTuple):
    """Every known row, in the order in which names are tried."""

    rows: tuple[tuple[tuple[str, ...], Tokenizer], ...]

    def of(self, model: str) -> Tokenizer:
        """The tokenizer for `model`, a plain id or `provider/model`; one for names that nothing is known of."""
        plain = model.removeprefix("openai/").removeprefix("anthropic/").removeprefix("google/")
        return next(tokenizer for begins, tokenizer in self.rows if plain.lower().startswith(begins))


def build_tokenizers(document: Document) -> Tokenizers:
    """The tokenizers in `pricing/tokenizers.yaml`. Raises RuleBookError with file:line."""
    top = Fields(document, (), "the file")
    top.text("as_of")
    rows: list[tuple[tuple[str, ...], Tokenizer]] = []
    for fields in top.rows("encodings", "an encoding"):
        begins = _begins(fields)
        rows.append((begins, Tokenizer(fields.text("encoding"), Decimal(1), Decimal(0), "its own tokenizer")))
        fields.done()
    for fields in top.rows("estimates", "an estimate"):
        factor, error = fields.number("times_o200k"), fields.number("error")
        if factor is None or error is None or factor <= 0 or not 0 < error < 1:
            raise fields.error("an estimate needs times_o200k above 0 and error between 0 and 1")
        rows.append((_begins(fields), Tokenizer("o200k_base", factor, error, fields.text("because"))))
        fields.done()
    top.done()
    if not rows or "" not in rows[-1][0]:
        raise top.error("the last estimate must be for every other name", what_to_do='end with begins_with: [""]')
    return Tokenizers(tuple(rows))


def _begins(fields: Fields) -> tuple[str, ...]:
    return tuple(name.lower() for name in fields.texts("begins_with", required=True))
