"""Files that come with a form, and what they leave on the disk."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from flask import request


def discard_uploads() -> None:
    """Remove what the uploads of this request left on the disk."""
    for upload in chain.from_iterable(request.files.listvalues()):
        upload.close()
        name = getattr(upload.stream, "name", None)
        if isinstance(name, str):
            Path(name).unlink(missing_ok=True)
