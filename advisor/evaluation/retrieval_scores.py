"""How well documents are found: hit@k, MRR and nDCG@k over ranked ids, and gold sources matched to chunks."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from advisor.evaluation.chunks import Chunk
from advisor.evaluation.document import slug


def hit_at(ranked: Sequence[str], relevant: AbstractSet[str], k: int) -> float:
    """1 where a relevant id is among the first `k`, else 0."""
    return float(any(one in relevant for one in ranked[:k]))


def reciprocal_rank(ranked: Sequence[str], relevant: AbstractSet[str]) -> float:
    """1 over the rank of the first relevant id, 0 where there is none. Its mean over questions is the MRR."""
    return next((1 / rank for rank, one in enumerate(ranked, 1) if one in relevant), 0.0)


def ndcg_at(ranked: Sequence[str], relevant: AbstractSet[str], k: int) -> float:
    """Normalised discounted cumulative gain of the first `k` with gains of 0 and 1 (Järvelin and Kekäläinen 2002).

    0 where nothing is relevant. `ranked` must not name an id twice; `ranked_sources` sees to that.
    """
    gained = sum(1 / math.log2(rank + 1) for rank, one in enumerate(ranked[:k], 1) if one in relevant)
    best = sum(1 / math.log2(rank + 1) for rank in range(1, min(k, len(relevant)) + 1))
    return gained / best if best else 0.0


def gold_source(source: str) -> str:
    """A row's `metadata.source` as it is compared: the path, and the slug of its heading where it has one."""
    path, mark, heading = source.strip().replace("\\", "/").partition("#")
    path = path.removeprefix("./")
    return f"{path}#{slug(heading)}" if mark and slug(heading) else path


def ranked_sources(chunks: Iterable[Chunk], relevant: AbstractSet[str]) -> list[str]:
    """What the chunks, best first, stand for: each id once, at its first place.

    A chunk stands for a gold source (as `gold_source` writes it) that names its document, alone or with one of the
    chunk's headings; else for its own document or, where golds have headings, its own heading in it.
    """
    with_headings = any("#" in one for one in relevant)
    ranked: dict[str, None] = {}
    for chunk in chunks:
        slugs = [slug(heading) for heading in chunk.headings]
        names = [chunk.source, *(f"{chunk.source}#{name}" for name in reversed(slugs))]
        own = names[1] if with_headings and len(names) > 1 else chunk.source
        for name in [one for one in names if one in relevant] or [own]:
            ranked.setdefault(name)
    return list(ranked)
