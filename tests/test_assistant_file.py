"""assistant.yaml is read strictly: every mistake by file:line."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.assistant.specification import Specification
from advisor.assistant.specification_file import read_specification
from advisor.errors import InputError

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples" / "assistants"


@pytest.mark.parametrize("name", ["hydrocore-support", "sales-email", "legal-review"])
def test_examples_are_read(name: str) -> None:
    """Each has what M-A1 names, and tests of both kinds."""
    spec = read_specification(EXAMPLES / name).specification
    assert spec.id == name and spec.purpose and spec.users and spec.capabilities
    assert spec.instructions.principles and spec.instructions.process and spec.instructions.constraints
    assert {test.kind for test in spec.tests} == {"known_good", "edge_case"}


@pytest.mark.parametrize(
    ("line", "problem", "number"),
    [
        ("purpos: x", "has no field purpos; did you mean purpose", 3),
        ("users: me", "`users`", 3),
        ("limits: {calls: 100}", "less than or equal to 20", 3),
        ("answers_from: memory", "'knowledge' or 'anything'", 3),
        ("model: {name: m, key_variable: sk-proj-abc}", "key_variable", 3),
        ("actions: [{name: a, document: d, hosts: [h], credentials: {k: s3cr3t}}]", "never the key", 3),
        ("actions: [{name: a, document: d, hosts: []}]", "at least 1 item", 3),
        ("classifier: {name: c}", "needs `data`", 3),
        ("tests:\n  - {name: t, ask: q}", "needs `expect`", 4),
    ],
)
def test_mistakes_by_line(tmp_path: Path, line: str, problem: str, number: int) -> None:
    """What is wrong, and where."""
    path = tmp_path / "assistant.yaml"
    path.write_text(f"id: a\nname: A\n{line}\n")
    with pytest.raises(InputError) as raised:
        read_specification(path)
    assert problem in str(raised.value) and f"assistant.yaml:{number}" in raised.value.where


def test_paths_stay_in_the_folder(tmp_path: Path) -> None:
    """An assistant names nothing outside its folder."""
    path = tmp_path / "assistant.yaml"
    path.write_text("id: a\nname: A\n")
    with pytest.raises(InputError, match="leads out"):
        read_specification(path).below("../secrets")


def test_schema_for_editors() -> None:
    """`advisor schema assistant` has every field."""
    assert {"instructions", "knowledge", "actions", "tests"} <= set(Specification.model_json_schema()["properties"])
