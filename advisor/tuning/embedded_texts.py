"""Texts for a linear head by their meaning: the numbers of an embedding instead of the weights of terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from advisor.tuning.embedding import DIMENSIONS, Embedder

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix


class EmbeddedTexts(NamedTuple):
    """An embedder where a linear head takes terms: 384 numbers for each text, its vector of length 1."""

    embedder: Embedder

    @property
    def kind(self) -> str:
        """What the head reads."""
        return "embeddings"

    @property
    def width(self) -> int:
        """How many numbers a text has."""
        return DIMENSIONS

    def weigh(self, text: str) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
        """All places and the text's vector."""
        return np.arange(DIMENSIONS), self.embedder.embed([text])[0]

    def matrix(self, texts: Sequence[str]) -> csr_matrix:
        """One row a text."""
        from scipy.sparse import csr_matrix

        return csr_matrix(self.embedder.embed(texts))
