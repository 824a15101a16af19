"""Texts as sequences of word numbers: 32-bit hashes of the words as they are compared, the same in every run."""

import re
from typing import Final
from zlib import crc32

_EDGES: Final = ".,;:!?\"'…“”‘’«»¿¡。，、！？；：「」()[]"
_MOST_REMEMBERED: Final = 400_000
_SPACELESS: Final = re.compile("([\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\uf900-\ufaff])")  # Japanese, Chinese, Thai


class WordIds(dict[str, int]):
    """Word → its number, worked out when a word is met first; remembers the words met, up to a limit."""

    def of(self, text: str) -> list[int]:
        """The words of `text` in order, without regard to case, white space and punctuation around words.

        Scripts without spaces are taken letter by letter.
        """
        if not text.isascii():
            text = _SPACELESS.sub(r" \1 ", text)
        if len(self) > _MOST_REMEMBERED:
            self.clear()
        found = [self[word] for word in text.split()]
        return [number for number in found if number] if 0 in found else found

    def __missing__(self, word: str) -> int:
        """0 for what is nothing but punctuation that can stand around words."""
        bare = word.strip(_EDGES).casefold()
        number = (crc32(bare.encode("utf-8", "surrogatepass")) or 1) if bare else 0
        self[word] = number
        return number
