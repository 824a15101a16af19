"""Vectors of texts from any OpenAI-compatible host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from advisor.chat_client import KEY_VARIABLE, connected, host_errors
from advisor.errors import HostError

if TYPE_CHECKING:
    from advisor.tuning.embedding import Vectors

_BATCH: Final = 256  # texts in a request: of chunks at most 300,000 tokens, which is what OpenAI takes


class HostedEmbedder:
    """One embedding model at one host; `what` names both."""

    def __init__(self, model: str, base_url: str | None = None, key_variable: str = KEY_VARIABLE) -> None:
        """`key_variable` names the environment variable with the key. Raises InputError where it is missing."""
        self._model = model
        self._client = connected(base_url, key_variable)
        self._host = urlsplit(str(self._client.base_url)).netloc
        self.what = f"{model} at {self._host}"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A float32 array with a row of length 1 for each text. Retries what may pass. Raises HostError."""
        import numpy as np

        rows: list[list[float]] = []
        for begin in range(0, len(texts), _BATCH):
            batch = list(texts[begin : begin + _BATCH])
            with host_errors(self._host):
                made = self._client.embeddings.create(model=self._model, input=batch, encoding_format="float")
            found = sorted(made.data, key=lambda one: one.index)
            if [one.index for one in found] != list(range(len(batch))):
                raise HostError(f"{self._host} answered with other vectors than asked for", what_to_do="try again")
            rows += [one.embedding for one in found]
        if len({len(row) for row in rows}) > 1:
            raise HostError(f"{self._host} answered with vectors of several lengths", what_to_do="name one model")
        vectors = np.asarray(rows, np.float32).reshape(len(texts), len(rows[0]) if rows else 0)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Vectors = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 0)
        return unit
