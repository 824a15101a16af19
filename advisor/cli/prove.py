"""`advisor prove`: every arm on the same held-out questions; showing results; blind ballots."""

from __future__ import annotations

from typing import Any, Final

import click

from advisor.cli.lazy_group import LazyGroup

PARTS: Final = {
    "run": ("advisor.cli.prove_run", "run"),
    "show": ("advisor.cli.prove_show", "show"),
    "list": ("advisor.cli.prove_show", "list_proofs"),
    "judge": ("advisor.cli.prove_judge", "judge"),
    "ballot": ("advisor.cli.prove_ballot", "ballot"),
    "count": ("advisor.cli.prove_count", "count"),
}


class _CaseOrPart(LazyGroup):
    """`advisor prove CASE ...` is `advisor prove run CASE ...`."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.parts:
            args = ["run", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=_CaseOrPart, parts=PARTS, context_settings={"ignore_unknown_options": True})
def prove() -> None:
    """Prove on your own held-out data whether training is worth it.

    Prompting, few-shot, retrieval, a linear head and tuned models answer the same questions; the verdict rests on
    intervals and tests, not on points. `advisor prove CASE` is short for `advisor prove run CASE`.

    \b
    Examples:
      advisor prove case.yaml --data train.jsonl
      advisor prove case.yaml --data train.jsonl --model gpt-4.1-mini --spend-up-to 2
      advisor prove case.yaml --data faq.jsonl --documents docs/
      advisor prove show proof-0123456789ab --format html --out proof.html
      advisor prove list --format json
    """
