"""The sheet on which experts judge a sample: one self-contained page that works from a disk."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path

from advisor.dataset.review import COLUMNS, JUDGEMENTS, ReviewItem


def review_sheet(items: Sequence[ReviewItem], file: str, rows: int, templates: Path) -> str:
    """The page in HTML; every text of the data is escaped. `rows` is how many the file has in all."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    key = blake2b("".join(item.id for item in items).encode(), digest_size=8).hexdigest()
    page = environment.get_template("review_sheet.html")
    shown = {"items": items, "file": file, "rows": rows, "judgements": JUDGEMENTS, "columns": COLUMNS}
    return str(page.render(**shown, key=f"advisor-review-{key}"))
