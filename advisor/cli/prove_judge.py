"""`advisor prove judge`: an AI judge over the answers of a proof, and how far it can be trusted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import click

from advisor.chat_client import KEY_VARIABLE
from advisor.cli.prove_show import proof_path

if TYPE_CHECKING:
    from advisor.evaluation.estimate import Estimate
    from advisor.evaluation.judge_report import JudgeReport

_WORKERS = 8  # requests at once
_ANSWER_TOKENS = 400  # of a judgement with its reason


@click.command()
@click.argument("run")
@click.option(
    "--model", required=True, help="The judge: a model at an OpenAI-compatible host, better none of the arms."
)
@click.option("--base-url", help="Address of the host.  [default: OpenAI]")
@click.option("--key-variable", default=KEY_VARIABLE, show_default=True, help="Environment variable with the key.")
@click.option("--items", type=click.IntRange(2, 10_000), default=60, show_default=True, help="Questions to judge.")
@click.option("--rubric", type=click.Path(path_type=Path), help="A copy of rules/judge.yaml with your own rubric.")
@click.option(
    "--ballot", "ballots", multiple=True, type=click.Path(path_type=Path), help="A filled ballot; several times."
)
@click.option("--key", type=click.Path(path_type=Path), help="The key of the ballots, to compare judge and people.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the draw and the bootstrap.")
@click.option("--yes", is_flag=True, help="Ask the judge without being asked.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def judge(
    run: str,
    model: str,
    base_url: str | None,
    key_variable: str,
    items: int,
    rubric: Path | None,
    ballots: tuple[Path, ...],
    key: Path | None,
    seed: int,
    yes: bool,
    form: str,
) -> None:
    """Let a model judge the answers of RUN: clarity, tone and correctness, and which of two answers is better.

    Both orders of a pair are asked, and verdicts that change with the order are ties. Position bias, length bias, a
    liking for its own model and agreement with people are measured and shown; the verdict of the proof does not rest on
    a judge. The report is kept as judge.json in the run's folder.
    """
    from advisor.chat_client import ChatClient
    from advisor.errors import InputError
    from advisor.evaluation.ballot import read_key
    from advisor.evaluation.filled_ballot import read_ballot
    from advisor.evaluation.judge import judge_all
    from advisor.evaluation.judge_report import NOBODY, judge_report, people_from
    from advisor.evaluation.model_asks import chat_ask
    from advisor.evaluation.probe_rules import load_judge_rules
    from advisor.evaluation.proof import read_proof
    from advisor.evaluation.proof_shown import drawn_items, judged_answers, judged_pairs
    from advisor.files import read_text, write_whole
    from advisor.record import plain

    folder = proof_path(run)
    files, rules = read_proof(folder), load_judge_rules(rubric)
    client = ChatClient(model, base_url, key_variable)
    drawn = drawn_items(files, items, seed)
    graded, pairs = list(judged_answers(drawn)), list(judged_pairs(drawn, files))
    requests = len(graded) + 2 * (len(pairs) + len(rules.probes))
    click.echo(f"{model} is asked {requests:,} to {2 * requests:,} times about {len(drawn):,} questions", err=True)
    if not client.is_local and not yes and not click.confirm("Begin?", err=True):
        raise click.Abort
    people = NOBODY
    if ballots:
        if key is None:
            raise InputError("the ballots have a key", where="--ballot", what_to_do="name it with --key")
        opened = read_key(read_text(key), str(key))
        people = people_from([read_ballot(read_text(path), str(path), opened) for path in ballots], opened)
    with ThreadPoolExecutor(_WORKERS) as pool:
        said = judge_all(chat_ask(client, _ANSWER_TOKENS), rules, graded, pairs, pool.map)
    models = {arm.name: arm.model for arm in files.proof.arms if arm.model}
    report = judge_report(model, said, models, rules, people, seed)
    text = json.dumps({"schema": "advisor/judge/v1", **plain(report)}, indent=2, ensure_ascii=False)
    write_whole(folder / "judge.json", text + "\n")
    if form == "json":
        click.echo(text)
        return
    for line in report_lines(report):
        click.echo(line)


def report_lines(report: JudgeReport) -> Iterator[str]:
    """The report in lines to read: warnings first."""
    for warning in report.warnings:
        yield f"! {warning}"
    yield f"{report.judge} gives, from 1 to 5:"
    for arm in report.arms:
        failed = f", {arm.failed} could not be graded" if arm.failed else ""
        scores = ", ".join(f"{name} {_range(score)}" for name, score in arm.scores.items())
        yield f"  {arm.arm}: {scores} ({arm.graded} answers{failed})"
    for pair in report.pairs:
        yield (
            f"  {pair.arm} against {pair.against}: {pair.wins} wins, {pair.ties} ties, {pair.losses} losses, "
            f"net {_range(pair.net)}{f', {pair.failed} failed' if pair.failed else ''}"
        )
    if report.failures:
        yield "  failed: " + "; ".join(f"{count} x {why}" for why, count in report.failures.items())


def _range(found: Estimate) -> str:
    if found.value is None:
        return "not known"
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
