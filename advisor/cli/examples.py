"""`advisor examples list`, `show` and `copy`."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.errors import InputError
from advisor.files import content, read_document, write_whole
from advisor.question import nearest


@click.group()
def examples() -> None:
    """List, show or copy worked cases to begin with."""


@examples.command("list")
def list_() -> None:
    """List the worked cases."""
    paths = _paths()
    width = max(map(len, paths))
    for name, path in paths.items():
        click.echo(f"{name.ljust(width)}  {read_document(path).value.get('title', '')}")


@examples.command()
@click.argument("name")
def show(name: str) -> None:
    """Print the worked case NAME."""
    click.echo(_path(name).read_text(encoding="utf-8"), nl=False)


@examples.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path), required=False)
@click.option("--force", is_flag=True, help="Overwrite TARGET if it exists.")
def copy(name: str, target: Path | None, force: bool) -> None:
    """Copy the worked case NAME to TARGET (NAME.yaml here)."""
    path = _path(name)
    target = target or Path(path.name)
    if target.is_dir():
        target = target / path.name
    if target.exists() and not force:
        raise InputError("the file exists", where=str(target), what_to_do="name another TARGET, or add --force")
    write_whole(target, path.read_text(encoding="utf-8"))
    click.echo(f"{target}: change the answers, then run `advisor recommend {target}`")


def _paths() -> dict[str, Path]:
    found = sorted(content("examples").glob("*.yaml"))
    return {path.stem: path for path in found if not path.stem.endswith(".expected")}


def _path(name: str) -> Path:
    paths = _paths()
    if name not in paths:
        raise InputError(
            f"there is no worked case {name}{nearest(name, paths)}",
            where="advisor examples",
            what_to_do="`advisor examples list` names them all",
        )
    return paths[name]
