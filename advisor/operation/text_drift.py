"""Whether texts of two periods differ: two tests that see different things, and a size that people can picture.

- Words: for every word, Fisher's exact test of the texts that hold it, times the number of words (Bonferroni). It sees
  a new topic with words of its own, also where it is a twentieth of many texts.
- Kernel: the distance of the two mean TF-IDF vectors (maximum mean discrepancy), with the labels permuted. It sees many
  small changes, also in a few hundred texts.
The p is twice the lesser of the two. The size is the area under the curve of a linear model that learned on one half of
the texts which period each is from, ranked on the other half (Lopez-Paz and Oquab 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np

MOST_TEXTS: Final = 10_000  # of each side, drawn; more make the p smaller and the answer no other
MOST_CHARACTERS: Final = 2_000  # of each text
_MOST_IN_KERNEL: Final = 1_000  # of each side
_PERMUTATIONS: Final = 999
_LEAST_BEYOND: Final = 10  # permutations beyond what was seen, below which the tail is fitted (Knijnenburg et al. 2009)
_LEAST_TEXTS_OF_A_WORD: Final = 10  # rarer words could not be significant among thousands (Tarone 1990)
_LEAST_P: Final = 1e-6  # the fitted tail is not believed further
_WORDS_SHOWN: Final = 6


class TextShift(NamedTuple):
    """Area under the curve with its 95 % interval, p of no change, texts drawn on each side, and words that changed."""

    auc: float
    low: float
    high: float
    p_value: float
    drawn: tuple[int, int]
    more_often: tuple[str, ...]
    less_often: tuple[str, ...]


class _Words(NamedTuple):
    p_value: float
    more_often: tuple[str, ...]
    less_often: tuple[str, ...]


def text_shift(baseline: Sequence[str], recent: Sequence[str], seed: int = 0) -> TextShift | None:
    """The shift from one set of texts to another; None where they hold no words to compare."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = np.random.default_rng(seed)
    sides = [_drawn(side, rng) for side in (baseline, recent)]
    texts = [text[:MOST_CHARACTERS] for side in sides for text in side]
    is_recent = np.arange(len(texts)) >= len(sides[0])
    vectors = TfidfVectorizer(min_df=2, max_features=100_000, sublinear_tf=True, dtype=np.float32)
    try:
        features = vectors.fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return None
    words = _words(features, is_recent, vectors.get_feature_names_out())
    p_value = min(1.0, 2 * min(words.p_value, _kernel_p(features, is_recent, rng)))
    auc, half = _separation(features, is_recent, rng, seed)
    return TextShift(
        auc,
        max(0.0, auc - half),
        min(1.0, auc + half),
        p_value,
        (len(sides[0]), len(sides[1])),
        words.more_often,
        words.less_often,
    )


def _drawn(texts: Sequence[str], rng: np.random.Generator) -> list[str]:
    if len(texts) <= MOST_TEXTS:
        return list(texts)
    return [texts[place] for place in rng.choice(len(texts), MOST_TEXTS, replace=False)]


def _words(features: Any, is_recent: Any, names: Any) -> _Words:
    """The least p of any word, adjusted for their number, and the words that changed most surely with their shares."""
    from scipy.stats import hypergeom

    holds = features > 0
    held = np.asarray(holds.sum(axis=0)).ravel()
    held_recently = np.asarray(holds[is_recent].sum(axis=0)).ravel()
    whole, recent = len(is_recent), int(is_recent.sum())
    kept = np.flatnonzero((held >= _LEAST_TEXTS_OF_A_WORD) & (held <= whole - _LEAST_TEXTS_OF_A_WORD))
    if not len(kept):
        return _Words(1.0, (), ())
    more = hypergeom.sf(held_recently[kept] - 1, whole, held[kept], recent)
    less = hypergeom.cdf(held_recently[kept], whole, held[kept], recent)
    least = 2 * len(kept) * min(more.min(), less.min())

    def shown(p_values: Any) -> tuple[str, ...]:
        first = [place for place in np.argsort(p_values)[:_WORDS_SHOWN] if p_values[place] * 2 * len(kept) < 0.05]
        return tuple(
            f"{names[kept[place]]} ({(held[kept[place]] - held_recently[kept[place]]) / (whole - recent):.1%} to "
            f"{held_recently[kept[place]] / recent:.1%})"
            for place in first
        )

    return _Words(min(1.0, float(least)), shown(more), shown(less))


def _kernel_p(features: Any, is_recent: Any, rng: np.random.Generator) -> float:
    """p of the distance of the mean vectors, by permutation; far in the tail by a gamma with the same moments."""
    from scipy.stats import gamma, skew

    chosen = np.concatenate(
        [rng.permutation(np.flatnonzero(is_recent == side))[:_MOST_IN_KERNEL] for side in (False, True)]
    )
    recent = is_recent[chosen]
    kernel = (features[chosen] @ features[chosen].T).toarray()
    np.fill_diagonal(kernel, 0)
    weights = np.where(recent, 1 / recent.sum(), -1 / (~recent).sum()).astype(np.float32)
    permuted = np.array([rng.permutation(weights) for _ in range(_PERMUTATIONS)])
    drawn = ((permuted @ kernel) * permuted).sum(axis=1)
    seen = float(weights @ kernel @ weights)
    beyond = int((drawn >= seen).sum())
    if beyond >= _LEAST_BEYOND or drawn.std() == 0:
        return (1 + beyond) / (1 + len(drawn))
    lean = max(float(skew(drawn)), 1e-3)
    shape = 4 / lean**2
    scale = float(drawn.std(ddof=1)) / np.sqrt(shape)
    tail = float(gamma.sf(seen - float(drawn.mean()) + shape * scale, shape, scale=scale))
    return min(max(tail, _LEAST_P), (1 + _LEAST_BEYOND) / (1 + len(drawn)))


def _separation(features: Any, is_recent: Any, rng: np.random.Generator, seed: int) -> tuple[float, float]:
    """The area under the curve on held-out texts, and half of its 95 % interval."""
    from scipy.stats import rankdata
    from sklearn.linear_model import LogisticRegression

    learns = _half(is_recent, rng)
    model = LogisticRegression(C=1, solver="liblinear", tol=1e-2, class_weight="balanced", random_state=seed)
    model.fit(features[learns], is_recent[learns])
    scores = np.asarray(model.decision_function(features[~learns]), dtype=float)
    after, before = scores[is_recent[~learns]], scores[~is_recent[~learns]]
    ranks = rankdata(np.concatenate([after, before]))[: len(after)].sum()
    auc = float(ranks - len(after) * (len(after) + 1) / 2) / (len(after) * len(before))
    return auc, 1.96 * _standard_error(after, before)


def _half(is_recent: Any, rng: np.random.Generator) -> Any:
    """A random half of each side."""
    learns = np.zeros(len(is_recent), dtype=bool)
    for side in (True, False):
        places = rng.permutation(np.flatnonzero(is_recent == side))
        learns[places[: len(places) // 2]] = True
    return learns


def _standard_error(after: Any, before: Any) -> float:
    """DeLong's standard error of the area under the curve (DeLong, DeLong and Clarke-Pearson 1988)."""
    from scipy.stats import rankdata

    m, n = len(after), len(before)
    if m < 2 or n < 2:
        return 1.0
    together = rankdata(np.concatenate([after, before]))
    of_after = (together[:m] - rankdata(after)) / n
    of_before = 1 - (together[m:] - rankdata(before)) / m
    return float(np.sqrt(of_after.var(ddof=1) / m + of_before.var(ddof=1) / n))
