"""Parsed rule and price files kept between runs, since reading YAML takes longer than the whole decision.

What is kept is plain JSON (never code) in the user's own cache folder, together with the texts that it was made from:
where one byte of a rule file or the version differs, it is made anew. A cache that cannot be read or written, or that
belongs to somebody else, is left alone, and the files are read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from zlib import crc32

from advisor import __version__
from advisor.errors import InputError
from advisor.strict_yaml import Document, decode, read


def read_documents(
    paths: Mapping[str, Path], contents: Mapping[str, bytes], *, anew: bool = False
) -> dict[str, Document]:
    """The documents in `contents` by name, from the cache where the same bytes were read before.

    `paths` names the files in messages and in `where`; `anew` leaves the cache alone. What is kept has the lines of
    whole rules only, so a mistake is looked for in documents read anew. Raises InputError with file:line.
    """
    kept = None if anew else _place(paths)
    texts = {name: decode(contents[name], str(path)) for name, path in paths.items()}
    found = _load(kept, paths, texts) if kept else None
    if found is None:
        found = {name: read(texts[name], str(path)) for name, path in paths.items()}
        if kept:
            _store(kept, found, texts)
    return found


def cache_folder() -> Path | None:
    """The folder for kept files: `ADVISOR_CACHE`, else in the user's cache folder; None where caching is off."""
    named = os.environ.get("ADVISOR_CACHE")
    if named is not None:
        return Path(named) if named else None
    base = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return base / "advisor" if base.is_absolute() else None


def _place(paths: Mapping[str, Path]) -> Path | None:
    folder = cache_folder()
    named = crc32("\0".join(map(str, paths.values())).encode())
    return folder / f"documents-{named:08x}.json" if folder else None


def _load(kept: Path, paths: Mapping[str, Path], texts: Mapping[str, str]) -> dict[str, Document] | None:
    try:
        with kept.open("rb") as stream:
            if hasattr(os, "getuid") and os.fstat(stream.fileno()).st_uid != os.getuid():
                return None
            kept_content = json.loads(stream.read(), parse_float=Decimal)
        if kept_content["version"] != __version__ or kept_content["texts"] != texts:
            return None
        content = kept_content["documents"]
        return {
            name: Document(
                str(path), content[name]["value"], {tuple(place): line for place, line in content[name]["lines"]}
            )
            for name, path in paths.items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _store(kept: Path, documents: Mapping[str, Document], texts: Mapping[str, str]) -> None:
    from advisor.files import write_whole

    try:
        content = {name: _kept(document) for name, document in documents.items()}
        text = json.dumps({"version": __version__, "texts": texts, "documents": content}, default=_number)
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(kept, text)
        for old in sorted(kept.parent.glob("documents-*.json"), key=lambda path: path.stat().st_mtime)[:-8]:
            old.unlink(missing_ok=True)
    except (OSError, ValueError, InputError):
        return


def _kept(document: Document) -> dict[str, Any]:
    """Value and the lines of mappings in lists and under names, which are what rules and notes are."""
    lines = [(place, line) for place, line in document.lines.items() if len(place) <= 2 or isinstance(place[-1], int)]
    return {"value": document.value, "lines": lines}


def _number(value: Any) -> float:
    """A Decimal as a float that reads back as the same Decimal."""
    if isinstance(value, Decimal) and Decimal(repr(float(value))) == value:
        return float(value)
    raise ValueError(f"{value!r} cannot be kept exactly")
