"""`advisor prove count`: what the experts' ballots say together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.evaluation.ballot_count import Counted, PairCount
    from advisor.evaluation.estimate import Estimate

_SHOWN = 10  # comments
_SURE = 0.05


@click.command()
@click.argument("run")
@click.argument("ballots", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--key", type=click.Path(path_type=Path), default=Path("ballot.key.json"), show_default=True, help="The sealed key."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the bootstrap.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def count(run: str, ballots: tuple[Path, ...], key: Path, seed: int, form: str) -> None:
    """Open the key of RUN and count the BALLOTS of several experts.

    Ballots of another key, changed ones and second votes are refused. All shares are of all questions of the run, not
    of the drawn ones alone, with 95 % intervals. Kappa is 1 for full agreement and 0 for what chance would give.
    """
    from advisor.evaluation.ballot import read_key
    from advisor.evaluation.ballot_count import count as counted
    from advisor.evaluation.filled_ballot import read_ballot
    from advisor.files import read_text
    from advisor.record import plain

    opened = read_key(read_text(key), str(key))
    if opened.run != run:
        raise InputError(
            f"this key belongs to the run {opened.run}",
            where=str(key),
            what_to_do=f"name that run, or the key of {run}",
        )
    found = counted([read_ballot(read_text(path), str(path), opened) for path in ballots], opened, seed)
    if form == "json":
        click.echo(json.dumps({"schema": "advisor/ballot-count/v1", **plain(found)}, indent=2, ensure_ascii=False))
        return
    for line in count_lines(found):
        click.echo(line)


def count_lines(found: Counted) -> Iterator[str]:
    """The count in lines to read."""
    yield f"{len(found.experts)} experts, {found.items} questions"
    yield "\nshares of all questions:"
    for arm in found.arms:
        yield f"  {arm.arm}: correct {_share(arm.correct)}, helpful {_share(arm.helpful)}"
        yield f"    trusted in production {_share(arm.trust)}, preferred {_share(arm.preferred)}"
    yield "\npreferences, net of losses:"
    for pair in found.pairs:
        if pair.net.value is None:
            yield f"  {pair.arm} and {pair.against}: nobody was asked or answered"
            continue
        towards = "preferred to" if pair.p_adjusted < _SURE else "not shown to be better or worse than"
        better = pair if pair.net.value >= 0 or pair.p_adjusted >= _SURE else _turned(pair)
        yield (
            f"  {better.arm} is {towards} {better.against}: {_signed(better.net)}, {better.wins} wins, {better.ties} "
            f"ties, {better.losses} losses (sign test over questions, p {better.p_adjusted:.2g} after Holm)"
        )
    yield "\nagreement:"
    for question in found.agreement:
        yield f"  {question.question}: kappa {_number(question.together.kappa)} ({question.together.found.words})"
        for two in question.pairs if len(found.experts) > 2 else ():
            yield f"    {two.first} and {two.second}: {_number(two.kappa.kappa)}"
    yield "\nexperts:"
    for expert in found.experts:
        left = f", {expert.left_out} left out" if expert.left_out else ""
        yield f"  {expert.expert}: {expert.items} judged{left}; trusts {_share(expert.trust)}"
        if expert.more_than_others.value is not None:
            yield f"    against the others on the same answers: {_signed(expert.more_than_others)}"
    if len(found.experts) == 1:
        yield "note: one expert cannot show agreement; ask a second one"
    for comment in found.comments[:_SHOWN]:
        yield f"  {comment.item} ({comment.expert}): {' '.join(comment.text.split())[:200]}"
    if len(found.comments) > _SHOWN:
        yield f"  and {len(found.comments) - _SHOWN} more comments, with --format json"


def _turned(pair: PairCount) -> PairCount:
    """The same comparison from the other side."""
    value, low, high = (None if end is None else -end for end in (pair.net.value, pair.net.high, pair.net.low))
    net = pair.net._replace(value=value, low=low, high=high)
    return pair._replace(arm=pair.against, against=pair.arm, net=net, wins=pair.losses, losses=pair.wins)


def _share(estimate: Estimate) -> str:
    return _shown(estimate, "{:.0%}")


def _signed(estimate: Estimate) -> str:
    return _shown(estimate, "{:+z.0%}")


def _number(estimate: Estimate) -> str:
    return _shown(estimate, "{:z.2f}")


def _shown(estimate: Estimate, pattern: str) -> str:
    if estimate.value is None:
        return "not measured"
    value = pattern.format(estimate.value)
    if estimate.low is None or estimate.high is None:
        return f"{value} (no interval)"
    return f"{value} ({pattern.format(estimate.low)} to {pattern.format(estimate.high)})"
