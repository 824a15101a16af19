"""What a report holds, in which order, and how its sections read as Markdown, as text and in Word."""

from __future__ import annotations

import re
from datetime import date
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from docx import Document

from advisor.cli import advisor
from advisor.errors import RuleBookError
from advisor.evaluation.proof import ProofFiles, write_proof
from advisor.files import content, load_case, load_rulebook
from advisor.report.brand import Brand
from advisor.report.case_report import case_report, load_review_rules
from advisor.report.cost_charts import gained
from advisor.report.full_report import all_sections
from advisor.report.markdown import as_markdown
from advisor.report.proof_parts import proof_parts
from advisor.report.section import Figure, Item, Section, Table
from advisor.report.svg import round_ticks
from advisor.report.terminal import as_text
from advisor.report.word_document import report_docx
from advisor.review_calendar import build_review_rules, calendar
from advisor.strict_yaml import read
from tests.proof_files import hostile_proof, small_proof
from tests.report_cases import DAY, hostile_report, market, report, rules

SMALL = Section(
    "costs",
    ("One | paragraph.",),
    (Item("Tick", "[x]"), Item("First", "1.", ("because *so*",))),
    figures=(Figure("Bars", "<svg/>", "a $1; b $2."),),
    tables=(
        Table("Sums", ("USD", "P10"), (("Once", "$1"), ("A | pipe", "$22"))),
        Table("", ("What", "Act when"), (("Latency", "too long"),), words=True),
    ),
)
MARKDOWN = """\
## Costs

One \\| paragraph.

**Bars.** a $1; b $2.

Sums

| USD | P10 |
|---|---:|
| Once | $1 |
| A \\| pipe | $22 |

| What | Act when |
|---|---|
| Latency | too long |

- [x] Tick
1. First{}
   *because \\*so\\**
""".format("  ")  # two spaces at the end of a line break it
TEXT = """\
Costs
  One | paragraph.
  Bars: a $1; b $2.
  Sums
  USD       P10
  Once       $1
  A | pipe  $22
  - Latency
    Act when: too long
  [x] Tick
  1. First
     because *so*"""


def test_golden_markdown_and_text() -> None:
    """Tables, pictures in words, and lists, with what Markdown would read as its own escaped."""
    assert as_markdown([SMALL]) == MARKDOWN
    assert as_text([SMALL], colour=False, width=60) == TEXT


def test_memo_comes_first_then_the_parts_in_their_order() -> None:
    """The order that people read in; nothing is empty."""
    found = report("hydrocore-error-codes")
    assert [section.title for section in found.memo][1:] == [
        "Why",
        "Cost and pay-back",
        "What would change it",
        "Next steps",
        "Life cycle",
    ]
    assert "2026-10-23" in found.memo[-1].items[0].text
    order = [
        "Reasons",
        "Alternatives, and why not",
        "Costs compared",
        "What rag costs",
        "How each line is computed",
        "Sensitivity",
        "What would change it",
        "Risks and flags",
        "Life cycle",
        "Checklist before",
        "Checklist during",
        "Checklist after",
        "Road map",
        "KPIs",
        "Review calendar",
        "Published results",
        "Sources",
        "Prices",
        "Assumptions",
        "Versions",
    ]
    titles = [section.title for section in found.parts]
    assert [title for title in titles if title in order] == order
    assert not any(section.is_empty for section in (*found.memo, *found.parts))


def test_every_source_and_price_is_there() -> None:
    """Each cited id, and each price with its days."""
    found = report("medical-notes")
    text = as_text(all_sections(found), colour=False, width=100)
    for item in found.estimates:
        for factor in (factor for line in item.lines for factor in line.factors if factor.price):
            assert factor.price and factor.price.as_of.isoformat() in text
    cited = set(re.findall(r"\[((?:M-[A-Z]\d+(?:, )?)+)\]", text))
    for name in {name for group in cited for name in group.split(", ")}:
        assert f"{name}:" in text


