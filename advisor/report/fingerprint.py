"""SHA-256 of what a report was made from, so that anyone can tell whether it was made from the same."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from advisor import __version__
from advisor.case import Case, as_mapping
from advisor.files import content
from advisor.report.full_report import Versions


def versions_of(case: Case, rules: Path | None = None) -> Versions:
    """The versions of this program with its shipped prices, and the rules in the folder `rules` (else the shipped)."""
    said = json.dumps(as_mapping(case), sort_keys=True, ensure_ascii=True, default=str)
    return Versions(
        __version__, _folder(rules or content("rules")), _folder(content("pricing")), sha256(said.encode()).hexdigest()
    )


def _folder(folder: Path) -> str:
    """Of every YAML file in the folder, name and bytes, in the order of their names; examples left out."""
    found = sha256()
    for path in sorted(folder.glob("*.yaml")):
        found.update(f"{path.name}\n{path.stat().st_size}\n".encode() + path.read_bytes())
    return found.hexdigest()
