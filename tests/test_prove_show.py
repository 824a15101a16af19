"""`advisor prove show` and `advisor prove list`: every format on the screen and in a file, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from advisor.cli.prove_show import list_proofs, show
from advisor.errors import InputError
from advisor.evaluation.proof import PROOF, write_proof
from advisor.evaluation.proof_list import proof_folder, proofs_in
from tests.proof_files import small_proof


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with the small proof under the name iot."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))
    folder = tmp_path / "proofs" / "iot"
    folder.mkdir(parents=True)
    write_proof(folder, small_proof())
    return tmp_path


def shown(*arguments: str) -> Result:
    """What the command prints."""
    return CliRunner().invoke(show, arguments, catch_exceptions=False)


def test_by_name_and_by_folder(data: Path) -> None:
    """The same text."""
    text = shown("iot").output
    assert text.startswith("NOT SHOWN YET\n") and text == shown(str(data / "proofs/iot")).output


def test_json_is_the_file_as_it_is(data: Path) -> None:
    """Letter for letter, by the published names."""
    text = shown("iot", "--format", "json").output
    assert text == (data / "proofs/iot" / PROOF).read_text()
    assert json.loads(text)["schema"] == "advisor/proof/v1"


@pytest.mark.parametrize(
    ("form", "begins"),
    [("html", "<!doctype html>"), ("csv", "item,arm,"), ("md", "# Not shown yet"), ("promptfoo", "# yaml-language")],
)
def test_on_the_screen_and_in_a_file(data: Path, form: str, begins: str) -> None:
    """The same bytes, exit code 0."""
    out = data / "out"
    result = shown("iot", "--format", form)
    written = shown("iot", "--format", form, "--out", str(out))
    assert result.exit_code == written.exit_code == 0 and written.output == f"{out}: written\n"
    assert result.stdout_bytes == out.read_bytes() and out.read_text().startswith(begins)


def test_csv_of_the_command_is_the_table(data: Path) -> None:
    """Nothing before or after it."""
    found = list(csv.reader(io.StringIO(shown("iot", "--format", "csv").stdout_bytes.decode(), newline="")))
    assert len(found) == 13 and {len(row) for row in found} == {9}


def test_junit_fails_unless_training_is_worth_it(data: Path) -> None:
    """Exit code 1 for not shown yet and not worth it, 0 for worth it; the report is there all the same."""
    small = small_proof()
    for answer, code in (("not_shown_yet", 1), ("not_worth_it", 1), ("worth_it", 0)):
        verdict = small.proof.verdict.model_copy(update={"answer": answer})
        proof = small.proof.model_copy(update={"verdict": verdict})
        write_proof(data / "proofs/iot", small.model_copy(update={"proof": proof}))
        result = shown("iot", "--format", "junit")
        assert result.exit_code == code
        assert ElementTree.fromstring(result.output).tag == "testsuites"


def test_what_is_refused(data: Path) -> None:
    """Unknown names, names that lead elsewhere, a run without a result, and writing over the proof itself."""
    (data / "proofs/begun").mkdir()
    secret = data / "secret"
    secret.mkdir()
    for run, says in (("other", "there is no proof other"), ("../secret", "no proof"), ("begun", "no result")):
        with pytest.raises(InputError, match=says):
            shown(run)
    with pytest.raises(InputError, match="part of the proof"):
        shown("iot", "--out", str(data / "proofs/iot" / PROOF))
    with pytest.raises(InputError, match="prove list"):
        proof_folder("iot", data / "nowhere")


def test_list_is_newest_first(data: Path) -> None:
    """With verdicts, unfinished and damaged runs; a steering title is harmless."""
    proofs = data / "proofs"
    for name, text in (("begun", None), ("broken", "{")):
        (proofs / name).mkdir()
        if text is not None:
            (proofs / name / PROOF).write_text(text)
    small = small_proof()
    titled = small.proof.model_copy(update={"title": "\x1b[2J gone", "is_partial": True})
    (proofs / "later").mkdir()
    write_proof(proofs / "later", small.model_copy(update={"proof": titled}))
    for age, path in enumerate(
        (proofs / "later" / PROOF, proofs / "iot" / PROOF, proofs / "begun", proofs / "broken" / PROOF)
    ):
        os.utime(path, (1_800_000_000 - age, 1_800_000_000 - age))
    assert [(one.name, one.state) for one in proofs_in(data)] == [
        ("later", "not_shown_yet"),
        ("iot", "not_shown_yet"),
        ("begun", "unfinished"),
        ("broken", "damaged"),
    ]
    lines = CliRunner().invoke(list_proofs, catch_exceptions=False).output.splitlines()
    assert lines[0].endswith("not shown yet (partial), best linear  \ufffd[2J gone")
    rows = json.loads(CliRunner().invoke(list_proofs, ["--format", "json"], catch_exceptions=False).output)
    assert rows[1]["name"] == "iot" and rows[1]["best_arm"] == "linear"


def test_an_empty_list_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no proof was made yet."""
    monkeypatch.setenv("ADVISOR_DATA", str(tmp_path))
    assert "there are no proofs" in CliRunner().invoke(list_proofs, catch_exceptions=False).output
