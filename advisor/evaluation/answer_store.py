"""Answers of language models, kept by all that decides them: a run that is begun again asks for nothing twice."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from advisor.dataset.conversation import Message
from advisor.errors import InputError
from advisor.evaluation.item import Reply


class AnswerStore:
    """A table of answers in one file; safe for several threads, and for several processes at once."""

    def __init__(self, path: Path) -> None:
        """Opens or makes the file. Raises InputError."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=NORMAL")
            self._connection.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"answers cannot be kept: {error}", where=str(path), what_to_do="make room, or name another data folder"
            ) from None
        self._lock = threading.Lock()

    def find(self, key: str) -> Reply | None:
        """The answer that is known, with the time and dollars that it took when it was made."""
        with self._lock:
            row = self._connection.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        value = json.loads(row[0])
        usd = None if value["usd"] is None else Decimal(value["usd"])
        return Reply("", value["text"], value["latency_ms"], value["input_tokens"], value["output_tokens"], usd)

    def keep(self, key: str, reply: Reply) -> None:
        """Keep an answer; failures are not kept, so that they are tried again."""
        value = {
            "text": reply.text,
            "latency_ms": reply.latency_ms,
            "input_tokens": reply.input_tokens,
            "output_tokens": reply.output_tokens,
            "usd": None if reply.usd is None else str(reply.usd),
        }
        with self._lock:
            self._connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(value)))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()


def answer_key(identity: str, messages: Sequence[Message], most_tokens: int) -> str:
    """A digest of a model and all that it is asked."""
    value = json.dumps([identity, list(messages), most_tokens], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(value.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
