"""The files of a proof: what is written is read, whatever stands in it, and damage is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.errors import InputError
from advisor.evaluation.proof import ITEMS, PROOF, read_proof, write_proof
from tests.proof_files import hostile_proof, small_proof


@pytest.mark.parametrize("files", [small_proof(), hostile_proof()], ids=["small", "hostile"])
def test_what_is_written_is_read(files: object, tmp_path: Path) -> None:
    """Also with separators of lines that JSON does not escape."""
    write_proof(tmp_path, files)  # type: ignore[arg-type]
    assert read_proof(tmp_path) == files


def test_damage_is_named(tmp_path: Path) -> None:
    """A cut line, and a run that has not ended."""
    with pytest.raises(InputError, match="there is no result of a proof here"):
        read_proof(tmp_path)
    write_proof(tmp_path, small_proof())
    (tmp_path / ITEMS).write_text('{"id": "L1"')
    with pytest.raises(InputError, match=f"{ITEMS}: a line: invalid json"):
        read_proof(tmp_path)
    (tmp_path / PROOF).write_text("{}")
    with pytest.raises(InputError, match=f"{PROOF}: .*field required"):
        read_proof(tmp_path)
