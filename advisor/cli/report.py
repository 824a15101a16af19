"""`advisor report`: a report to print and to sign."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from advisor.cli.case_options import as_of_option, changed_case, day_of, rules_option, set_option
from advisor.cli.prove_show import proof_path
from advisor.errors import InputError
from advisor.files import write_whole

if TYPE_CHECKING:
    from advisor.report.brand import Brand
    from advisor.report.full_report import Report
    from advisor.report.pdf import Paper

SUFFIXES: Final = {".pdf": "pdf", ".html": "html", ".htm": "html", ".docx": "docx", ".md": "md", ".txt": "text"}
_FORMS: Final = ("text", "md", "html", "pdf", "docx")
_BINARY: Final = ("pdf", "docx")


@click.command()
@click.argument("case", type=click.Path(allow_dash=True))
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    help="Default: by the suffix of --out (.pdf, .html, .docx, .md, .txt), else text.",
)
@click.option(
    "--brand",
    type=click.Path(dir_okay=False, path_type=Path),
    help="YAML with name, logo and colours, for PDF, HTML and Word.",
)
@click.option("--proof", metavar="RUN", help="A proof to report: a name of `advisor prove list`, or its folder.")
@click.option(
    "--paper", type=click.Choice(["a4", "us-letter"]), default="a4", show_default=True, help="Size of PDF pages."
)
@click.option("--pdf-a", "archive", is_flag=True, help="PDF/A-2a as well as PDF/UA-1, for archives.")
@as_of_option
@set_option
@rules_option
def report(
    case: str,
    out: Path | None,
    form: str | None,
    brand: Path | None,
    proof: str | None,
    paper: Paper,
    archive: bool,
    as_of: date | None,
    changes: tuple[str, ...],
    folder: Path | None,
) -> None:
    """Write a report on the case in a YAML file (CASE), or on standard input (-): a decision memo of one page first.

    Then reasons, alternatives, costs with charts, sensitivity, findings in the data set that the case names, a proof,
    risks, checklists, road map, KPIs and reviews, sources, prices and assumptions. The HTML is one file that loads
    nothing from elsewhere, and computes costs again for other volumes, prices and quality. The same case on the same
    day gives the same PDF, byte for byte.

    \b
    Examples:
      advisor report case.yaml -o memo.pdf
      advisor report case.yaml -o memo.html --brand brand.yaml
      advisor report case.yaml -o memo.docx --proof iot-1b2c --as-of 2026-11-21
    """
    from advisor.files import load_rulebook
    from advisor.report.brand import read_brand
    from advisor.report.case_report import case_report

    form = form or (SUFFIXES.get(out.suffix.lower(), "") if out else "text")
    if not form:
        raise InputError(
            f"{out} has no suffix of a report", where="--out", what_to_do="end it with .pdf, or add --format"
        )
    if form in _BINARY and out is None:
        raise InputError(f"{form} is for a file", where="--format", what_to_do="name one with -o memo.pdf")
    mark = read_brand(brand) if brand else None
    book = load_rulebook(folder)
    checked = changed_case(case, changes, book.questions)
    run = proof_path(proof) if proof else None
    found = case_report(checked, book, day_of(checked, as_of), rules=folder, proof=run)
    shown = shown_report(found, form, mark, paper, archive=archive, colour=out is None and sys.stdout.isatty())
    if out:
        write_whole(out, shown)
        click.echo(f"{out}: written")
    else:
        click.echo(shown, nl=False)


def shown_report(
    found: Report, form: str, mark: Brand | None, paper: Paper, *, archive: bool, colour: bool
) -> str | bytes:
    """A report as text, Markdown, HTML, PDF or Word; warnings go to standard error."""
    if form == "pdf":
        from advisor.report.pdf import report_pdf

        pdf = report_pdf(found, mark, paper=paper, archive=archive)
        for warning in pdf.warnings:
            click.echo(f"advisor: warning: {warning}", err=True)
        return pdf.content
    if form == "docx":
        from advisor.report.word_document import report_docx

        return report_docx(found, mark, paper=paper)
    if form == "html":
        from advisor.report.report_page import report_page

        return report_page(found, mark)
    from advisor.report.full_report import all_sections

    if form == "md":
        from advisor.report.markdown import as_markdown

        return as_markdown(all_sections(found))
    from advisor.report.terminal import as_text

    return as_text(all_sections(found), colour=colour) + "\n"
