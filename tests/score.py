"""How often the advisor agrees with decisions that were really made and reported: `make score`.

The cases are in tests/real_cases/, written from the reported facts alone; what was chosen is in reported.yaml. A case
whose missing answers leave several approaches possible is scored by its provisional approach, and by whether the
reported one is still possible.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from advisor.files import load_case, load_life_cycle, load_rulebook, read_document
from advisor.recommendation import recommend

FOLDER = Path(__file__).parent / "real_cases"


@dataclass(frozen=True)
class Scored:
    """One real case: what was reported, what the advisor says."""

    id: str
    accepted: tuple[str, ...]
    approach: str
    possible: tuple[str, ...]
    status: str
    verified: bool

    @property
    def agrees(self) -> bool:
        """Whether the recommended approach is the reported one."""
        return self.approach in self.accepted

    @property
    def still_possible(self) -> bool:
        """Whether the reported approach is among those still possible."""
        return bool(set(self.possible) & set(self.accepted))


def score() -> list[Scored]:
    """Every real case, scored."""
    book, life_cycle = load_rulebook(), load_life_cycle()
    reported = read_document(FOLDER / "reported.yaml").value
    found: list[Scored] = []
    for name, row in reported.items():
        case = load_case(FOLDER / f"{name}.yaml", book.questions)
        assert case.as_of is not None
        result = recommend(case, book, life_cycle, case.as_of)
        found.append(
            Scored(
                name,
                tuple(row["accept"]),
                result.recommendation.approach,
                result.possible,
                result.status,
                bool(row["verified"]),
            )
        )
    return found


def main() -> int:
    """Print the table and the agreement."""
    rows = score()
    print(f"{'case':22} {'reported':34} {'advised':20} {'status':8} reported is")
    for row in sorted(rows, key=lambda row: (row.agrees, row.id)):
        verdict = "advised" if row.agrees else "possible" if row.still_possible else "excluded"
        print(f"{row.id:22} {' / '.join(row.accepted):34} {row.approach:20} {row.status:8} {verdict}")
    for label, chosen in (("all", rows), ("read in the source", [row for row in rows if row.verified])):
        agreeing, possible = sum(row.agrees for row in chosen), sum(row.still_possible for row in chosen)
        print(f"{label}: {agreeing} of {len(chosen)} advised as reported, {possible} still possible")
    return 0


if __name__ == "__main__":
    sys.exit(main())
