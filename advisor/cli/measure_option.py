"""`--measure NAME=PATH`: an answer that is a count of tokens, counted in files instead of guessed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from advisor.case import Case
from advisor.errors import InputError
from advisor.files import load_tokenizers, read_text
from advisor.question import nearest

F = TypeVar("F", bound=Callable[..., Any])

SUMMED = ("knowledge.tokens",)  # of all files of a folder
EACH = ("traffic.instruction_tokens", "traffic.context_tokens", "traffic.input_tokens", "traffic.output_tokens")
USUAL_MODEL = "gpt-4o-mini"  # whose tokenizer counts where the case names no model


def measure_option(command: F) -> F:
    """Adds `--measure`."""
    return click.option(
        "--measure",
        "measured",
        multiple=True,
        metavar="NAME=PATH",
        help="Count the tokens of an answer in a text file or a folder, such as knowledge.tokens=docs/ (the sum) or "
        "traffic.input_tokens=samples/ (the mean of the files). May be given several times.",
    )(command)


def measured_case(case: Case, measured: Sequence[str]) -> Case:
    """`case` with the answers of `--measure` counted. Raises InputError; says on standard error what was counted."""
    for text in measured:
        name, equals, path = text.partition("=")
        if not equals or name not in (*SUMMED, *EACH):
            known = ", ".join((*SUMMED, *EACH))
            raise InputError(
                f"{name} is no count of tokens{nearest(name, (*SUMMED, *EACH))}",
                where=f"--measure {text}",
                what_to_do=f"write --measure knowledge.tokens=docs/; the counts are {known}",
            )
        case = case.with_answers({name: _counted(case, name, Path(path))})
    return case


def _counted(case: Case, name: str, path: Path) -> int:
    from advisor.token_count import count_tokens

    model = str(case.given("models.base") or USUAL_MODEL)
    tokenizer = load_tokenizers().of(model)
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    if not files:
        raise InputError("there is no file in this folder", where=str(path), what_to_do="name one with text files")
    counts = [count_tokens([read_text(file)], tokenizer) for file in files]
    total = sum(count.tokens for count in counts)
    tokens = total if name in SUMMED else round(total / len(files))
    how = "in all" if name in SUMMED else "each, on average"
    exact = "exact" if tokenizer.exact else f"an estimate within {tokenizer.error:.0%}: {tokenizer.because}"
    click.echo(f"{name}: {tokens:,} tokens {how}, in {len(files)} file(s) of {path}, for {model}: {exact}", err=True)
    return tokens
