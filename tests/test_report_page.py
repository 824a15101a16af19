"""The report as HTML: one file, its own script and style only, every text as it stands."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from advisor.report.brand import Brand, Logo
from advisor.report.full_report import Report
from advisor.report.report_page import report_page
from advisor.report.section import Item, Section, Table
from tests.report_cases import HOSTILE, hostile_report, report
from tests.test_proof_page import Page

BRAND = Brand(
    "Jane Doe", "jane@example.org", "#123456", "#654321", '"; } body { display: none } </style>', Logo("png", b"x")
)


@pytest.mark.parametrize("found", [report("medical-notes"), hostile_report()], ids=["medical-notes", "hostile"])
def test_only_its_own_script_and_style_may_run(found: Report) -> None:
    """The policy holds the hashes of what is in the page; nothing is loaded and no handler is set."""
    page = Page(report_page(found, BRAND))
    policy = next(one["content"] or "" for tag, one in page.elements if "http-equiv" in one)
    assert policy.startswith("default-src 'none'; img-src data:; ") and "unsafe" not in policy
    for text, kind in ((page.texts["script"][1], "script"), (page.texts["style"][0], "style")):
        assert f"{kind}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert page.count("script") == 2 and page.count("style") == 1 and page.count("link") == page.count("iframe") == 0
    names = {name for _, one in page.elements for name in one}
    assert not {name for name in names if name.startswith("on") or name in ("href", "style", "action")}
    assert [one["src"] for tag, one in page.elements if tag == "img"] == ["data:image/png;base64,eA=="]
    assert "url(" not in page.texts["style"][0] and "innerHTML" not in page.texts["script"][1]
    assert "img-src" not in report_page(found)


def test_hostile_texts_are_shown_as_they_are() -> None:
    """In headings and texts; what steers or reorders is made visible; the footer cannot leave its CSS string."""
    found = hostile_report()
    part = Section(
        HOSTILE,
        (HOSTILE,),
        (Item(HOSTILE, "-", (HOSTILE,)),),
        tables=(Table(HOSTILE, ("a", HOSTILE), ((HOSTILE,) * 2,)),),
    )
    text = report_page(found._replace(parts=(part, *found.parts)), BRAND)
    assert not re.search("[\x00\x1b\u202e\ud800-\udfff]", text)
    page = Page(text)
    assert HOSTILE[:60] in page.texts["h1"][0]
    assert "body { display: none }" not in page.texts["style"][0] and BRAND.footer in page.texts["footer"][0]


def test_every_picture_and_table_is_told_in_words() -> None:
    """Pictures have a name that says their figures; tables have captions and heads of columns and rows."""
    page = Page(report_page(report("medical-notes")))
    pictures = [one["aria-label"] or "" for tag, one in page.elements if one.get("role") == "img"]
    assert len(pictures) == page.count("svg") == 3 and all(re.search(r"\d", said) for said in pictures)
    assert page.count("table") == page.count("caption")
    assert all("scope" in one for tag, one in page.elements if tag == "th")


def test_what_if_has_the_values_of_the_case() -> None:
    """An input for each quantity with its label, a row for each approach; no inputs where nothing is priced."""
    page = Page(report_page(report("medical-notes")))
    data = json.loads(page.texts["script"][0])
    inputs = [one for tag, one in page.elements if tag == "input" and one["type"] == "text"]
    assert [one["value"] for one in inputs] == [knob["value"] for knob in data["knobs"]]
    assert {one["id"] for one in inputs} == {one["for"] for tag, one in page.elements if tag == "label"}
    assert data["approaches"][0]["approach"] == "fine_tune" and data["approaches"][0]["possible"]
    empty = report("medical-notes")._replace(estimates=())
    assert Page(report_page(empty)).count("form") == 0
