"""`advisor ledger`: how well our own predictions came true; each part in a file of its own."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "show": ("advisor.cli.ledger_show", "show"),
    "list": ("advisor.cli.ledger_show", "list_predictions"),
    "keep": ("advisor.cli.ledger_keep", "keep_case"),
    "add-actual": ("advisor.cli.ledger_keep", "add_actual"),
}


class _ShownByDefault(LazyGroup):
    """`advisor ledger` is `advisor ledger show`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.parts and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ShownByDefault, parts=PARTS)
def ledger() -> None:
    """Show how well our own predictions came true, and what the ranges learned from it.

    Cost, time and memory of training runs, cost and time of proofs, and the uplift in quality are kept by themselves
    when `advisor tune start` and `advisor prove` begin, and come true when they end. What a case was to cost is kept
    with `keep`, and comes true by hand with `add-actual`. `advisor ledger` is short for `advisor ledger show`.

    \b
    Examples:
      advisor ledger
      advisor ledger keep case.yaml
      advisor ledger add-actual pred-0123456789abcdef01234567 --actual 11800 --source "invoice 2027-03"
    """
