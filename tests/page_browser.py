"""A real browser, in a process of its own: goes through the form by clicks and looks for barriers with axe-core.

`python -m tests.page_browser URL AXE` prints JSON: the headings that it came by, what axe found at two widths, and
pages that are wider than their window.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, Final

WIDTHS: Final = (1280, 390)
_WAIT_MS: Final = 20_000
_AXE: Final = (
    "window.found = null; axe.run().then(r => {window.found = JSON.stringify("
    "r.violations.map(v => [v.id, v.nodes[0].html.slice(0, 200)]))}); 1"
)


class Browser:
    """One window of QtWebEngine, with or without scripts of the pages."""

    def __init__(self) -> None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.environ["QTWEBENGINE_CHROMIUM_FLAGS"] = "--no-sandbox --disable-gpu"
        from PySide6.QtCore import QEventLoop, QTimer, QUrl
        from PySide6.QtWebEngineWidgets import QWebEngineView
        from PySide6.QtWidgets import QApplication

        self._loop, self._timer, self._url = QEventLoop, QTimer, QUrl
        self.app = QApplication([])
        self.view = QWebEngineView()
        self.view.show()

    def open(self, url: str) -> None:
        """Load a page."""
        self.ask("window.old = 1")
        self.view.load(self._url(url))
        self._until("!window.old && document.readyState == 'complete' && document.querySelector('h1') !== null")

    def click(self, selector: str) -> None:
        """Click on what leads to another page."""
        self.ask(f"window.old = 1; document.querySelector({selector!r}).click()")
        self._until("!window.old && document.readyState == 'complete' && document.querySelector('h1') !== null")

    def ask(self, code: str) -> Any:
        """The value of a script, run apart from those of the page."""
        loop = self._loop()
        found: list[Any] = []

        def came(value: Any) -> None:
            found.append(value)
            loop.quit()

        self.view.page().runJavaScript(code, 1, came)
        self._timer.singleShot(_WAIT_MS, loop.quit)
        loop.exec()
        return found[0] if found else None

    def violations(self, axe: str) -> list[Any]:
        """What axe-core finds on the page."""
        self.ask(f"{axe};1")
        self.ask(_AXE)
        if self._until("window.found !== null"):
            return list(json.loads(self.ask("window.found")))
        return [["axe did not end", self.ask("location.href")]]

    def _until(self, condition: str) -> bool:
        """Wait until a script says true; false where it never does."""
        for _ in range(_WAIT_MS // 50):
            if self.ask(condition):
                return True
            self._pause(50)
        return False

    def _pause(self, milliseconds: int) -> None:
        loop = self._loop()
        self._timer.singleShot(milliseconds, loop.quit)
        loop.exec()


def main() -> None:
    """Go from the start to the result, then look at every page at both widths."""
    url, axe = sys.argv[1], Path(sys.argv[2]).read_text()
    browser = Browser()
    browser.open(url)
    browser.ask("document.getElementById('title').value = 'Letters'")
    browser.click("form[action='/cases'] button")
    headings: list[str] = []
    pages = [f"{url}/", f"{url}/cases", f"{url}/proofs", f"{url}/jobs"]
    while "/questions/" in (here := browser.ask("location.href")) and len(headings) < 40:
        headings.append(browser.ask("document.querySelector('h1').innerText"))
        pages.append(here)
        browser.ask(
            "const one = document.getElementById('answer'); one.type == 'text' ? one.value = '120' : one.click()"
        )
        browser.click("main form button")
    case = here.rsplit("/", 1)[0]
    pages += [f"{case}/{place}" for place in ("answers", "result", "data", "versions", "name")]
    browser.open(pages[-4])
    headings.append(browser.ask("document.querySelector('h1').innerText"))
    found, wide = [], []
    for width in WIDTHS:
        browser.view.resize(width, 900)
        for page in pages:
            browser.open(page)
            if browser.ask("document.documentElement.scrollWidth > window.innerWidth"):
                wide.append([width, page])
            found += [[width, page, *one] for one in browser.violations(axe)]
    print(json.dumps({"headings": headings, "violations": found, "wide": wide}))


if __name__ == "__main__":
    main()
