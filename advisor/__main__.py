"""Entry point of the `advisor` command.

The list of commands is here, apart from click, so that `advisor --help` answers without importing anything heavy.
"""

from __future__ import annotations

import sys
from typing import Final

ABOUT: Final = "Prompt, RAG or fine-tune? A decision with reasons, sources and dates."
COMMANDS: Final = {
    "ask": "Answer questions until the approach is decided; saves a case file.",
    "assistant": "Make an assistant: check, chat with, test, serve and export it.",
    "cost": "What each approach costs, when it pays back, and how sure that is.",
    "data": "Check, clean, split, review, extend and convert fine-tuning data.",
    "db": "Upgrade, back up, restore or export the database of the service.",
    "deployment": "Put models behind one name; roll new versions out in stages.",
    "drift": "Watch a deployment for drift, and send alerts.",
    "examples": "List, show or copy worked cases.",
    "feedback": "List, review, export and import what people say of answers.",
    "improve": "Train a model in production anew, and let it out if it is better.",
    "keys": "Create, list and revoke keys of programs.",
    "kpi": "Enter and list figures that no machine measures.",
    "ledger": "Show how well our own predictions came true, and what was learned.",
    "mcp": "Serve the tools to an agent over MCP, on standard input and output.",
    "portfolio": "Rank many cases by value, pay-back and deadline under a budget.",
    "prices": "List, show, check or add prices; each has a day and a source.",
    "prove": "Prove on held-out data whether training is worth it.",
    "recommend": "Recommend an approach for the case in a YAML file.",
    "report": "Write a report to print and sign: PDF, HTML, Word, Markdown or text.",
    "rescue": "Find tuned models that will be shut down, and plan what takes over.",
    "review": "Write the weekly, monthly or quarterly review of a deployment.",
    "rules": "Check, show or draw the rule book.",
    "schema": "Print the JSON Schema of cases, assistants or recommendations.",
    "serve": "Serve the JSON API and the OpenAI-compatible API, and work on jobs.",
    "tune": "Plan, start, watch and stop training runs; deploy what they make.",
    "users": "Add, list and remove people who may log in to the service.",
    "worker": "Work on fine-tuning jobs without serving.",
}
START: Final = """\
Begin with a worked case:
  advisor examples copy pizzeria my-case.yaml
  advisor recommend my-case.yaml

Exit codes: 0 done, 1 findings, 2 wrong input, 3 not decided (--require-decided), 130 interrupted."""


def help_text() -> str:
    """What `advisor --help` prints."""
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name.ljust(width)}  {text}" for name, text in COMMANDS.items())
    return (
        f"Usage: advisor [OPTIONS] COMMAND [ARGS]...\n\n  {ABOUT}\n\n"
        "Options:\n  --version  Show the version and exit.\n  --help     Show this message and exit.\n\n"
        f"Commands:\n{commands}\n\n{START}\n"
    )


def main() -> None:
    """Run the command line."""
    if sys.argv[1:] in ([], ["--help"], ["-h"]):
        sys.stdout.write(help_text())
        return
    from advisor.cli import run

    run()


if __name__ == "__main__":
    main()
