"""A small data set with known defects, made from a seed: support tickets in sentences of its own."""

from __future__ import annotations

from random import Random
from typing import Final, NamedTuple

from advisor.dataset.example import Example

TOPICS: Final = {
    "refund": "money back card charged twice amount bank receipt purchase returned payment".split(),
    "delivery": "parcel courier late address doorstep van shipment lost arrived box".split(),
    "login": "password account locked code sign browser session reset username screen".split(),
}
_FILLERS: Final = (
    "yesterday today sadly again nobody could explain why my sister said that we should write since summer the old "
    "green table near our window keeps making noise while everyone else seems quite happy about bicycles gardens music "
    "kitchens trains rivers mountains letters holidays colours weather dinner friends neighbours"
).split()
SYSTEM: Final = "You sort tickets. Reply with one word."


class Dirty(NamedTuple):
    """Rows, and the lines that hold each planted defect with the earlier line they repeat (0 where there is none)."""

    rows: tuple[Example, ...]
    planted: dict[str, dict[int, int]]


def ticket(random: Random, topic: str, words: int = 30) -> str:
    """A text of about `words` words, a third of them on the topic."""
    return " ".join(random.choice(TOPICS[topic] if random.random() < 0.35 else _FILLERS) for _ in range(words)) + "."


def example(line: int, prompt: str, answer: str, system: str = SYSTEM, **fields: str) -> Example:
    """A chat row with one turn."""
    texts = tuple(text for text in (system, prompt, answer) if text)
    return Example(line, system, prompt, answer, texts, fields)


def dirty_rows(seed: int, count: int) -> Dirty:
    """`count` rows, each twentieth of which repeats an earlier one: exactly, nearly, or with another label."""
    random = Random(seed)
    rows: list[Example] = []
    clean: list[Example] = []
    planted: dict[str, dict[int, int]] = {"exact_duplicate": {}, "near_duplicate": {}, "conflicting_answers": {}}
    for line in range(1, count + 1):
        if len(clean) > 20 and random.random() < 0.15:
            original = random.choice(clean)
            kind = random.choice(sorted(planted))
            prompt, answer = original.prompt, original.answer
            if kind == "near_duplicate":
                words = prompt.split()
                words[random.randrange(len(words))] = random.choice(["urgently", "perhaps", "kindly"])
                prompt = " ".join(words)
            elif kind == "conflicting_answers":
                answer = random.choice([topic for topic in TOPICS if topic != answer])
                prompt = prompt.upper() if random.random() < 0.5 else prompt
            else:
                prompt = f" {prompt}\n" if random.random() < 0.5 else prompt
            rows.append(example(line, prompt, answer))
            planted[kind][line] = original.line
            continue
        topic = random.choice(sorted(TOPICS))
        rows.append(example(line, ticket(random, topic, random.randint(12, 50)), topic))
        clean.append(rows[-1])
    return Dirty(tuple(rows), planted)