def test_an_approach_that_is_ruled_out_has_no_pay_back() -> None:
    """Its cost stands for comparison; the chart of break-even has only what is possible."""
    costs = next(section for section in report("medical-notes").parts if section.title == "Costs compared")
    paid = {row[0]: row[-1] for row in costs.tables[0].rows}
    assert paid["prompt"] == "ruled out" and "(" in paid["fine tune (recommended)"]
    assert "prompt" in costs.figures[0].says and "prompt" not in costs.figures[1].says


def test_charts_are_well_formed_and_inside_their_pictures() -> None:
    """Every rectangle, line and text lies within the view box."""
    for name in ("medical-notes", "hydrocore-error-codes", "first-questions", "legal-document-analyser"):
        for figure in (figure for section in report(name).parts for figure in section.figures):
            root = ElementTree.fromstring(figure.svg)
            _, _, width, height = map(float, root.attrib["viewBox"].split())
            for element in root.iter():
                for axis, most in (("x", width), ("x1", width), ("x2", width), ("y", height), ("y1", height)):
                    assert 0 <= float(element.get(axis, 0)) <= most, (name, figure.title)


def test_break_even_crosses_zero_at_the_pay_back() -> None:
    """What is gained less paid is what was spent until it is live, 0 at the pay-back, and above it after."""
    for name in ("medical-notes", "hydrocore-error-codes", "iot-log-classifier"):
        item = report(name).estimates[0]
        months = item.at_middles.payback_months(item.terms)
        once = item.at_middles.one_time
        assert gained(item, 0) == gained(item, item.terms.set_up_months) == -once
        assert abs(gained(item, months)) < 1e-6 * once < gained(item, months + 1)


def test_round_ticks_by_hand() -> None:
    """Round steps that cover both ends, few of them."""
    assert round_ticks(0, 52_050) == [0, 20_000, 40_000, 60_000]
    assert round_ticks(-120, 500) == [-200, 0, 200, 400, 600]
    assert len(round_ticks(7, 7)) == 2


def test_calendar_by_hand() -> None:
    """Weekly for a month, monthly, quarterly; re-training only where something was trained; short months end early."""
    found = calendar(load_review_rules(), "fine_tune", date(2026, 1, 31))
    assert [meeting.on.isoformat() for meeting in found[:5]] == [
        "2026-02-07",
        "2026-02-14",
        "2026-02-21",
        "2026-02-28",
        "2026-03-31",
    ]
    assert found[3].name == "Weekly review; Monthly review"
    assert any("re-training" in meeting.name for meeting in found)
    assert not any("re-training" in meeting.name for meeting in calendar(load_review_rules(), "rag", DAY))
    assert {kpi.id for kpi in load_review_rules().kpis_for("prompt")}.isdisjoint({"drift", "retrieval_hits"})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("every: {weeks: 1}", "every: {days: 1}", "weeks or months"),
        ("times: 4", "times: 0", "whole number from 1 to 60"),
        ("for: retrieval", "for: retreival", "did you mean retrieval"),
        ("kind: business", "kind: busines", "did you mean business"),
        ("source: [M-O4]", "source: [M-O44]", "no source named M-O44"),
    ],
)
def test_mistakes_in_the_rules_are_named(old: str, new: str, said: str) -> None:
    """With the line."""
    text = (content("rules") / "reviews.yaml").read_text(encoding="utf-8")
    assert old in text
    shared = read((content("rules") / "sources.yaml").read_text(encoding="utf-8"), "sources").value["sources"]
    with pytest.raises(RuleBookError, match=said) as error:
        build_review_rules(read(text.replace(old, new, 1), "reviews.yaml"), shared)
    assert re.match(r"reviews.yaml:\d+:", str(error.value))


