"""`advisor rescue`: tuned models that will be shut down, and what takes over."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "plan": ("advisor.cli.rescue_plan", "plan"),
    "start": ("advisor.cli.rescue_start", "start"),
}


class _PlannedByDefault(LazyGroup):
    """`advisor rescue ...` is `advisor rescue plan ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.parts and args[0] != "--help"):
            args = ["plan", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_PlannedByDefault, parts=PARTS)
def rescue() -> None:
    """Find tuned models that will be shut down, and plan what takes over.

    For each model: days left, what it costs, whether its training data can still be had, what could take over at what
    price, and the days by which each step must begin. `advisor rescue` is short for `advisor rescue plan`.

    \b
    Examples:
      advisor rescue --list models.csv
      advisor rescue --from-api --format json
      advisor rescue start ft:gpt-4o-mini-2024-07-18:acme::abc --from-api --out rescue/
    """
