"""A real browser clicks from the start to the result; axe-core finds no barrier on any page (extra packages)."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.live_service import Live


@pytest.mark.slow
def test_a_browser_from_start_to_result_without_barriers(live: Live) -> None:
    """Needs PySide6 and axe-core: `pip install PySide6 && pip install --no-deps axe-playwright-python`."""
    spec = find_spec("axe_playwright_python")
    if find_spec("PySide6") is None or spec is None or spec.origin is None:
        pytest.skip("PySide6 and axe-playwright-python are not installed")
    axe = next(Path(spec.origin).parent.rglob("axe.min.js"))
    command = [sys.executable, "-m", "tests.page_browser", live.url, str(axe)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=540, cwd=Path(__file__).parents[1])
    assert ran.returncode == 0, ran.stderr[-2000:]
    seen = json.loads(ran.stdout.splitlines()[-1])
    assert len(seen["headings"]) > 2
    assert seen["violations"] == []
    assert seen["wide"] == []
