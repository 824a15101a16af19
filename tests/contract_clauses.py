"""`python -m tests.contract_clauses`: writes the clauses of the legal example, labelled by risk for the customer.

Made by hand for this: ten kinds of clause, each in a low, a medium and a high risk for whoever buys, each in five
wordings. Three wordings are trained on, with names and figures changed four times; the other two, one row each, are the
test. No wording stands on both sides, so that a model must know what makes a clause risky and not how one was written.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Final

import yaml

FOLDER: Final = Path(__file__).parents[1] / "docs" / "examples" / "assistants" / "legal-review"
WORDINGS: Final = Path(__file__).with_suffix(".yaml")
INSTRUCTION: Final = "Rate the clause's risk for the customer: low, medium or high."
TRAINED_ON: Final = 3  # wordings of each kind and level
FILLED: Final = 4  # rows of each wording that is trained on
_NAMES: Final = (("Supplier", "Customer"), ("Vendor", "Client"), ("Provider", "Subscriber"), ("Contractor", "Company"))
_PLACES: Final = ("England and Wales", "Ireland", "the Netherlands", "Germany", "Denmark", "Austria")
_FAR: Final = ("Singapore", "the Cayman Islands", "Delaware", "Hong Kong", "the Seychelles", "Nevada")
_WORDS: Final = {2: "two", 3: "three", 6: "six", 12: "twelve", 18: "eighteen", 24: "twenty-four"}


def rows() -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The rows to train on and the rows of the test, each in an order that tells nothing."""
    draw = random.Random(7)
    train: list[dict[str, object]] = []
    test: list[dict[str, object]] = []
    clauses = yaml.safe_load(WORDINGS.read_text(encoding="utf-8"))
    for kind, levels in clauses.items():
        for label, wordings in levels.items():
            for place, wording in enumerate(wordings):
                trained_on = place < TRAINED_ON
                texts = dict.fromkeys(_filled(wording, draw) for _ in range(FILLED if trained_on else 1))
                (train if trained_on else test).extend(_row(text, label, kind) for text in texts)
    draw.shuffle(train)
    draw.shuffle(test)
    return train, test


def _filled(wording: str, draw: random.Random) -> str:
    supplier, customer = draw.choice(_NAMES)
    days = {"d5": 5, "d30": draw.choice((28, 30)), "d60": draw.choice((45, 60)), "d90": draw.choice((90, 100))}
    months = {"m3": draw.choice((2, 3)), "m12": 12, "m24": draw.choice((18, 24))}
    return wording.format(
        S=supplier,
        C=customer,
        place=draw.choice(_PLACES),
        far=draw.choice(_FAR),
        **days,
        d180=draw.choice((150, 180)),
        **{name: _WORDS[number] for name, number in months.items()},
        y3=draw.choice(("three", "four")),
        y5=draw.choice(("five", "seven")),
        hi=draw.choice(("100 percent", "125 percent", "150 percent")),
        lo=draw.choice(("25 percent", "30 percent")),
        tiny=draw.choice(("50", "100")),
        small=draw.choice(("3", "4", "5")),
        mid=draw.choice(("8", "10", "12")),
        h24=draw.choice(("24", "48")),
        high9=draw.choice(("99.9", "99.95")),
        low9=draw.choice(("98", "99")),
        n1="one",
        n3="three",
        n8=draw.choice(("8", "16")),
    )


def _row(text: str, label: str, kind: str) -> dict[str, object]:
    messages = [
        {"role": "system", "content": INSTRUCTION},
        {"role": "user", "content": text},
        {"role": "assistant", "content": label},
    ]
    return {"messages": messages, "metadata": {"kind": kind}}


def main() -> None:
    """Write both files."""
    for name, part in zip(("train", "test"), rows(), strict=True):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
        (FOLDER / f"clauses-{name}.jsonl").write_text(lines, encoding="utf-8")


if __name__ == "__main__":
    main()
