"""An answer beside the golden one, word by word: equality, equality after normalisation, F1 of the words shared."""

from __future__ import annotations

import re
import string
from collections import Counter
from typing import Final

_ARTICLES: Final = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION: Final = str.maketrans("", "", string.punctuation)


def exact_match(said: str, wanted: str) -> bool:
    """Letter for letter, spaces around them aside."""
    return said.strip() == wanted.strip()


def normalised(text: str) -> str:
    """As the evaluation script of SQuAD 1.1: lower case, no punctuation, no English articles, single spaces."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def normalised_match(said: str, wanted: str) -> bool:
    """Equality after normalisation; where that leaves nothing of the golden answer, of what is written."""
    plain = normalised(wanted)
    return normalised(said) == plain if plain else _only_spaces(said) == _only_spaces(wanted)


def token_f1(said: str, wanted: str) -> float:
    """F1 of the words after normalisation, each counted as often as it stands (SQuAD)."""
    mine, theirs = normalised(said).split(), normalised(wanted).split()
    if not theirs:
        return float(normalised_match(said, wanted))
    shared = (Counter(mine) & Counter(theirs)).total()
    return 2 * shared / (len(mine) + len(theirs))


def _only_spaces(text: str) -> str:
    return " ".join(text.casefold().split())
