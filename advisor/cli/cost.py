"""`advisor cost`: what customising a model costs; each part in a file of its own, imported when used."""

from __future__ import annotations

from typing import Any, Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "estimate": ("advisor.cli.cost_case", "estimate"),
    "sweep": ("advisor.cli.cost_case", "sweep"),
    "tokens": ("advisor.cli.cost_tokens", "tokens"),
    "training": ("advisor.cli.cost_training", "training"),
}


class _CaseFirst(LazyGroup):
    """`advisor cost CASE` is `advisor cost estimate CASE`."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in PARTS:
            args = ["estimate", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_CaseFirst, parts=PARTS)
def cost() -> None:
    """What each approach costs, when it pays back, and how sure that is.

    `advisor cost CASE` estimates the approaches of a case; the word `estimate` may be left out.

    \b
    Examples:
      advisor cost case.yaml
      advisor cost case.yaml --approach rag --approach fine_tune --draws 100000
      advisor cost sweep case.yaml --vary traffic.requests_per_month=1e3..1e7
      advisor cost training --model Llama-3.1-8B --method lora --gpu "A100 80GB"
    """
