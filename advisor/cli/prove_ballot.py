"""`advisor prove ballot`: a page on which experts vote blindly, and its sealed key."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.cli.prove_show import proof_path
from advisor.errors import InputError


@click.command()
@click.argument("run")
@click.option(
    "--answers",
    type=click.Path(path_type=Path),
    help="Answers that no run of `prove` made, as JSON: a list of id, question, answers by arm, expected, documents.",
)
@click.option("--items", type=click.IntRange(2, 500), default=60, show_default=True, help="How many questions.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The same seed, the same questions.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("ballot.html"), show_default=True, help="The page."
)
@click.option("--key", type=click.Path(path_type=Path), help="The sealed key.  [default: beside the page, .key.json]")
def ballot(run: str, answers: Path | None, items: int, seed: int, out: Path, key: Path | None) -> None:
    """Make a blind ballot of RUN: one page for experts, and a key that stays sealed until all have voted.

    Questions on which the arms differ come first into the draw, and the count weighs them back. The page holds the hash
    of the key, so that the key cannot be changed later. Send the page to two experts or more, keep the key to yourself,
    and give what comes back to `advisor prove count`.

    \b
    Examples:
      advisor prove ballot proof-0123456789ab --items 60
      advisor prove count proof-0123456789ab ballot-ann.json ballot-ben.json
    """
    from advisor.evaluation.ballot import make_ballot
    from advisor.evaluation.ballot_page import new_nonce, read_answers, write_ballot
    from advisor.evaluation.proof import read_proof
    from advisor.evaluation.proof_shown import ballot_items

    found = read_answers(answers) if answers else tuple(ballot_items(read_proof(proof_path(run))))
    made = make_ballot(found, items, seed, run, new_nonce())
    key = key or out.with_suffix(".key.json")
    if not out.parent.is_dir():
        raise InputError("there is no such folder", where=str(out.parent), what_to_do="make it first")
    write_ballot(made, out, key)
    drawn = "; ".join(f"{stratum.drawn} of {stratum.items:,} where {name}" for name, stratum in made.key.strata.items())
    click.echo(f"{out}: {len(made.drawn)} questions ({drawn})")
    click.echo(f"{key}: the sealed key; do not send it to the experts (hash {made.commitment[:12]}…)")
    if len(made.drawn) < 50:
        click.echo("note: experts should judge 50 to 100 questions; with fewer the intervals are wide")
