"""Agreement of raters beyond chance, with intervals: kappa of nominal or ordered judgements, rank correlations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from advisor.dataset.agreement import Agreement, agreement, in_words
from advisor.evaluation.estimate import NOTHING, Estimate, interval, resampled

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

_RANK_DRAWS: Final = 500  # a rank correlation has no quick form for many samples at once


class Kappa(NamedTuple):
    """Kappa with its interval, what it is called, and how many judgements were compared."""

    kappa: Estimate
    words: str
    agreed_share: float


def cohen(
    first: Sequence[object],
    second: Sequence[object],
    order: Sequence[object],
    seed: int,
    *,
    weighted: bool = False,
    items: Sequence[str] | None = None,
) -> Kappa:
    """Cohen's kappa of two raters over the same things; `weighted` by the squared distance in `order`.

    `order` holds every value that may occur. The interval is a bootstrap over the things, or over `items`, which names
    the item that each thing belongs to.
    """
    import numpy as np

    if not first:
        return Kappa(NOTHING, "nothing was judged twice", 0.0)
    places = {value: place for place, value in enumerate(order)}
    named, which = np.unique(items if items is not None else np.arange(len(first)), return_inverse=True)
    tables = np.zeros((len(named), len(order), len(order)))
    left, right = (np.array([places[value] for value in values]) for values in (first, second))
    np.add.at(tables, (which, left, right), 1)
    table = tables.sum(axis=0)
    value = float(kappas(table[None], weighted=weighted)[0])
    draws = kappas(np.tensordot(resampled(len(named), seed), tables, axes=1), weighted=weighted)
    found = interval(value, draws, len(named))
    return Kappa(found, in_words(found.value), float(np.trace(table) / len(first)))


def kappas(tables: Array, *, weighted: bool) -> Array:
    """Cohen's kappa of each table of counts, shape (draws, values, values); NaN where it is undefined.

    The same as scikit-learn's cohen_kappa_score (a test compares them), but for thousands of tables at once.
    """
    import numpy as np

    size = tables.shape[-1]
    distance = np.abs(np.arange(size)[:, None] - np.arange(size))
    penalty = distance**2 if weighted else (distance > 0).astype(float)
    total = tables.sum(axis=(1, 2))
    expected = tables.sum(axis=2)[:, :, None] * tables.sum(axis=1)[:, None, :] / total[:, None, None]
    by_chance = (penalty * expected).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - (penalty * tables).sum(axis=(1, 2)) / by_chance)


class Together(NamedTuple):
    """What several raters agree on: Fleiss' kappa with its interval, and the rest of the agreement."""

    kappa: Estimate
    found: Agreement


def fleiss(judged: Sequence[Mapping[str, str]], item_of: Mapping[str, str], seed: int) -> Together:
    """Fleiss' kappa of raters who judged the same things (each a mapping of thing to judgement).

    Not everybody has to judge everything. `item_of` names the item that a thing belongs to: items are drawn in the
    bootstrap, since judgements on answers to the same question do not vary on their own. For two raters the value is
    Cohen's, as in `agreement`; the interval's draws take the shares of values from all raters together.
    """
    import numpy as np

    found = agreement(judged)
    things = [thing for thing in item_of if sum(thing in rater for rater in judged) >= 2]
    if found.kappa is None or not things:
        return Together(NOTHING._replace(of=found.items), found)
    values = sorted({value for rater in judged for value in rater.values()})
    counts = np.array([[sum(rater.get(thing) == value for rater in judged) for value in values] for thing in things])
    raters = counts.sum(axis=1)
    agreed = (counts * (counts - 1)).sum(axis=1) / (raters * (raters - 1))
    items, which = np.unique([item_of[thing] for thing in things], return_inverse=True)
    drawn = resampled(len(items), seed)[:, which]
    observed = drawn @ agreed / drawn.sum(axis=1)
    shares = drawn @ counts
    expected = ((shares / shares.sum(axis=1, keepdims=True)) ** 2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        draws = np.where(expected < 1, (observed - expected) / (1 - expected), np.nan)
    return Together(interval(found.kappa, draws, len(items)), found)


def rank_correlation(
    first: Sequence[float], second: Sequence[float], seed: int, kind: Literal["spearman", "kendall"] = "spearman"
) -> Estimate:
    """Spearman's rho or Kendall's tau-b with a bootstrap interval over the items; None where one side never varies."""
    import numpy as np
    from scipy.stats import kendalltau, rankdata

    left, right = np.asarray(first, float), np.asarray(second, float)
    if not len(left):
        return NOTHING
    drawn = np.random.default_rng(seed).integers(0, len(left), (_RANK_DRAWS, len(left)))
    drawn[0] = np.arange(len(left))  # the first is no draw but the items themselves
    one, two = left[drawn], right[drawn]
    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "kendall":
            found = np.array([kendalltau(*pair).statistic for pair in zip(one, two, strict=True)])
        else:
            ranks, others = (_centred(rankdata(side, axis=1)) for side in (one, two))
            found = (ranks * others).sum(axis=1) / np.sqrt((ranks**2).sum(axis=1) * (others**2).sum(axis=1))
    return interval(float(found[0]), found[1:], len(left))


def _centred(ranks: Array) -> Array:
    import numpy as np

    return np.asarray(ranks - ranks.mean(axis=1, keepdims=True))
