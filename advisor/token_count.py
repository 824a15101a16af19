"""Counts tokens with tiktoken, offline.

tiktoken downloads its vocabularies; the package bpe-openai carries the same two files (equal sha256, which tiktoken
checks). They are unpacked once into the cache folder, under the names by which tiktoken looks for them.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from advisor.cost.tokenizer import Tokenizer
from advisor.errors import InputError
from advisor.rule_cache import cache_folder

if TYPE_CHECKING:
    import tiktoken

_URL: Final = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"
_VOCABULARY: Final = {"o200k_harmony": "o200k_base"}  # the same ranks with other special tokens


class TokenCount(NamedTuple):
    """Tokens of some texts for one model; `low` and `high` are the ends of an estimate, equal where it is exact."""

    tokens: int
    low: int
    high: int
    encoding: str
    exact: bool
    because: str


def count_tokens(texts: Iterable[str], tokenizer: Tokenizer) -> TokenCount:
    """The tokens of all `texts` together, special tokens counted as plain text."""
    encoding = load_encoding(tokenizer.encoding)
    # One by one: the batch call is slower on short texts.
    counted = Decimal(sum(len(encoding.encode_ordinary(text)) for text in texts)) * tokenizer.factor
    low, middle, high = (
        int((counted * share).quantize(Decimal(1), ROUND_HALF_UP))
        for share in (1 - tokenizer.error, Decimal(1), 1 + tokenizer.error)
    )
    return TokenCount(middle, low, high, tokenizer.encoding, tokenizer.exact, tokenizer.because)


def load_encoding(name: str) -> tiktoken.Encoding:
    """The tiktoken encoding `name` from the unpacked vocabulary. Raises InputError where it is not shipped."""
    import tiktoken

    with _vocabulary_in_cache(_VOCABULARY.get(name, name)):
        return tiktoken.get_encoding(name)


@contextmanager
def _vocabulary_in_cache(name: str) -> Iterator[None]:
    """tiktoken's cache variable pointing to a folder with the vocabulary, for the time of one load."""
    named = os.environ.get("TIKTOKEN_CACHE_DIR")
    folder = Path(named) if named else (cache_folder() or Path(tempfile.gettempdir()) / "advisor") / "tiktoken"
    kept = folder / hashlib.sha1(_URL.format(name).encode(), usedforsecurity=False).hexdigest()
    if not kept.is_file():
        _unpack(name, kept)
    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    try:
        yield
    finally:
        if named is None:
            del os.environ["TIKTOKEN_CACHE_DIR"]


def _unpack(name: str, kept: Path) -> None:
    # Found, not imported: the package would load its own tokenizer.
    package = find_spec("bpe_openai")
    folders = package.submodule_search_locations if package else None
    packed = Path(next(iter(folders or [""]))) / "data" / f"{name}.tiktoken.gz"
    if not packed.is_file():
        raise InputError(f"the vocabulary {name} is not shipped", what_to_do="count with o200k_base or cl100k_base")
    try:
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=kept.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(gzip.decompress(packed.read_bytes()))
        Path(temporary).replace(kept)
    except OSError as error:
        raise InputError(
            f"the vocabulary cannot be unpacked: {error.strerror}",
            where=str(kept.parent),
            what_to_do="name a folder that can be written with ADVISOR_CACHE",
        ) from None
