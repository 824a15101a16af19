"""`advisor deployment`: models behind one name, and new versions rolled out in stages."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "create": ("advisor.cli.deployment_made", "create"),
    "change": ("advisor.cli.deployment_made", "change"),
    "list": ("advisor.cli.deployment_shown", "list_all"),
    "show": ("advisor.cli.deployment_shown", "show"),
    "events": ("advisor.cli.deployment_shown", "events"),
    "plan": ("advisor.cli.deployment_shown", "plan"),
    "start": ("advisor.cli.deployment_steps", "start"),
    "check": ("advisor.cli.deployment_steps", "check"),
    "advance": ("advisor.cli.deployment_steps", "advance"),
    "hold": ("advisor.cli.deployment_steps", "hold"),
    "resume": ("advisor.cli.deployment_steps", "resume"),
    "rollback": ("advisor.cli.deployment_steps", "rollback"),
}


@click.group(cls=LazyGroup, parts=PARTS)
def deployment() -> None:
    """Put models behind one name, and roll new versions out in stages.

    Clients of `advisor serve` give the name as the model. A candidate is shown to 5 to 10 % of the users, then to 25 to
    50 %, then to all; it must show at each stage that it is not worse, and is taken back where it is.

    \b
    Examples:
      advisor deployment create support-bot.yaml
      advisor deployment plan support-bot --stage pilot --requests-a-day 2000
      advisor deployment start support-bot --candidate ft:advisor-linear:advisor:v2:1b2c3d4e
      advisor deployment show support-bot
    """
