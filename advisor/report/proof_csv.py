"""Every answer of a proof as a row of a CSV table, by the columns of the published contract."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from advisor.evaluation.proof import ProofFiles

COLUMNS: Final = ("item", "arm", "expected", "answer", "correct", "score", "latency_ms", "usd", "chunks")


def proof_csv(files: ProofFiles) -> str:
    """The table by RFC 4180, a row for each item and arm that was asked.

    It is data for programs: texts stand letter for letter, also where a spreadsheet would take one for a formula.
    `correct` is 0 or 1, `usd` is empty where no price is known, `chunks` are ids joined by `;`.
    """
    stream = io.StringIO()
    # Lines end as the RFC says; the csv module then also quotes a lone carriage return.
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(files))
    return stream.getvalue()


def _rows(files: ProofFiles) -> Iterator[tuple[object, ...]]:
    for item in files.items:
        for arm, answer in item.answers.items():
            yield (
                item.id,
                arm,
                item.expected,
                answer.text,
                int(answer.correct),
                answer.score,
                answer.latency_ms,
                "" if answer.usd is None else f"{answer.usd:f}",
                ";".join(answer.chunks),
            )
