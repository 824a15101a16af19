"""Writes the pages of docs/reference/ that are made from the code and the rules: `make docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from advisor.__main__ import help_text
from advisor.cli import advisor
from advisor.decision.rulebook import RuleBook
from advisor.files import load_rulebook
from advisor.rule_text import mermaid

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
NOTE = "<!-- Written by `make docs`; do not edit. -->"


def pages() -> dict[str, str]:
    """The text of every generated page by file name."""
    book = load_rulebook()
    return {
        "commands.md": commands_page(),
        "case.md": case_page(book),
        "rules.md": rules_page(book),
        "sources.md": sources_page(book),
    }


def commands_page() -> str:
    """Every command with the help that it prints."""
    blocks = [f"# Commands\n\n{NOTE}\n\n```text\n{help_text().rstrip()}\n```"]
    for path, command in commands(advisor, ("advisor",)):
        context = click.Context(command, info_name=" ".join(path), max_content_width=80, terminal_width=80)
        blocks.append(f"## {' '.join(path)}\n\n```text\n{command.get_help(context).rstrip()}\n```")
    return "\n\n".join(blocks) + "\n"


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below `group`, depth first, with its path."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


def case_page(book: RuleBook) -> str:
    """Every question, by group."""
    lines = ["# Every answer of a case", "", NOTE, ""]
    lines += [
        "Each answer is given, or the word `unknown` (asked, not known), or `n/a` (does not apply), or left out (not "
        "asked yet). Nothing is filled in silently.",
        "",
    ]
    for group, title in book.groups.items():
        lines += [f"## {title} (`{group}`)", ""]
        for question in book.questions.values():
            if question.group != group:
                continue
            unit = f", {question.unit}" if question.unit else ""
            limits = [f"from {question.minimum}"] if question.minimum is not None else []
            limits += [f"to {question.maximum}"] if question.maximum is not None else []
            lines.append(f"- **`{question.name}`** ({', '.join([question.type, *limits])}{unit}): {question.ask}")
            lines.append(f"  {question.help}")
            lines += [f"  - `{option}`: {meaning}" for option, meaning in question.options.items()]
            if question.provisional:
                value = question.provisional.value
                shown = ", ".join(value) if isinstance(value, tuple) else str(value)
                lines.append(
                    f"  While missing, taken as `{shown}` for a provisional approach: {question.provisional.because}."
                )
        lines.append("")
    return "\n".join(lines)


def rules_page(book: RuleBook) -> str:
    """The approach table in words and as a graph."""
    lines = ["# The rules", "", NOTE, "", "The first rule that holds decides; its gates are looked at in order.", ""]
    for number, rule in enumerate(book.approach.rules, start=1):
        lines += [f"{number}. **{rule.id}** leads to `{rule.then}` when {rule.when}.", f"   {rule.why}"]
        lines += [f"   - needs {gate.id}, otherwise `{gate.otherwise}`" for gate in rule.requires]
        lines.append(f"   [{', '.join(rule.source)}]")
    lines += ["", "## Gates", ""]
    gates = {gate.id: gate for rule in book.approach.rules for gate in rule.requires}
    for gate in gates.values():
        lines.append(
            f"- **{gate.id}**: {gate.holds}. Otherwise `{gate.otherwise}`. {gate.why} [{', '.join(gate.source)}]"
        )
    lines += ["", "## Budgets", ""]
    for budget in (book.budget.one_time, book.budget.monthly):
        lines.append(f"- **{budget.id}**: {budget.why} [{', '.join(budget.source)}]")
    lines += ["", "Where even P10 of an approach is above a budget, the first of these that holds and is carried:", ""]
    lines += [f"{number}. `{item.take}` when {item.when}" for number, item in enumerate(book.budget.instead, start=1)]
    lines += ["", "## Graph", "", "```mermaid", mermaid(book), "```", ""]
    return "\n".join(lines)


def sources_page(book: RuleBook) -> str:
    """Every source id that rules name."""
    lines = ["# Sources", "", NOTE, ""]
    for source in book.sources.values():
        dated = f", {source.as_of}" if source.as_of else ""
        lines.append(f"- **{source.id}**: {source.says} [{'; '.join(source.read_in)}{dated}]")
    return "\n".join([*lines, ""])


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
