"""Whether the chunks that were found have to do with the question, so that an answer from them is not made up.

By words: a chunk must have so much of what the question is about, each word counted by how much it tells (idf). By
vectors: the nearest chunk must be so near, where it was measured what near means for that model. A code that is asked
for, such as E-01, is told apart by nothing else, so a chunk that has it has to do with the question. How the two limits
were found, and how often they are wrong, stands in docs/decisions/0010-retrieval.md.
"""

from __future__ import annotations

from typing import Final, NamedTuple

LEAST_COVERAGE: Final = 0.4
_FULL_COVERAGE: Final = 0.7  # names and codes are found by words where vectors see no likeness
_LEAST_SIMILARITY: Final = {"all-MiniLM-L6-v2, 384 dimensions": 0.35}  # by Embedder.what; other models, other scales


class Evidence(NamedTuple):
    """The share of the question's weight that the best chunk covers, and the cosine of the nearest, if there is one.

    `has_codes` where the best chunk has every code of the question, such as E-01, and the question has one.
    """

    coverage: float
    similarity: float | None = None
    has_codes: bool = False


def is_relevant(evidence: Evidence, least: float | None = None) -> bool:
    """Whether to answer. `least` is the similarity that counts as near, None where it is not known for the model."""
    if evidence.has_codes:
        return True
    if evidence.similarity is None or least is None:
        return evidence.coverage >= LEAST_COVERAGE
    return evidence.similarity >= least or (evidence.coverage >= _FULL_COVERAGE and evidence.similarity >= least / 2)


def least_similarity(embedder: str) -> float | None:
    """The similarity that counts as near for an embedder, by its `what`; None where nobody measured it."""
    return _LEAST_SIMILARITY.get(embedder)
