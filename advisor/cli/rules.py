"""`advisor rules check`, `show` and `graph`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from advisor.cli.case_options import rules_option
from advisor.decision.examples import read_examples
from advisor.decision.rulebook import RuleBook
from advisor.files import content, load_market, load_rulebook, read_document


@click.group()
def rules() -> None:
    """Check, show or draw the rule book.

    The rules are YAML files that a consultant can change without Python: see docs/how-to/add-a-rule.md.
    """


@rules.command()
@rules_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def check(folder: Path | None, form: str) -> None:
    """Find what is wrong with the rule book.

    Unknown names and options, duplicate keys and missing sources stop at once, with file:line. Then: rules that can
    never decide or are shadowed by an earlier one, gaps, examples that come out otherwise, thresholds that no example
    tests on both sides, and rules that no example brings up. Exit code 1 if anything was found.
    """
    from advisor.rule_check import check_rules

    folder = folder or content("rules")
    book = load_rulebook(folder)
    files = sorted((folder / "examples").glob("*.yaml"))
    examples = [example for file in files for example in read_examples(read_document(file), book)]
    checked = check_rules(book, load_market(), examples)
    if form == "json":
        found = [finding._asdict() for finding in checked.findings]
        click.echo(json.dumps({"rules": checked.rules, "examples": checked.examples, "findings": found}, indent=2))
    else:
        for finding in checked.findings:
            click.echo(f"{finding.where}: {finding.kind}: {finding.say}")
        verdict = "clean" if not checked.findings else f"{len(checked.findings)} findings"
        click.echo(f"{checked.rules} rules, {checked.examples} examples: {verdict}")
    if checked.findings:
        sys.exit(1)


@rules.command()
@rules_option
@click.argument("name", required=False)
def show(folder: Path | None, name: str | None) -> None:
    """Print the rules in the order in which they are tried; with NAME one rule, gate or source."""
    from advisor.rule_text import rule_text, rules_text

    book = load_rulebook(folder)
    click.echo(rule_text(book, name) if name else rules_text(book))


@rules.command()
@rules_option
@click.option("--format", "form", type=click.Choice(["mermaid", "text"]), default="mermaid", show_default=True)
def graph(folder: Path | None, form: str) -> None:
    """Draw the decision: each rule, the gates behind it, and where they lead."""
    from advisor.rule_text import mermaid, rules_text

    book: RuleBook = load_rulebook(folder)
    click.echo(mermaid(book) if form == "mermaid" else rules_text(book))
