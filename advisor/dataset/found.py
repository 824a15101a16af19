"""What one look over a whole file found, before anything judges how bad it is."""

from collections.abc import Iterable
from typing import NamedTuple

from advisor.dataset.example import Place


class Found(NamedTuple):
    """All places of one finding; `id` is one of the ids of the data report."""

    id: str
    places: tuple[Place, ...]


def merged(findings: Iterable[Found]) -> tuple[Found, ...]:
    """Findings with the same id as one, its places in the order of the file; ids in the order of their first."""
    places: dict[str, list[Place]] = {}
    for finding in findings:
        places.setdefault(finding.id, []).extend(finding.places)
    return tuple(Found(name, tuple(sorted(own, key=lambda place: place.line))) for name, own in places.items())
