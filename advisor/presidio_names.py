"""Names of people in free text with Presidio and spaCy, for those who installed the extra; about 50 texts a second."""

from collections.abc import Callable, Iterator
from typing import Any

from advisor.dataset.plain_text import Span
from advisor.errors import InputError

_LEAST_SCORE = 0.6


def load_name_finder(language: str = "en") -> Callable[[str], Iterator[Span]]:
    """A function that finds names in a text, for `find_personal`. Raises InputError when Presidio is not installed."""
    try:
        from presidio_analyzer import AnalyzerEngine
    except ImportError:
        raise InputError(
            "names in free text need Presidio, which is not installed",
            what_to_do="run `pip install 'advisor[names]'` and `python -m spacy download en_core_web_lg`, "
            "or leave the option out: names after words such as `my name is` are found without it",
        ) from None
    engine: Any = AnalyzerEngine()

    def find(text: str) -> Iterator[Span]:
        for result in engine.analyze(text=text, entities=["PERSON"], language=language):
            if result.score >= _LEAST_SCORE:
                yield Span(result.start, result.end)

    return find
