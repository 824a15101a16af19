"""`advisor assistant`: check, chat with, test, serve and export assistants."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "check": ("advisor.cli.assistant_check", "check"),
    "chat": ("advisor.cli.assistant_chat", "chat"),
    "test": ("advisor.cli.assistant_test", "test"),
    "serve": ("advisor.cli.assistant_serve", "serve"),
    "export": ("advisor.cli.assistant_export", "export"),
}


@click.group(cls=LazyGroup, parts=PARTS)
def assistant() -> None:
    """Make an assistant: instructions, documents, actions and tests in one file.

    Answers cite the documents, and actions of OpenAPI 3 documents are really called. Any OpenAI-compatible model
    writes, or a local one; without a model the documents are quoted.

    \b
    Examples:
      advisor assistant check my-assistant/assistant.yaml
      advisor assistant chat my-assistant --ask "What does E-02 mean?"
      advisor assistant test my-assistant --junit results.xml
      advisor assistant serve my-assistant
    """
