"""`advisor mcp`: the tools for agents."""

from __future__ import annotations

from pathlib import Path

import click

from advisor.errors import InputError


@click.command()
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Data files are read below it, and nowhere else.  [default: the current folder]",
)
def mcp(folder: Path) -> None:
    """Serve an agent over the Model Context Protocol, on standard input and output.

    The agent can ask for the next question, recommend, estimate costs, check a data file, and plan a training run under
    a ceiling of dollars, above which the plan is refused. Nothing is uploaded, trained or paid. Needs the extra mcp.

    \b
    Example, as the command in the settings of an agent:
      advisor mcp --folder data
    """
    try:
        from advisor.service.mcp_server import mcp_server
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("mcp"):
            raise
        raise InputError("the MCP SDK is not installed", what_to_do="pip install 'advisor[mcp]'") from None
    mcp_server(folder.resolve()).run("stdio")
