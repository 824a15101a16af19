"""Watching a deployment: a review of a million records, and drift between 100,000 texts."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from sqlalchemy import insert

from advisor.operation.drift_check import check_files
from advisor.operation.review import make_review
from advisor.operation.rule_files import load_kpi_rules
from advisor.store.database import Store, open_store
from advisor.store.deployments import Deployment
from advisor.store.operation_tables import GATEWAY_RECORDS
from tests.benchmarks.reuters import newsgroups
from tests.operation_records import DAY_MS, deployment, record

RECORDS = 1_000_000
TEXTS = 50_000
UNTIL = date(2026, 9, 30)


def main() -> None:
    """Measure on SQLite, and on the PostgreSQL that is named as the only argument."""
    texts()
    with tempfile.TemporaryDirectory() as folder:
        packs("SQLite", open_store(Path(folder)))
        if len(sys.argv) > 1:
            packs("PostgreSQL", open_store(Path(folder), sys.argv[1]))


def packs(name: str, store: Store) -> None:
    """Seconds for each pack, with a million records in the quarter."""
    bot = deployment(store, f"bench-{time.time_ns()}")
    fill(store, bot)
    for pack in load_kpi_rules().packs.values():
        begin = time.perf_counter()
        make_review(store, bot, pack, UNTIL)
        took = time.perf_counter() - begin
        print(f"{pack.id:9} review of {RECORDS:,} records, {name:10} {took:6.1f} s (goal 10)", flush=True)
    store.close()


def fill(store: Store, bot: Deployment) -> None:
    """A million records, spread over the quarter."""
    rng = random.Random(1)
    first = (UNTIL - timedelta(days=91) - date(1970, 1, 1)).days * DAY_MS
    step = 91 * DAY_MS / RECORDS

    def made(number: int) -> dict[str, object]:
        failed = rng.random() < 0.003
        return record(
            bot,
            first + int(number * step),
            user_digest=f"user-{rng.randrange(5_000)}",
            latency_ms=rng.lognormvariate(6, 0.6),
            prompt_tokens=rng.randrange(50, 900),
            completion_tokens=rng.randrange(5, 300),
            usd_nano=rng.randrange(10_000, 900_000),
            status="error" if failed else "ok",
            error="timeout" if failed else None,
            label=rng.choice("abcd"),
        )._asdict()

    rows = map(made, range(RECORDS))
    with store.engine.begin() as connection:
        while some := list(islice(rows, 20_000)):
            connection.execute(insert(GATEWAY_RECORDS), some)


def texts() -> None:
    """Seconds for the drift check of two files of 50,000 posts each."""
    posts = [" ".join(text.split()) for text in newsgroups("train").texts]
    rng = random.Random(2)
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("baseline.txt", "recent.txt")]
        for path in files:
            path.write_text("\n".join(rng.choice(posts) for _ in range(TEXTS)))
        begin = time.perf_counter()
        check_files(*files)
        took = time.perf_counter() - begin
    print(f"drift check of {2 * TEXTS:,} texts {took:28.1f} s (goal 20)", flush=True)


if __name__ == "__main__":
    main()
