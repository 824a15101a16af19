"""The terms that search compares: stemmed words, parts of names, pairs of signs in scripts without spaces."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

from advisor.dataset.language import function_words, language_of

_words: Final = re.compile(r"\w+").findall
# A code or a name with a number in it, such as E-01, HC5000 or ISO-9001: letters and digits, perhaps with hyphens.
_CODE: Final = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[^\W\d_])\w+(?:-\w+)*")
_UNSPACED: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]+")
_LANGUAGE_SAMPLE: Final = 200  # texts that are looked at, evenly spread
# Words that questions are made of and that say nothing of what they are about.
_QUESTION_WORDS: Final = frozenset(
    (
        "a an and are as at be been but by can could did do does for from had has have how i if in into is it its me "
        "my not of on or our should so than that the their them then there these they this those to us was we were "
        "what when where which who whom why will with would you your am any about also please"
    ).split()
)


class Terms:
    """Makes terms of texts in one language, such as `English`; any other name than Snowball's means no stemming."""

    def __init__(self, language: str = "") -> None:
        import Stemmer

        self.language = language
        known = language.lower() in Stemmer.algorithms()
        self._stem: Callable[[str], str] | None = Stemmer.Stemmer(language.lower(), 0).stemWord if known else None
        self._stop = function_words(language) | (_QUESTION_WORDS if language == "English" else frozenset())

    def words(self, text: str) -> list[str]:
        """The words of a text in lower case, not yet stemmed; a name with underscores or a code, and its parts."""
        found: list[str] = _words(text.lower())
        if "-" in text:
            found += [code for code in codes_in(text) if "-" in code]
        if "_" in text:
            found += [part for word in found if "_" in word for part in word.split("_") if part]
        if not text.isascii() and _UNSPACED.search(text):
            return [term for word in found for term in _pairs_of_signs(word)]
        return found

    def stems(self, words: Sequence[str]) -> list[str]:
        """The stem of each word."""
        return list(words) if self._stem is None else list(map(self._stem, words))

    def asked(self, query: str) -> list[str]:
        """The different terms of a question, in order, without the words that any question has (unless all are)."""
        words = self.words(query)
        telling = [word for word in words if word not in self._stop]
        return list(dict.fromkeys(self.stems(telling or words)))


def codes_in(text: str) -> list[str]:
    """The codes of a text in lower case, such as e-01: what they stand for is said by no other word."""
    return _CODE.findall(text.lower())


def terms_of(texts: Sequence[str]) -> Terms:
    """Terms in the language that most of the texts are in; in English where none of them tells its language."""
    sample = texts[:: max(1, len(texts) // _LANGUAGE_SAMPLE)]
    languages: list[Any] = [language for language in map(language_of, sample) if language]
    most = max(sorted(set(languages)), key=languages.count, default="English")
    return Terms(most if languages.count(most) * 2 >= len(languages) else "")


def _pairs_of_signs(word: str) -> list[str]:
    """A word of a script with spaces as it is; runs of signs of other scripts as pairs of neighbours."""
    if not _UNSPACED.search(word):
        return [word]
    made: list[str] = []
    end = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > end:
            made.append(word[end : run.start()])
        made += [run[0]] if len(run[0]) == 1 else [one + other for one, other in pairwise(run[0])]
        end = run.end()
    return [*made, word[end:]] if end < len(word) else made
