"""Rows of OpenAI's chat format, and the bytes of their files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def chat(prompt: str, answer: str, system: str = "") -> dict[str, Any]:
    """A row of OpenAI's chat format."""
    messages = [{"role": "system", "content": system}] if system else []
    return {"messages": [*messages, {"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]}


def jsonl(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Rows as the bytes of a file."""
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
