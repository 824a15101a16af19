"""`advisor tune deploy`: what another server needs to serve a tuned model."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from advisor.cli.tune_store import data_option, data_path, opened


@click.command()
@data_option
@click.argument("model")
@click.option(
    "--to",
    "target",
    type=click.Choice(["ollama", "vllm", "container"]),
    required=True,
    help="Ollama and vLLM serve LoRA models; a container serves any.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="A new folder to write to.")
def deploy(data: Path | None, model: str, target: str, out: Path) -> None:
    """Write what Ollama, vLLM or a container needs to serve MODEL, and check that it loads where that can be done.

    MODEL is a name such as ft:advisor-linear:advisor:iot:1b2c3d4e. The exit code is 1 where the tool is installed and
    cannot load it.
    """
    from advisor.tuning.back_ends import shipped_trainers
    from advisor.tuning.data_folder import DataFolder
    from advisor.tuning.deployment import deploy as write

    with opened(data) as store:
        written = write(store, DataFolder(data_path(data)), shipped_trainers(), model, target, out.resolve())
    click.echo(f"written to {written.folder}")
    seen = {True: "it was loaded and answers", False: "it does not load", None: "it was not loaded"}[written.loads]
    click.echo(f"{seen}: {written.note}" if written.note else seen)
    click.echo(f"start it with: {written.start}")
    if written.loads is False:
        sys.exit(1)
