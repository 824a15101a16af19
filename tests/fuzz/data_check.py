"""Bytes of any kind into the data check, guided by coverage: `make fuzz`. Only errors for people may come out."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["advisor"]):
    from advisor.data_check import DataRules, check_file
    from advisor.data_rules import load_data_rules
    from advisor.errors import InputError

BOOK = load_data_rules()
RULES = DataRules(BOOK.findings, BOOK.enough, BOOK.hosts.of["openai"], host_given=False, phrases=BOOK.phrases)
FILE = Path(tempfile.mkdtemp()) / "rows"
SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".gz")


def check(data: bytes) -> None:
    """One file with these bytes, its name chosen by the first of them."""
    path = FILE.with_suffix(SUFFIXES[data[0] % len(SUFFIXES)] if data else ".jsonl")
    path.write_bytes(data[1:])
    try:
        check_file(path, RULES, deep=False)
    except InputError:
        return
    finally:
        path.unlink()


if __name__ == "__main__":
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()
