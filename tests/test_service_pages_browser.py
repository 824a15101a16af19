"""A real browser goes from the start to the PDF, with scripts and without; axe-core finds no barrier on any page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chat_files import chat, jsonl
from tests.live_service import Live, live_service

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow  # a real browser and a real service

EXAMPLE = Path(__file__).parents[1] / "docs" / "examples" / "iot-log-classifier.yaml"
WIDTHS_PX = (1280, 390)
LINES = ("the router lost its link", "the battery is empty")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as the distribution has it: `pip install '.[browser]'` and `apt-get install chromium`."""
    api = pytest.importorskip("playwright.sync_api", reason="needs the extra 'browser'")
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A service of its own."""
    with live_service(tmp_path_factory.mktemp("pages")) as running:
        yield running


def press(page: Page, selector: str) -> None:
    """Click on what leads to another page, and wait for it."""
    with page.expect_navigation():
        page.locator(selector).first.click()


def answer_all(page: Page, url: str) -> list[str]:
    """Begin a case and answer its questions until none is left: their headings."""
    page.goto(f"{url}/")
    page.fill("#title", "Letters")
    press(page, "form[action='/cases'] button")
    headings: list[str] = []
    while "/questions/" in page.url and len(headings) < 60:
        headings.append(page.inner_text("h1"))
        first = page.locator("#answer")
        first.fill("120") if first.get_attribute("type") in ("text", None) else first.check()
        press(page, "main form button")
    return headings


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_from_the_start_to_the_pdf(browser: Browser, service: Live, scripts: bool) -> None:
    """Every question is answered by hand, and the report comes as a file."""
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    headings = answer_all(page, service.url)
    assert len(headings) == len(set(headings)) > 2
    case = page.url.rsplit("/", 1)[0]
    page.goto(f"{case}/result")
    assert page.inner_text("h1")
    # Chromium shows the file in a reader of its own, so it is asked for as the link says, with the browser's cookies.
    report = context.request.get(service.url + str(page.locator("a[href$='.pdf']").get_attribute("href")))
    assert report.body().startswith(b"%PDF-")
    assert errors == []
    context.close()


def test_a_case_file_is_opened_and_tried_otherwise(browser: Browser, service: Live) -> None:
    """The file of a worked case, one of its flips pressed as a button, and the way back."""
    page = browser.new_page()
    page.goto(f"{service.url}/")
    page.set_input_files("input[type=file]", str(EXAMPLE))
    press(page, "form:has(input[type=file]) button")
    page.goto(f"{page.url.rsplit('/', 1)[0]}/result")
    assert page.locator("main svg").count() > 0
    press(page, "form[action*='what-if'] button, a[href*='what-if']")
    assert "what-if" in page.url
    page.go_back()
    assert page.url.endswith("/result")
    page.close()


def test_no_page_has_a_barrier(browser: Browser, service: Live) -> None:
    """On every page that links lead to, at the width of a desk and of a telephone, axe-core finds nothing; nothing is
    wider than the window, and no link is dead."""
    axe_source = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    context = browser.new_context(bypass_csp=True)  # axe-core is not ours to serve
    page = context.new_page()
    deployment = {
        "name": "bot",
        "routes": {"incumbent": {"kind": "host", "model": "m", "base_url": f"{service.url}/v1"}},
    }
    assert context.request.post(f"{service.url}/api/v1/deployments", data=deployment).ok
    page.goto(f"{service.url}/")
    page.set_input_files("input[type=file]", str(EXAMPLE))
    press(page, "form:has(input[type=file]) button")
    waiting, seen, found = [f"{service.url}/", f"{service.url}/nothing-here", page.url], set[str](), list[Any]()
    while waiting:
        url = waiting.pop(0).partition("#")[0]
        # Of the pages of questions one of each section tells enough.
        kind = url.partition("/questions/")[2].partition(".")[0] or url.partition("?")[0]
        if kind in seen or not url.startswith(service.url) or url.endswith((".pdf", ".yaml")) or "/api/" in url:
            continue
        seen.add(kind)
        for width in WIDTHS_PX:
            page.set_viewport_size({"width": width, "height": 900})
            reply = page.goto(url)
            assert reply is not None
            if reply.status >= 400 and not url.endswith("nothing-here"):
                found.append((url, reply.status))
            page.evaluate(axe_source)
            result = page.evaluate("axe.run()")
            found += [(width, url, one["id"], one["nodes"][0]["html"][:200]) for one in result["violations"]]
            if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
                found.append((width, url, "wider than the window"))
        waiting += page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href)")
    assert found == []
    assert len(seen) > 25
    context.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_proof_is_begun_watched_and_judged(browser: Browser, service: Live, scripts: bool) -> None:
    """From the rows to the plan, the verdict and the votes of an expert; with scripts the page follows by itself."""
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{service.url}/")
    page.set_input_files("input[type=file]", str(EXAMPLE))
    press(page, "form:has(input[type=file]) button")
    page.goto(f"{page.url.rsplit('/', 1)[0]}/prove")
    rows = [chat(f"device {number}: {LINES[number % 2]}", f"class {number % 2}") for number in range(60)]
    page.set_input_files("#data_set_file", {"name": "logs.jsonl", "mimeType": "text/plain", "buffer": jsonl(rows)})
    page.check("#arms-retrieval")
    page.check("#arms-linear")
    press(page, "main form button")
    # Without scripts the page loads anew every five seconds.
    page.wait_for_selector("button[value=start]", timeout=90_000)
    assert "Nothing leaves this machine" in page.inner_text("main")
    press(page, "button[value=start]")
    page.wait_for_selector("a[href$='/result']", timeout=90_000)
    press(page, "form[action$='/ballots'] button")
    page.fill("#expert", "Ann")
    press(page, "form[action$='/copies'] button")
    assert "Answer A" in page.inner_text("main") and "linear" not in page.inner_text("main")
    page.check("#correct-A-yes")
    press(page, "button[value=on]")
    assert "Question 2" in page.inner_text("main")
    assert errors == []
    context.close()
