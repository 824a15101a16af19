"""How well the documents that hold the answers are found, by words, by vectors, and by both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from advisor.evaluation.item import Item
from advisor.evaluation.knowledge_base import KnowledgeBase
from advisor.evaluation.measure import Measure, mean_measure
from advisor.evaluation.proof import Retrieval, Score
from advisor.evaluation.resampling import resampled
from advisor.evaluation.retrieval_scores import gold_source, hit_at, ndcg_at, ranked_sources, reciprocal_rank
from advisor.evaluation.search_index import HYBRID, VECTORS, WORDS
from advisor.evaluation.shown_items import question_of
from advisor.evaluation.statistics import interval

_MOST: Final = 50  # chunks; several of one document count once


def retrieval_report(items: Sequence[Item], documents: KnowledgeBase, seed: int) -> tuple[Retrieval, ...]:
    """Scores over the items whose source is known, counted on documents; nothing where no item names one."""
    asked = [item for item in items if item.source]
    if not asked:
        return ()
    questions = [question_of(item) for item in asked]
    gold = [{gold_source(str(item.source))} for item in asked]
    methods = (WORDS, VECTORS, HYBRID) if documents.has_vectors else (WORDS,)
    made = []
    for method in methods:
        found = documents.search(questions, _MOST, method)
        ranked = [
            ranked_sources([hit.chunk for hit in one.hits], relevant) for one, relevant in zip(found, gold, strict=True)
        ]
        pairs = list(zip(ranked, gold, strict=True))
        values = {
            "hit@1": [hit_at(names, relevant, 1) for names, relevant in pairs],
            "hit@5": [hit_at(names, relevant, 5) for names, relevant in pairs],
            "mrr": [reciprocal_rank(names, relevant) for names, relevant in pairs],
            "ndcg@5": [ndcg_at(names, relevant, 5) for names, relevant in pairs],
        }
        measures = [
            mean_measure(name, np.array(column, np.float64), binary=name.startswith("hit"))
            for name, column in values.items()
        ]
        made.append(Retrieval(method=method, questions=len(asked), scores=_scores(measures, seed)))
    return tuple(made)


def _scores(measures: Sequence[Measure], seed: int) -> tuple[Score, ...]:
    draws = resampled(measures, seed)
    spans = [interval(measure, draws[:, place]) for place, measure in enumerate(measures)]
    return tuple(
        Score(metric=measure.metric, value=span.value, low=span.low, high=span.high)
        for measure, span in zip(measures, spans, strict=True)
    )
