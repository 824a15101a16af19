"""`advisor examples list`, `show` and `copy`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import click

from advisor.errors import InputError
from advisor.files import content, read_document, write_whole
from advisor.question import nearest

_ASSISTANTS: Final = "assistants"
_FILE: Final = "assistant.yaml"


@click.group()
def examples() -> None:
    """List, show or copy worked cases and assistants to begin with.

    \b
    Examples:
      advisor examples copy pizzeria my-case.yaml
      advisor examples copy assistants/hydrocore-support my-assistant
    """


@examples.command("list")
def list_() -> None:
    """List the worked cases, and the assistants."""
    titles = {name: str(read_document(path).value.get("title", "")) for name, path in _paths().items()}
    titles |= {name: str(read_document(path / _FILE).value["purpose"]) for name, path in _assistants().items()}
    width = max(map(len, titles))
    for name, title in titles.items():
        click.echo(f"{name.ljust(width)}  {title}")


@examples.command()
@click.argument("name")
def show(name: str) -> None:
    """Print the worked case NAME, or the file of an assistant."""
    click.echo(_path(name).read_text(encoding="utf-8"), nl=False)


@examples.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Overwrite TARGET if it exists.")
def copy(name: str, target: Path | None, force: bool) -> None:
    """Copy the worked case NAME to TARGET (NAME.yaml here), or the folder of an assistant."""
    if name in _assistants():
        _copy_assistant(name, target or Path(name).name)
        return
    path = _path(name)
    target = target or Path(path.name)
    if target.is_dir():
        target = target / path.name
    if target.exists() and not force:
        raise InputError("the file exists", where=str(target), what_to_do="name another TARGET, or add --force")
    write_whole(target, path.read_text(encoding="utf-8"))
    click.echo(f"{target}: change the answers, then run `advisor recommend {target}`")


def _copy_assistant(name: str, target: str | Path) -> None:
    folder = Path(target)
    if folder.exists():
        raise InputError("the folder exists", where=str(folder), what_to_do="name a TARGET that is not there yet")
    shutil.copytree(_assistants()[name], folder)
    click.echo(f"{folder}: change {_FILE}, then run `advisor assistant check {folder}`")


def _assistants() -> dict[str, Path]:
    found = sorted((content("examples") / _ASSISTANTS).glob(f"*/{_FILE}"))
    return {f"{_ASSISTANTS}/{path.parent.name}": path.parent for path in found}


def _paths() -> dict[str, Path]:
    found = sorted(content("examples").glob("*.yaml"))
    return {path.stem: path for path in found if not path.stem.endswith(".expected")}


def _path(name: str) -> Path:
    paths = _paths() | {one: path / _FILE for one, path in _assistants().items()}
    if name not in paths:
        raise InputError(
            f"there is no worked case {name}{nearest(name, paths)}",
            where="advisor examples",
            what_to_do="`advisor examples list` names them all",
        )
    return paths[name]
