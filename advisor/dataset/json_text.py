"""JSON as it is written: one line, characters as they are."""

import json
from typing import Any


def as_json(value: Any) -> str:
    """`value` on one line; half surrogates, which no file can hold, are escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return text if _encodable(text) else json.dumps(value)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
