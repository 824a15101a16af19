"""The language of a text, by its script or its most frequent function words, and rows in another than the rest."""

from __future__ import annotations

import re
from array import array
from collections import Counter
from typing import Final

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.plain_text import lower_words

_FUNCTION_WORDS: Final = {
    "English": "the and of to is that it for was with on are this you be have from or not but what all were when we "
    "your can said there an which their if will how she they would been has do did my could please i me",
    "German": "der die und das ist nicht ein eine ich sie mit für auf den dem des zu im von auch wie wir es wird sich "
    "dass oder bei nach aus sind haben kann bitte war wenn mein ihr über zum zur einen",
    "French": "le les des et est pas une que qui dans pour vous je nous sur avec ce il elle au aux du ne cette sont "
    "plus "
    "mais ou votre mon comme être avez cela leur",
    "Spanish": "el los las y es que por con para una del se su no lo como más pero sus muy este está hay ser son "
    "cuando "
    "mi usted puedo qué cómo también fue han",
    "Italian": "il lo gli che di è per non una con sono del della nel dei alla si anche come più ma questo ho ha le mi "
    "quando essere può dal delle",
    "Portuguese": "o os as que não uma para com por é do da em no na se mais como mas dos foi ao ele das você seu sua "
    "está são eu meu isso também muito",
    "Dutch": "de het een van en is niet dat ik je op te met voor zijn er aan maar om ook als bij nog naar dan wat kan "
    "mijn wordt deze uw hebben heeft",
    "Polish": "nie się na jest to że do co jak ale czy po tym dla mnie przez być tak od był może jego oraz są który",
    "Swedish": "och att det som är en på för med av inte den till har jag om ett men vi kan från så var du ska eller",
    "Danish": "og at det som er en på for med af ikke den til har jeg om et men vi kan fra så var du skal eller",
    "Turkish": "ve bir bu için ile çok da de ne olarak daha gibi var mı kadar sonra olan ama değil ben nasıl",
    "Indonesian": "yang dan di ini itu dengan untuk tidak dari dalam adalah akan pada juga saya ke bisa ada anda",
}
_WORDS_OF: Final = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
_OWN_WORDS_OF: Final = {
    language: words.difference(*(others for other, others in _WORDS_OF.items() if other != language))
    for language, words in _WORDS_OF.items()
}
_KNOWN_WORDS: Final = frozenset[str]().union(*_WORDS_OF.values())
_SCRIPTS: Final = (
    ("Japanese", re.compile("[\u3040-\u30ff]"), 1),
    ("Korean", re.compile("[\uac00-\ud7af]"), 4),
    ("Chinese", re.compile("[\u4e00-\u9fff]"), 4),
    ("Russian", re.compile("[\u0400-\u04ff]"), 10),
    ("Greek", re.compile("[\u0370-\u03ff]"), 10),
    ("Arabic", re.compile("[\u0600-\u06ff]"), 10),
    ("Hebrew", re.compile("[\u0590-\u05ff]"), 10),
    ("Hindi", re.compile("[\u0900-\u097f]"), 10),
    ("Thai", re.compile("[\u0e00-\u0e7f]"), 10),
)
_UKRAINIAN: Final = re.compile("[іїєґ]")
_LOOKED_AT: Final = 400  # characters of a text
_LEAST_CHARACTERS: Final = 20
_LEAST_HITS: Final = 3  # different function words
_LEAST_OWN: Final = 2
_LEAST_SHARE: Final = 0.15  # of the words, so that a few foreign names decide nothing
_LEAD: Final = 2.0  # over the next language, in function words
_MAIN: Final = 0.8
_LEAST_ROWS: Final = 20
_WORD: Final = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str:
    """English name of the language of `text`, or "" where it is too short or not clear."""
    text = text[:_LOOKED_AT]
    if len(text) < _LEAST_CHARACTERS and text.isascii():
        return ""
    if not text.isascii():
        script = _by_script(text)
        if script:
            return script
    words = lower_words(text) if text.isascii() else _WORD.findall(text.lower())
    known = _KNOWN_WORDS.intersection(words)
    if len(known) < _LEAST_HITS or len(text) < _LEAST_CHARACTERS:
        return ""
    hits = {language: len(known & own) for language, own in _WORDS_OF.items()}
    if max(hits.values()) < _LEAST_HITS:
        return ""
    if sorted(hits.values())[-2] * _LEAD > max(
        hits.values()
    ):  # neighbours share words, so only those of one's own count
        hits = {language: len(known & own) for language, own in _OWN_WORDS_OF.items()}
    second, most = sorted(hits.values())[-2:]
    if most < _LEAST_OWN or most < _LEAD * second:
        return ""
    language = max(hits, key=hits.__getitem__)
    share = sum(map(_WORDS_OF[language].__contains__, words)) / len(words)
    return language if share >= _LEAST_SHARE else ""


def function_words(language: str) -> frozenset[str]:
    """The most frequent function words of a language by its English name, in lower case; none where it is not known."""
    return _WORDS_OF.get(language, frozenset())


def _by_script(text: str) -> str:
    letters = sum(map(str.isalpha, text))
    for language, pattern, least in _SCRIPTS:
        count = len(pattern.findall(text))
        # Japanese mixes its own letters with Chinese ones, so a tenth of them is enough to tell.
        if count >= least and count >= (0.1 if language == "Japanese" else 0.5) * letters:
            return "Ukrainian" if language == "Russian" and _UKRAINIAN.search(text.lower()) else language
    return ""


class Languages:
    """Gathers the languages of prompts and answers. Memory: 8 bytes a row."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str], array[int]] = {}

    def add(self, example: Example) -> None:
        """Notes the languages of one row; labels and code count as none."""
        languages = (language_of(example.prompt), language_of(example.answer))
        self._lines.setdefault(languages, array("Q")).append(example.line)

    def found(self) -> tuple[Found, ...]:
        """The finding language_mix: rows in another language than nearly all, or whose answer leaves the prompt's.

        Where many rows answer in another language, as in translation, or where no language is the main one, nothing is
        odd about it.
        """
        rows = {pair: len(lines) for pair, lines in self._lines.items()}
        both = sum(count for (prompt, answer), count in rows.items() if prompt and answer)
        crossing = sum(count for (prompt, answer), count in rows.items() if prompt and answer and prompt != answer)
        by_language = Counter[str]()
        for (prompt, answer), count in rows.items():
            by_language[answer or prompt] += count
        del by_language[""]
        total = by_language.total()
        main, times = by_language.most_common(1)[0] if by_language else ("", 0)
        has_main = total >= _LEAST_ROWS and times >= _MAIN * total
        places: list[Place] = []
        for (prompt, answer), lines in self._lines.items():
            if prompt and answer and prompt != answer and crossing <= (1 - _MAIN) * both:
                detail = f"prompt in {prompt}, answer in {answer}"
            elif has_main and (answer or prompt) not in ("", main):
                detail = f"in {answer or prompt}, where {times / total:.1%} of the rows are in {main}"
            else:
                continue
            places += [Place(line, None, detail) for line in lines]
        return (Found("language_mix", tuple(sorted(places))),) if places else ()
