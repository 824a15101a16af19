"""How alike two texts are, from 0 to 1, by the measures that OpenAI's text_similarity grader names.

A proof takes ROUGE from here; its BLEU is that of the whole corpus, by sacrebleu. ROUGE equals the package rouge-score
on ASCII texts; that one drops every other letter, so that all Cyrillic texts would be alike.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Final

_WORD: Final = re.compile(r"\w+|[^\w\s]")
_ALPHANUMERIC: Final = re.compile(r"[^\W_]+")
MAX_ORDER: Final = 4  # longest n-grams of BLEU and GLEU


def fuzzy_match(text: str, reference: str) -> float:
    """Twice the longest common subsequence of characters over both lengths, as the `ratio` of rapidfuzz."""
    if not text and not reference:
        return 1.0
    return 2 * common_subsequence(text, reference) / (len(text) + len(reference))


def bleu(text: str, reference: str) -> float:
    """Sentence BLEU of 1- to 4-grams with brevity penalty (Papineni et al. 2002).

    Orders without a match count half a match, then a quarter and so on (NIST smoothing, method 3 of Chen and Cherry
    2014), since a short text has few long n-grams.
    """
    said, wanted = _words(text), _words(reference)
    if not said or not wanted:
        return float(said == wanted)
    total, zeros = 0.0, 0
    for order in range(1, MAX_ORDER + 1):
        mine = _ngrams(said, order)
        matches = (mine & _ngrams(wanted, order)).total()
        if order == 1 and not matches:
            return 0.0
        if matches:
            share = matches / mine.total()
        else:
            zeros += 1
            share = 1 / (2**zeros * max(1, mine.total()))
        total += math.log(share)
    penalty = 1.0 if len(said) >= len(wanted) else math.exp(1 - len(wanted) / len(said))
    return penalty * math.exp(total / MAX_ORDER)


def gleu(text: str, reference: str) -> float:
    """Google's BLEU: the smaller of precision and recall over all 1- to 4-grams (Wu et al. 2016)."""
    said, wanted = _words(text), _words(reference)
    mine: Counter[tuple[Hashable, ...]] = Counter()
    theirs: Counter[tuple[Hashable, ...]] = Counter()
    for order in range(1, MAX_ORDER + 1):
        mine += _ngrams(said, order)
        theirs += _ngrams(wanted, order)
    most = max(mine.total(), theirs.total())
    return (mine & theirs).total() / most if most else 1.0


def rouge_n(text: str, reference: str, order: int) -> float:
    """The F1 of n-grams of that order (Lin 2004): lower case, letters and digits; 0 for texts too short for one."""
    mine, theirs = _ngrams(_plain(text), order), _ngrams(_plain(reference), order)
    return _f1((mine & theirs).total(), mine.total(), theirs.total()) if mine else 0.0


def rouge_l(text: str, reference: str) -> float:
    """The F1 of the longest common subsequence of words (Lin 2004)."""
    said, wanted = _plain(text), _plain(reference)
    return _f1(common_subsequence(said, wanted), len(said), len(wanted))


def common_subsequence(first: Sequence[Hashable], second: Sequence[Hashable]) -> int:
    """The length of the longest common subsequence, a bit for each item (Crochemore et al. 2001)."""
    places: dict[Hashable, int] = {}
    for place, item in enumerate(first):
        places[item] = places.get(item, 0) | 1 << place
    every = (1 << len(first)) - 1
    row = every
    for item in second:
        kept = row & places.get(item, 0)
        row = ((row + kept) | (row - kept)) & every
    return len(first) - row.bit_count()


def _f1(matches: int, said: int, wanted: int) -> float:
    return 2 * matches / (said + wanted) if said and wanted else float(said == wanted)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _plain(text: str) -> list[str]:
    return _ALPHANUMERIC.findall(text.lower())


def _ngrams(words: Sequence[str], order: int) -> Counter[tuple[Hashable, ...]]:
    return Counter(tuple(words[place : place + order]) for place in range(len(words) - order + 1))
