"""`advisor tune`: from a case and its data to a tuned model; each part in a file of its own, imported when used."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "plan": ("advisor.cli.tune_plan", "plan"),
    "start": ("advisor.cli.tune_start", "start"),
    "export": ("advisor.cli.tune_export", "export"),
    "list": ("advisor.cli.tune_jobs", "list_jobs"),
    "watch": ("advisor.cli.tune_jobs", "watch"),
    "events": ("advisor.cli.tune_jobs", "events"),
    "cancel": ("advisor.cli.tune_jobs", "cancel"),
    "pause": ("advisor.cli.tune_jobs", "pause"),
    "resume": ("advisor.cli.tune_jobs", "resume"),
    "deploy": ("advisor.cli.tune_deploy", "deploy"),
}


@click.group(cls=LazyGroup, parts=PARTS)
def tune() -> None:
    """Train a model on your data: on this machine, or at any host with OpenAI's interface.

    A run is named as `start` printed it, or by the id of its job.

    \b
    Examples:
      advisor tune plan case.yaml --data data/train.jsonl
      advisor tune start plan.yaml --wait
      advisor tune deploy ft:advisor-linear:advisor:iot:1b2c3d4e --to container --out iot/
    """
