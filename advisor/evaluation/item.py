"""One question of a test set, and what an arm answered to it: what every part of a proof passes on."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from advisor.dataset.conversation import Message


class Item(NamedTuple):
    """One question with its golden answer.

    `id` is `L` and the line in the test file, `messages` end before the answer, and `source` is the row's
    `metadata.source`: the document, perhaps with a `#heading`, that holds the answer.
    """

    id: str
    messages: Sequence[Message]
    expected: str
    source: str | None = None


class Reply(NamedTuple):
    """What an arm answered to one item.

    Where it failed, `error` says why and `text` is empty. `usd` is None where nothing says what it costs, and 0 on
    one's own machine. `chunks` are the ids of the documents' chunks that were shown to the model, best first.
    """

    item: str
    text: str
    latency_ms: float
    input_tokens: int = 0
    output_tokens: int = 0
    usd: Decimal | None = Decimal(0)
    chunks: tuple[str, ...] = ()
    error: str | None = None
