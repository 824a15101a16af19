"""The wheel carries what the checkout has, and works where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow
SHIPPED = {
    "rules": ROOT / "rules",
    "pricing": ROOT / "pricing",
    "web": ROOT / "web",
    "examples": ROOT / "docs/examples",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from this checkout with the build backend that is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_wheel_contents_equal_the_checkout(wheel: Path) -> None:
    """Every rule, price, web and example file is in the wheel byte for byte, and nothing else is."""
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name: archive.read(name) for name in archive.namelist() if name.startswith("advisor/shipped/")}
    expected = {
        f"advisor/shipped/{name}/{path.relative_to(folder).as_posix()}": path.read_bytes()
        for name, folder in SHIPPED.items()
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert shipped == expected


def test_wheel_holds_every_module(wheel: Path) -> None:
    """Every Python file of the package is in the wheel, and no test is."""
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if name.endswith(".py")}
    assert names == {path.relative_to(ROOT).as_posix() for path in (ROOT / "advisor").rglob("*.py")}


def test_wheel_works_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """Unpacked elsewhere, the package finds its rules and decides a shipped case."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    case = tmp_path / "site/advisor/shipped/examples/pizzeria.yaml"
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); from advisor.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "recommend", str(case), "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert '"schema": "advisor/recommendation/v1"' in done.stdout