def test_word_document_is_read_back() -> None:
    """Headings, tables whose head repeats, pictures with their words, hostile texts, no control characters."""
    word = Document(BytesIO(report_docx(hostile_report("العربية 中文 🙂"), Brand(name="Jane Doe"), paper="us-letter")))
    headings = [
        paragraph.text for paragraph in word.paragraphs if paragraph.style and paragraph.style.name == "Heading 2"
    ]
    assert headings[0].startswith("Recommendation: ") and headings[-1] == "Versions"
    assert word.paragraphs[1].text.startswith("العربية 中文 🙂#import")
    assert word.tables[0].rows[0].cells[1].text == "P10"
    assert "w:tblHeader" in word.tables[0].rows[0]._tr.xml
    assert len(word.inline_shapes) == 3
    assert all(re.search(r"\d", shape._inline.docPr.get("descr")) for shape in word.inline_shapes)
    assert word.core_properties.created.date() == DAY and word.core_properties.author == "Jane Doe"
    width = word.sections[0].page_width
    assert width and round(width.mm) == 216


def test_findings_in_the_data_set_of_the_case(tmp_path: Path) -> None:
    """Those of the data check, beside what the case claims; a file that cannot be read is said."""
    case = load_case(content("examples") / "iot-log-classifier.yaml", rules().questions)
    rows = tmp_path / "rows.jsonl"
    row = '{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}\n'
    rows.write_text(row * 3 + "{broken\n", encoding="utf-8")
    found = case_report(case.with_answers({"data.file": str(rows)}), rules(), DAY)
    titles = [section.title for section in found.parts]
    assert titles.index("Data findings") < titles.index("Data: Findings") < titles.index("Risks and flags")
    assert "exact_duplicate" in as_markdown(found.parts).replace("\\", "")
    gone = case_report(case.with_answers({"data.file": "nowhere.jsonl"}), rules(), DAY)
    assert "nowhere.jsonl" in next(part for part in gone.parts if part.title == "Data findings").items[0].text


@pytest.mark.parametrize("files", [small_proof(), hostile_proof()], ids=["small", "hostile"])
def test_a_proof_is_part_of_the_report(files: ProofFiles) -> None:
    """Verdict, arms with their chart, comparisons: all under headings of the proof."""
    parts = proof_parts(files)
    assert all(part.title.startswith("Proof: ") for part in parts)
    assert parts[1].title == "Proof: arms" and parts[1].tables[0].rows
    ElementTree.fromstring(parts[1].figures[0].svg)


def test_the_command_writes_by_suffix(tmp_path: Path) -> None:
    """Each suffix its format; text without a file; wrong ones are named, and nothing is written."""
    case = str(content("examples") / "pizzeria.yaml")
    begins = {"pdf": b"%PDF-", "html": b"<!doctype", "docx": b"PK", "md": b"# Recommendation", "txt": b"RECOMMENDATION"}
    for suffix, begin in begins.items():
        out = tmp_path / f"memo.{suffix}"
        done = CliRunner().invoke(advisor, ["report", case, "-o", str(out)])
        assert done.exit_code == 0, done.output
        assert out.read_bytes().startswith(begin)
    (tmp_path / "proof").mkdir()
    write_proof(tmp_path / "proof", small_proof())
    shown = CliRunner().invoke(advisor, ["report", case, "--proof", str(tmp_path / "proof")]).output
    assert shown.startswith("RECOMMENDATION") and "Proof: not shown yet" in shown
    for wrong in (["-o", str(tmp_path / "memo.xyz")], ["--format", "pdf"], ["-o", "x.pdf", "--proof", str(tmp_path)]):
        done = CliRunner().invoke(advisor, ["report", case, *wrong])
        assert done.exception and not (tmp_path / "memo.xyz").exists()


def test_versions_tell_the_same_from_another(tmp_path: Path) -> None:
    """The hashes stay the same for the same, and another case or rule book has others."""
    del tmp_path

    def hashes(name: str) -> tuple[tuple[str, ...], ...]:
        return report(name).parts[-1].tables[0].rows

    book = load_rulebook()
    again = case_report(load_case(content("examples") / "pizzeria.yaml", book.questions), book, DAY)
    assert again.parts[-1].tables[0].rows == hashes("pizzeria")
    assert hashes("medical-notes")[:4] == hashes("pizzeria")[:4]
    assert hashes("medical-notes")[4] != hashes("pizzeria")[4]
    assert market().prices.version
