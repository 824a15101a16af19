"""Whether the chunks that were found have to do with the question, so that an answer from them is not made up."""

from __future__ import annotations

from typing import Final, NamedTuple

LEAST_COVERAGE: Final = 0.5
LEAST_SIMILARITY: Final = 0.4


class Evidence(NamedTuple):
    coverage: float
    terms: int
    similarity: float | None = None


def is_relevant(evidence: Evidence) -> bool:
    return evidence.coverage >= LEAST_COVERAGE
