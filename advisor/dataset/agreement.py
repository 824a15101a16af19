"""How far several people who judged the same items agree, beyond what chance would give."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Agreement(NamedTuple):
    """`kappa` is Cohen's for two raters, Fleiss' generalised for more; None where it is undefined."""

    raters: int
    items: int  # judged by at least two
    agreed_share: float  # of pairs of judgements on the same item
    kappa: float | None
    words: str
    disputed: tuple[str, ...]  # ids of items on which not all agree


# Landis and Koch 1977: what a kappa from that value on is called.
WORDS = ((0.81, "almost perfect"), (0.61, "substantial"), (0.41, "moderate"), (0.21, "fair"), (0.0, "slight"))


def agreement(judged: Sequence[Mapping[str, str]]) -> Agreement:
    """The agreement of raters, each a mapping of item id to judgement. Items judged by one rater alone are left out.

    Two raters: Cohen's kappa (each has an own distribution). More: Fleiss' kappa, with pairs weighted by how many
    judged the item, so that not everybody has to judge everything.
    """
    by_item: dict[str, list[str]] = {}
    for rater in judged:
        for item, value in rater.items():
            by_item.setdefault(item, []).append(value)
    shared = {item: values for item, values in by_item.items() if len(values) >= 2}
    if not shared:
        return Agreement(len(judged), 0, 0.0, None, "nothing was judged twice", ())
    observed = _observed(shared)
    expected = _cohen_expected(judged[0], judged[1]) if len(judged) == 2 else _fleiss_expected(shared)
    kappa = None if expected >= 1 else (observed - expected) / (1 - expected)
    disputed = tuple(item for item, values in shared.items() if len(set(values)) > 1)
    return Agreement(len(judged), len(shared), observed, kappa, in_words(kappa), disputed)


def in_words(kappa: float | None) -> str:
    """What `kappa` is usually called."""
    if kappa is None:
        return "undefined: everybody always said the same"
    return next((word for least, word in WORDS if kappa >= least), "worse than chance")


def _observed(shared: Mapping[str, Sequence[str]]) -> float:
    """The mean over items of the share of pairs that agree."""
    shares = []
    for values in shared.values():
        pairs = len(values) * (len(values) - 1)
        shares.append(sum(count * (count - 1) for count in Counter(values).values()) / pairs)
    return sum(shares) / len(shares)


def _cohen_expected(left: Mapping[str, str], right: Mapping[str, str]) -> float:
    both = [item for item in left if item in right]
    lefts, rights = Counter(left[item] for item in both), Counter(right[item] for item in both)
    return sum(lefts[value] * rights[value] for value in lefts) / len(both) ** 2


def _fleiss_expected(shared: Mapping[str, Sequence[str]]) -> float:
    values = Counter(value for judged in shared.values() for value in judged)
    total = values.total()
    return sum((count / total) ** 2 for count in values.values())
