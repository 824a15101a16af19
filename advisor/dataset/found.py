"""What one look over a whole file found, before anything judges how bad it is."""

from typing import NamedTuple

from advisor.dataset.example import Place


class Found(NamedTuple):
    """All places of one finding; `id` is one of the ids of the data report."""

    id: str
    places: tuple[Place, ...]
