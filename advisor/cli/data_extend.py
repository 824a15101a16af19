"""`advisor data extend`: more examples in the style of a file, written by a model."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import click

from advisor.chat_client import KEY_VARIABLE, ChatClient
from advisor.data_examples import rows_of
from advisor.data_extend import Forecast, Rate, Wish, extend, forecast, kept_batches
from advisor.dataset.example import Example
from advisor.dataset.synthetic import ASKED, chosen_to_show, request_messages
from advisor.errors import InputError
from advisor.files import load_market, load_tokenizers


@click.command("extend")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--count", type=click.IntRange(1, 1_000_000), required=True, help="How many new examples are wanted.")
@click.option("--model", required=True, help="The model that writes them; better than the one to be tuned.")
@click.option("--base-url", help="Address of an OpenAI-compatible host; default: OpenAI.")
@click.option("--key-variable", default=KEY_VARIABLE, show_default=True, help="Environment variable with the key.")
@click.option("--wish", default="", help="What is wanted of them, such as: more rare error codes.")
@click.option("--spend-up-to", "most", default="5", show_default=True, metavar="USD", help="Never spend more.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Which examples are shown.")
@click.option("--yes", is_flag=True, help="Begin without being asked.")
def extend_command(
    file: Path,
    out: Path,
    count: int,
    model: str,
    base_url: str | None,
    key_variable: str,
    wish: str,
    most: str,
    seed: int,
    yes: bool,
) -> None:
    """Ask a model for more examples in the style of FILE, and write what is new to OUT.

    \b
    Examples:
      advisor data extend train.jsonl more.jsonl --count 200 --model gpt-5.6-luna
      advisor data extend train.jsonl more.jsonl --count 50 --model llama3.1 --yes
      (with --base-url http://localhost:11434/v1 for a model on this machine)

    The cost is shown before anything is sent, and --spend-up-to is never exceeded. Examples that repeat the file or one
    another are not taken. Every row is marked as synthetic, with the model and the lines it was shown. Examples of FILE
    leave this machine unless the host is this machine: `advisor data clean --anonymise` comes first. An interrupted run
    goes on with the same command; what was paid for is kept in OUT.part. Read a sample before training on it.
    """
    asked = Wish(count, wish, seed, _usd(most))
    examples = [row.example for row in rows_of(file) if row.example.answer]
    if not examples:
        raise InputError("no row has an answer to learn the style from", where=str(file), what_to_do="check the file")
    client = ChatClient(model, base_url, key_variable)
    rate = _rate(client, model)
    have = sum(len(batch.rows) for batch in kept_batches(out.with_name(out.name + ".part")))
    expected = _forecast(examples, asked, rate, model, have)
    _show(expected, asked, rate, client, have)
    if not yes and not click.confirm("Begin?", err=True):
        raise click.Abort
    terminal = sys.stderr.isatty()

    def told(rows: int, usd: Decimal) -> None:
        if terminal:
            click.echo(f"\r{rows:,} of {count:,} new examples, ${usd:.4f}", err=True, nl=False)

    done = extend(examples, client, asked, rate, expected, out, file, told)
    if terminal:
        click.echo(err=True)
    click.echo(f"{out}: {done.rows:,} new examples, ${done.usd:.4f} spent ({done.ended})")
    for why, number in sorted(done.refused.items()):
        click.echo(f"  not taken: {number:,} {why.replace('_', ' ')}")


def _usd(text: str) -> Decimal:
    try:
        value = Decimal(text.removeprefix("$"))
    except ArithmeticError:
        raise InputError(f"{text} is no amount", where="--spend-up-to", what_to_do="write 5 for $5") from None
    if not value.is_finite() or value <= 0:
        raise InputError(f"{text} allows no request", where="--spend-up-to", what_to_do="write 5 for $5")
    return value


def _rate(client: ChatClient, model: str) -> Rate:
    """USD a token at the day's price; nothing on this machine. Raises PriceMissingError for an unknown model."""
    if client.is_local:
        return Rate(Decimal(0), Decimal(0), "the host is this machine")
    from advisor.cost.case_factors import CaseFactors
    from advisor.files import load_case

    market = load_market()
    factors = CaseFactors(load_case({}), market.prices, date.today(), market.elsewhere)
    read, written = (factors.price(model, f"base_infer_{way}") for way in ("input", "output"))
    return Rate(read.middle, written.middle, f"{read.shown} in, {written.shown} out ({read.source})")


def _forecast(examples: Sequence[Example], wish: Wish, rate: Rate, model: str, have: int) -> Forecast:
    from advisor.token_count import count_tokens

    tokenizer = load_tokenizers().of(model)
    shown = chosen_to_show(examples, 0, wish.seed)
    sent = count_tokens((message["content"] for message in request_messages(shown, ASKED, wish.kind)), tokenizer)
    texts = [f"{example.prompt} {example.answer}" for example in shown]
    each = count_tokens(texts, tokenizer).tokens / len(texts) + 12
    return forecast(wish, rate, sent.high, round(each * ASKED), have)


def _show(expected: Forecast, wish: Wish, rate: Rate, client: ChatClient, have: int) -> None:
    where = client.base_url or "OpenAI"
    kept = f" ({have:,} are there from before)" if have else ""
    click.echo(
        f"{wish.examples:,} new examples{kept} from {client.model} at {where}: about {expected.requests:,} requests, "
        f"${expected.usd:.4f}, at most ${wish.most_usd}; {rate.because}",
        err=True,
    )
    if expected.usd > wish.most_usd:
        click.echo("  that is above --spend-up-to: it will end with fewer", err=True)
