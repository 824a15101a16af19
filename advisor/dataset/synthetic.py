"""More examples in the style of a file, written by a model: what it is asked, and which of its answers are taken."""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from advisor.dataset.example import Example

SHOWN: Final = 6  # examples shown in each request
ASKED: Final = 8  # new examples asked for in each request
NEAR: Final = 0.7  # Jaccard similarity of word triples above which two inputs are the same


class NewExample(NamedTuple):
    """An input and its answer, as a model wrote them; `shown` are the lines of the examples that it was shown."""

    prompt: str
    answer: str
    shown: tuple[int, ...]


class Refused(NamedTuple):
    """Why an answer of the model was not taken: `unreadable`, `empty`, `duplicate` or `near_duplicate`."""

    why: str
    text: str


def chosen_to_show(examples: Sequence[Example], batch: int, seed: int) -> tuple[Example, ...]:
    """The examples shown in request number `batch`: another draw for each, the same for the same seed."""
    ranked = sorted(examples, key=lambda example: _place(seed, batch, example.line))
    return tuple(sorted(ranked[:SHOWN], key=lambda example: example.line))


def request_messages(shown: Sequence[Example], count: int, wish: str) -> list[dict[str, str]]:
    """The conversation that asks for `count` new examples; `wish` is what the user wants of them, or ""."""
    given = [{"input": example.prompt, "output": example.answer} for example in shown]
    task = shown[0].system if shown else ""
    rules = [
        "You write training data. Below are examples of a task as JSON.",
        f"Write {count} new examples of the same task: other situations, other words, the same style, format, language "
        "and quality. Do not repeat or paraphrase an example. Invent every name, number and address.",
        'Answer with a JSON object {"examples": [{"input": "...", "output": "..."}, ...]} and nothing else.',
    ]
    if task:
        rules.insert(1, f"The instructions of the task are: {task}")
    if wish:
        rules.append(f"What is wanted: {wish}")
    shown_text = json.dumps(given, ensure_ascii=False, indent=1)
    return [{"role": "system", "content": "\n".join(rules)}, {"role": "user", "content": shown_text}]


def written_examples(text: str, shown: Sequence[Example]) -> tuple[tuple[NewExample, ...], tuple[Refused, ...]]:
    """What a model wrote, read; text around the JSON is passed over, and what is no example is refused."""
    rows = _rows(text)
    if rows is None:
        return (), (Refused("unreadable", text[:200]),)
    taken: list[NewExample] = []
    refused: list[Refused] = []
    lines = tuple(example.line for example in shown)
    for row in rows:
        prompt, answer = (_said(row, name) for name in ("input", "output"))
        if prompt is None or answer is None:
            refused.append(Refused("unreadable", json.dumps(row, ensure_ascii=False)[:200]))
        elif not prompt.strip() or not answer.strip():
            refused.append(Refused("empty", prompt[:200]))
        else:
            taken.append(NewExample(prompt.strip(), answer.strip(), lines))
    return tuple(taken), tuple(refused)


class Novelty:
    """Knows which inputs are there already, and takes only what is new."""

    def __init__(self, known: Iterable[str]) -> None:
        """`known` are the inputs of the file."""
        self._exact: set[str] = set()
        self._triples: list[frozenset[str]] = []
        self._by_triple: dict[str, list[int]] = {}
        for prompt in known:
            self._add(prompt)

    def take(self, prompt: str) -> str:
        """ "" where `prompt` is new, which is then known; else `duplicate` or `near_duplicate`."""
        words = _words(prompt)
        if " ".join(words) in self._exact:
            return "duplicate"
        triples = _triples(words)
        shared: dict[int, int] = {}
        for triple in triples:
            for place in self._by_triple.get(triple, ()):
                shared[place] = shared.get(place, 0) + 1
        for place, common in shared.items():
            if common / (len(triples) + len(self._triples[place]) - common) >= NEAR:
                return "near_duplicate"
        self._add(prompt)
        return ""

    def _add(self, prompt: str) -> None:
        words = _words(prompt)
        self._exact.add(" ".join(words))
        triples = _triples(words)
        for triple in triples:
            self._by_triple.setdefault(triple, []).append(len(self._triples))
        self._triples.append(triples)


def as_chat_row(example: NewExample, system: str, model: str) -> dict[str, Any]:
    """The row in OpenAI's chat format, marked as synthetic with its origin."""
    instructing = [{"role": "system", "content": system}] if system else []
    return {
        "messages": [
            *instructing,
            {"role": "user", "content": example.prompt},
            {"role": "assistant", "content": example.answer},
        ],
        "metadata": {"synthetic": "true", "written_by": model, "like_lines": ", ".join(map(str, example.shown))},
    }


def _rows(text: str) -> list[Any] | None:
    for begin, end in (("{", "}"), ("[", "]")):
        first, last = text.find(begin), text.rfind(end)
        if first < 0 or last < first:
            continue
        try:
            value = json.loads(text[first : last + 1])
        except (ValueError, RecursionError):
            continue
        rows = value.get("examples") if isinstance(value, dict) else value
        if isinstance(rows, list):
            return rows
    return None


def _said(row: Any, name: str) -> str | None:
    value = row.get(name) if isinstance(row, Mapping) else None
    return value if isinstance(value, str) else None


def _words(text: str) -> list[str]:
    return "".join(sign.lower() if sign.isalnum() else " " for sign in text).split()


def _triples(words: Sequence[str]) -> frozenset[str]:
    if len(words) < 3:
        return frozenset([" ".join(words)])
    return frozenset(" ".join(words[place : place + 3]) for place in range(len(words) - 2))


def _place(seed: int, batch: int, line: int) -> bytes:
    return blake2b(f"{seed} {batch} {line}".encode(), digest_size=8).digest()
