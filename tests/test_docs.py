"""The documentation is true: generated pages are up to date, examples run, links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from advisor.__main__ import COMMANDS, help_text
from advisor.cli import advisor
from advisor.cli.cost import PARTS
from advisor.cli.ledger import PARTS as LEDGER_PARTS
from advisor.cli.prove import PARTS as PROVE_PARTS
from advisor.cli.rescue import PARTS as RESCUE_PARTS
from tests.write_reference import FOLDER, commands, pages

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("name", ["commands.md", "case.md", "rules.md", "sources.md"])
def test_reference_is_what_the_code_says(name: str) -> None:
    """The generated page equals what is generated now; `make docs` writes it anew."""
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name]


def test_every_command_explains_itself() -> None:
    """Every command has help of more than a line's fragment, and so has every option."""
    for path, command in commands(advisor, ("advisor",)):
        last = (command.help or "").rstrip().rpartition("\n")[2].strip()
        assert last.endswith(".") or last.startswith(("advisor ", "# ")), path  # a sentence, or an example
        for parameter in command.params:
            if getattr(parameter, "param_type_name", "") == "option" and parameter.name != "form":
                assert getattr(parameter, "help", None), f"{' '.join(path)} {parameter.name}"


def test_help_lists_the_commands_that_exist() -> None:
    """The quick help names every command, with the first sentence of its own help."""
    result = CliRunner().invoke(advisor, ["--help"])
    assert result.exit_code == 0
    assert result.output == help_text()
    assert list(COMMANDS) == advisor.list_commands(None)  # type: ignore[arg-type]
    for name in COMMANDS:
        assert CliRunner().invoke(advisor, [name, "--help"]).exit_code == 0


def test_readme_begins_with_two_lines() -> None:
    """The first sh block has exactly two lines: run the main job, pass the tests."""
    block = re.search(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block
    first, second = block[1].strip().splitlines()
    assert "advisor recommend" in first
    assert "pytest" in second


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link is a file that exists."""
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_python_examples_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every Python block of the documentation runs as it stands."""
    monkeypatch.chdir(ROOT)
    for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        exec(compile(block, str(page), "exec"), {})


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_commands_in_the_text_exist(page: Path) -> None:
    """Every `advisor ...` line of the documentation names a command and options that exist."""
    known = {path[1:]: command for path, command in commands(advisor, ("advisor",))}
    for line in re.findall(r"^(?:    |\$ )advisor (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        words = shlex.split(line.partition("|")[0].partition("#")[0].partition(">")[0])
        left_out = {  # which may be left out
            "cost": (PARTS, "estimate"),
            "ledger": (LEDGER_PARTS, "show"),
            "prove": (PROVE_PARTS, "run"),
            "rescue": (RESCUE_PARTS, "plan"),
        }
        parts, usual = left_out.get(words[0], ((), ""))
        if parts and (len(words) < 2 or words[1] not in parts):
            words.insert(1, usual)
        command = known.get(tuple(words[:2])) or known.get(tuple(words[:1]))
        assert command is not None, f"{page.name}: advisor {line}"
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)} | {
            "--help"
        }
        assert {word for word in words if word.startswith("--")} <= options, f"{page.name}: advisor {line}"
