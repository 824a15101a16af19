"""`advisor assistant serve`."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.cli.tune_store import data_option


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@data_option
def serve(files: tuple[Path, ...], host: str, port: int, data: Path | None) -> None:
    """Serve assistants as models on /v1/chat/completions, as `advisor serve` with them.

    The model's name is assistant/ID. A call that changes data waits until the user's next message is the line that the
    answer names. `advisor serve` by itself serves the assistants in DATA/assistants/NAME/assistant.yaml.

    \b
    Example:
      advisor assistant serve my-assistant other/assistant.yaml --port 8080
    """
    from advisor.assistant.specification_file import read_specification
    from advisor.cli.serve import serve_here

    for file in files:
        read_specification(file)  # a wrong file is told now, not when it is first asked
    serve_here(host, port, data, files)
