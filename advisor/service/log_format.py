"""Lines of the service's log, as JSON or as text, without personal data.

What an error says may quote a body, a query or a row of a table, so an error is told by its kind and by the places in
the code that it went through. What other packages say is anonymised.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, Literal, TextIO

from flask import g, has_request_context

Format = Literal["text", "json"]
FORMATS: Final = ("text", "json")
OURS: Final = "advisor"
FIELDS: Final = "fields"  # of a record: values of their own in the line
_FRAMES: Final = 30


def set_up_logs(kind: Format, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Write the process's log as `kind` to `stream`, standard error by default; `level` is that of our own messages."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormat(kind))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level)
    # A short queue of requests is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


class LineFormat(logging.Formatter):
    """One line for each record."""

    def __init__(self, kind: Format) -> None:
        super().__init__()
        self._kind = kind

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of the kind."""
        fields = _fields(record)
        if self._kind == "json":
            return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        time, level, logger, said = (fields.pop(name) for name in ("time", "level", "logger", "message"))
        rest = "".join(f" {name}={_shown(value)}" for name, value in fields.items())
        return f"{time} {level} {logger}: {said}{rest}"


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    found: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
    }
    found |= getattr(record, FIELDS, {})
    if "request_id" not in found and has_request_context() and "request_id" in g:
        found["request_id"] = g.request_id
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        found["error"] = type(error).__name__
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        found["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return found


def _message(record: logging.LogRecord) -> str:
    said = record.getMessage()
    if record.name != OURS and not record.name.startswith(f"{OURS}."):
        from advisor.dataset.anonymise import anonymise

        said = anonymise([said]).texts[0]
    return " ".join(said.split())


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, list) else str(value)
