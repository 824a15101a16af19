"""Answers that leave the format of nearly all others to the same instructions: JSON that does not parse, Markdown."""

from __future__ import annotations

import json
import re
from array import array
from collections import Counter
from typing import Final

from advisor.dataset.example import Example, Place
from advisor.dataset.found import Found
from advisor.dataset.tasks import Tasks

_LEAST_ROWS: Final = 10
_NEARLY_ALL: Final = 0.8  # share of the answers that make a format the usual one
_NEARLY_ALL_MARKDOWN: Final = 0.97  # prose and lists mix by right, so only a strong habit counts
_LEAST_MARKDOWN_ROWS: Final = 100
_LONG: Final = 200  # characters, from which an answer can be expected to show its layout
_MARKDOWN: Final = re.compile(r"^#{1,6} \S|^[-*+] \S|^\d+\. \S|\*\*\S|^```|^\|.*\|", re.MULTILINE)
_MOST_KEY_SETS: Final = 500


class _Formats:
    """The formats of the answers of one task; lines of the answers that are not plain JSON with its keys."""

    def __init__(self) -> None:
        self.rows = 0
        self.json_rows = 0
        self.odd: list[tuple[int, str]] = []  # line and what is odd about it, should JSON be the format
        self.not_json = array("Q")
        self.keys: Counter[tuple[str, ...]] = Counter()
        self.lines_by_keys: dict[tuple[str, ...], array[int]] = {}
        self.markdown = array("Q")
        self.plain = array("Q")

    def add(self, line: int, answer: str) -> None:
        self.rows += 1
        if answer[0] in "{[" or answer.startswith("```"):
            self._add_json(line, answer)
        else:
            self.not_json.append(line)
        if len(answer) >= _LONG:
            (self.markdown if _MARKDOWN.search(answer) else self.plain).append(line)

    def _add_json(self, line: int, answer: str) -> None:
        try:
            value = json.loads(_without_fence(answer))
        except ValueError as error:
            where = (
                f"line {error.lineno} column {error.colno}: {error.msg}"
                if isinstance(error, json.JSONDecodeError)
                else ""
            )
            self.odd.append((line, f"JSON that does not parse ({where or error})"))
            return
        except RecursionError:
            self.odd.append((line, "JSON that is nested too deep to parse"))
            return
        self.json_rows += 1
        if answer.startswith("```"):
            self.odd.append((line, "JSON in a code fence, where the others have none"))
        keys = tuple(sorted(value)) if isinstance(value, dict) else (f"({type(value).__name__})",)
        self.keys[keys] += 1
        if keys in self.lines_by_keys or len(self.lines_by_keys) < _MOST_KEY_SETS:
            self.lines_by_keys.setdefault(keys, array("Q")).append(line)

    def places(self) -> list[Place]:
        if self.rows < _LEAST_ROWS:
            return []
        if self.json_rows >= _NEARLY_ALL * self.rows:
            return self._not_like_json()
        if self.json_rows + len(self.odd) < (1 - _NEARLY_ALL) * self.rows and self.rows >= _LEAST_MARKDOWN_ROWS:
            return self._not_like_layout()
        return []

    def _not_like_json(self) -> list[Place]:
        fenced = sum("fence" in what for _, what in self.odd)
        share = f"{self.json_rows / self.rows:.0%} of the answers are JSON"
        places = [
            Place(line, None, what) for line, what in self.odd if "fence" not in what or fenced < self.json_rows / 2
        ]
        places += [Place(line, None, f"no JSON, where {share}") for line in self.not_json]
        usual, times = self.keys.most_common(1)[0]
        if times >= _NEARLY_ALL * self.json_rows:
            for keys, lines in self.lines_by_keys.items():
                if keys != usual:
                    detail = f"JSON with other keys: {_difference(keys, usual)}"
                    places += [Place(line, None, detail) for line in lines]
        return places

    def _not_like_layout(self) -> list[Place]:
        long = len(self.markdown) + len(self.plain)
        if long < _LEAST_MARKDOWN_ROWS:
            return []
        for rare, usual, what in (
            (self.plain, self.markdown, "plain text, where nearly all long answers are Markdown"),
            (self.markdown, self.plain, "Markdown, where nearly all long answers are plain text"),
        ):
            if len(usual) >= _NEARLY_ALL_MARKDOWN * long:
                return [Place(line, None, what) for line in rare]
        return []


class OutputFormats:
    """Gathers the formats of answers by task. Memory: up to 24 bytes a row."""

    def __init__(self) -> None:
        self._tasks = Tasks(_Formats)

    def add(self, example: Example) -> None:
        """Notes the format of one row's answer."""
        answer = example.answer.strip()
        if answer:
            self._tasks.of(example).add(example.line, answer)

    def found(self) -> tuple[Found, ...]:
        """The finding inconsistent_output_format: every answer that leaves the usual format of its task."""
        places = [place for formats in self._tasks.by_system.values() for place in formats.places()]
        return (Found("inconsistent_output_format", tuple(sorted(places))),) if places else ()


def _without_fence(answer: str) -> str:
    if not answer.startswith("```"):
        return answer
    return re.sub(r"^```\w*\s*|\s*```$", "", answer)


def _difference(keys: tuple[str, ...], usual: tuple[str, ...]) -> str:
    missing = [key for key in usual if key not in keys]
    more = [key for key in keys if key not in usual]
    said = [f"without {', '.join(missing[:5])}"] if missing else []
    said += [f"with {', '.join(more[:5])}"] if more else []
    return "; ".join(said)
