"""`advisor tune`: from a case and its data to a tuned model; each part in a file of its own, imported when used."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "plan": ("advisor.cli.tune_plan", "plan"),
    "start": ("advisor.cli.tune_runs", "start"),
    "list": ("advisor.cli.tune_runs", "list_runs"),
    "watch": ("advisor.cli.tune_runs", "watch"),
    "events": ("advisor.cli.tune_runs", "events"),
    "cancel": ("advisor.cli.tune_runs", "cancel"),
    "pause": ("advisor.cli.tune_runs", "pause"),
    "resume": ("advisor.cli.tune_runs", "resume"),
}


@click.group(cls=LazyGroup, parts=PARTS)
def tune() -> None:
    """Train a model on your data: on this machine, or at any host with OpenAI's interface.

    \b
    Examples:
      advisor tune plan case.yaml --data data/train.jsonl
      advisor tune plan case.yaml --data data/train.jsonl --backend lora --gpu "RTX 4090"
      advisor tune start plan.yaml --wait
    """
