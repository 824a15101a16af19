"""`advisor tune`: fine-tuning; each part in a file of its own, imported when used."""

from __future__ import annotations

from importlib import import_module
from typing import Final

import click

PARTS: Final = {
    "list": "advisor.cli.tune_jobs:list_jobs",
    "watch": "advisor.cli.tune_jobs:watch",
    "events": "advisor.cli.tune_jobs:events",
    "cancel": "advisor.cli.tune_jobs:cancel",
    "pause": "advisor.cli.tune_jobs:pause",
    "resume": "advisor.cli.tune_jobs:resume",
    "deploy": "advisor.cli.tune_deploy:deploy",
}


class _Parts(click.Group):
    """Finds a part by its name in PARTS and imports its file only then."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        return list(PARTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PARTS:
            return None
        module, _, name = PARTS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(module), name)
        return command


@click.group(cls=_Parts)
def tune() -> None:
    """Watch, stop and go on with fine-tuning jobs, and deploy what they make.

    \b
    Examples:
      advisor tune list
      advisor tune watch ftjob-0f3a0c6be1d24b7d9e5f8a31
      advisor tune deploy ft:advisor-linear:advisor:iot:1b2c3d4e --to container --out iot/

    Jobs are created through the service: see `advisor serve` and docs/how-to/serve-and-tune.md.
    """
