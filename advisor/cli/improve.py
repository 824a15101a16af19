"""`advisor improve`: models in production that are trained anew from corrections, proved, and rolled out."""

from __future__ import annotations

from typing import Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "set": ("advisor.cli.improve_run", "set_settings"),
    "check": ("advisor.cli.improve_run", "check"),
    "run": ("advisor.cli.improve_run", "run"),
    "list": ("advisor.cli.improve_decide", "list_runs"),
    "show": ("advisor.cli.improve_decide", "show"),
    "approve": ("advisor.cli.improve_decide", "approve"),
    "refuse": ("advisor.cli.improve_decide", "refuse"),
    "take-back": ("advisor.cli.improve_decide", "take_back"),
}


@click.group(cls=LazyGroup, parts=PARTS)
def improve() -> None:
    """Train a model in production anew from corrections, and let it out only where it is shown to be better.

    After 100 reviewed corrections, every 3 to 6 months, or below an accuracy that you name: the corrections join the
    training rows, a new model is trained and proved on the locked questions against the one in production, and must
    pass its gates before a pilot. A run that does not beat production changes nothing and says why.

    \b
    Examples:
      advisor improve set support-bot improve.yaml
      advisor improve check
      advisor improve run support-bot --wait
      advisor improve approve improve-0123456789abcdef01234567 --note "read 20 answers"
    """
