"""The page of a proof: one file, its own script only, hostile texts shown as they are, everything in it."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest

from advisor.evaluation.proof import ProofFiles
from advisor.report.proof_chart import ScoreInterval, interval_chart
from advisor.report.proof_confusion import confusions
from advisor.report.proof_page import PAGE_ITEMS, proof_page
from advisor.report.visible_text import visible
from tests.proof_files import HOSTILE, hostile_proof, small_proof


class Page(HTMLParser):
    """Elements with their attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "input", "img"):
            self._open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "elements are closed in order"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open[-1]][-1] += data

    def count(self, tag: str) -> int:
        """How many elements of that name."""
        return sum(name == tag for name, _ in self.elements)


def many(count: int) -> ProofFiles:
    """The small proof with its items repeated."""
    small = small_proof()
    items = [small.items[place % 4].model_copy(update={"id": f"L{place + 1}"}) for place in range(count)]
    return small.model_copy(update={"items": tuple(items)})


def data_of(page: Page) -> dict[str, Any]:
    """What the page's script works on."""
    value: dict[str, Any] = json.loads(page.texts["script"][0])
    return value


@pytest.mark.parametrize("files", [small_proof(), hostile_proof()], ids=["small", "hostile"])
def test_only_its_own_script_and_style_may_run(files: ProofFiles) -> None:
    """The policy holds the hashes of what is in the page; nothing is loaded and no handler is set."""
    page = Page(proof_page(files))
    policy = next(found["content"] or "" for tag, found in page.elements if "http-equiv" in found)
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for text, kind in ((page.texts["script"][1], "script"), (page.texts["style"][0], "style")):
        assert f"{kind}-src 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" in policy
    assert page.count("script") == 2 and page.count("img") == page.count("link") == page.count("iframe") == 0
    names = {name for _, found in page.elements for name in found}
    assert not {name for name in names if name.startswith("on") or name in ("src", "href", "style", "action")}
    assert "url(" not in page.texts["style"][0] and "innerHTML" not in page.texts["script"][1]


def test_hostile_texts_are_shown_as_they_are() -> None:
    """In the table, in the data, and in the attributes, with what steers or reorders made visible."""
    page = Page(proof_page(hostile_proof()))
    assert visible(HOSTILE).replace("\r\n", "\n") in [text.replace("\r\n", "\n") for text in page.texts["pre"]]
    items = data_of(page)["items"]
    assert items[0][1] == visible(HOSTILE) and len(items) == 4
    assert not re.search("[\x00\x1b\u202e]", proof_page(hostile_proof()))


def test_the_data_are_whole() -> None:
    """Every item with every arm's answer, best arm first, and the chunks by their places."""
    data = data_of(Page(proof_page(small_proof())))
    assert data["arms"] == ["linear", "few_shot", "rag"]
    assert data["items"][2][:3] == ["L3", "E1?", "pump"]
    linear, few_shot, rag = data["items"][2][4]
    assert linear[:3] == ["pump", "right", "12 ms, $0.00010"]
    assert few_shot[1] == "failed" and few_shot[3] == "HTTP 429 after 5 attempts"
    assert rag[1] == "wrong" and [data["chunks"][place][0] for place in rag[4]] == ["codes.md#1", "codes.md#2"]
    assert data["chunks"][0] == ["codes.md#1", "codes.md > Codes > E1", "E1: clean it."]


def test_without_scripts_the_first_page_and_a_list_can_be_read() -> None:
    """Items of the first page are rows, the next ones a list, and the rest is counted."""
    count = 310
    text = proof_page(many(count))
    page = Page(text)
    assert sum(found.get("class") == "more" for tag, found in page.elements if tag == "tr") == PAGE_ITEMS
    listed = [text for text in page.texts["summary"] if re.match(r"L\d+:", text)]
    assert len(listed) == 300 - PAGE_ITEMS and listed[0].startswith(f"L{PAGE_ITEMS + 1}:")
    assert "And 10 more" in text and "Items 1 to 25 of 310" in text
    assert len(data_of(page)["items"]) == count


def test_marks_are_words_as_well() -> None:
    """Right, wrong and failed are told by sign and word, not by colour alone."""
    marks = {text for text in Page(proof_page(small_proof())).texts["b"] if text[0] in "✓✗!"}
    assert marks == {"✓ right", "✗ wrong", "! failed"}


def test_items_that_an_arm_was_not_asked() -> None:
    """They are empty cells, never wrong ones; a run without items says so."""
    small = small_proof()
    first = small.items[0].model_copy(update={"answers": {"rag": small.items[0].answers["rag"]}})
    text = proof_page(small.model_copy(update={"items": (first, *small.items[1:])}))
    assert data_of(Page(text))["items"][0][4][:2] == [None, None] and "not asked" in text
    assert "The run left no items" in proof_page(small.model_copy(update={"items": ()}))


def test_confusions_by_hand() -> None:
    """few_shot says filter for motor once and nothing for pump; rag says filter for pump."""
    linear, few_shot, rag = confusions(small_proof())
    assert linear.table.columns == ("said", "filter", "motor", "pump")
    assert linear.table.rows == (("filter", "2", "0", "0"), ("motor", "0", "1", "0"), ("pump", "0", "0", "1"))
    assert few_shot.table.rows[0] == ("filter", "2", "1", "0")
    assert few_shot.table.rows[-1] == ("(no answer)", "0", "0", "1")
    assert rag.table.rows[0] == ("filter", "1", "0", "1")
    small = small_proof()
    assert not confusions(small.model_copy(update={"proof": small.proof.model_copy(update={"task_kind": "json"})}))


def test_many_labels_are_told_by_their_confusions() -> None:
    """A matrix of 30 columns cannot be read."""
    small = small_proof()
    items = []
    for number in range(30):
        item = small.items[0]
        wrong = item.answers["rag"].model_copy(update={"text": f"label {(number + 1) % 30}"})
        answers = {**item.answers, "rag": wrong}
        items.append(item.model_copy(update={"id": f"L{number}", "expected": f"label {number}", "answers": answers}))
    files = small.model_copy(update={"items": tuple(items)})
    rag = next(one for one in confusions(files) if one.arm == "rag")
    assert rag.table.title == "The 15 most frequent of 30 confusions" and len(rag.table.rows) == 15


def test_the_chart_says_what_it_draws() -> None:
    """Well-formed, described in words, every line and point inside the picture; nothing where nothing ran."""
    svg = interval_chart("accuracy <&>", [ScoreInterval(HOSTILE[:20], 0.5, 0.5, 0.5), ScoreInterval("b", 0.9, 0.8, 1)])
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img" and root[0].text == "accuracy <&>"
    assert "b 0.900 (0.800 to 1.000)" in str(root[1].text)
    assert all(0 <= float(one.get("cx", "nan")) <= 480 for one in root.findall("circle"))
    assert interval_chart("x", []) == ""
