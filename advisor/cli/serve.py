"""`advisor serve`: the service on this machine."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from socket import gethostname
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from advisor.service.log_format import Format


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to bind to.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the database and the files.  [default: ADVISOR_DATA, else the user's data folder]",
)
@click.option(
    "--name",
    help="Name of this process among those that share a database; keep it over restarts.  [default: serve, and the "
    "host's name where the database is shared]",
)
@click.option("--share-port", is_flag=True, help="Let several of them answer at one port, each with a --name.")
@click.option(
    "--log-format",
    type=click.Choice(("text", "json")),
    default="text",
    show_default=True,
    help="How the log on standard error is written: a line for each request, without personal data.",
)
def serve(host: str, port: int, data: Path | None, name: str | None, share_port: bool, log_format: Format) -> None:
    """Serve the form, the JSON API (/api/v1) and the OpenAI-compatible API (/v1); work on tuning jobs and proofs.

    Open the address that is printed in a browser: the form asks one question after the other, shows the result with
    its costs, begins proofs and tuning jobs, and works without JavaScript. Point the OpenAI SDK at the same address
    with /v1 behind it; /api/v1/docs shows the JSON API. Unfinished jobs and proofs go on. Other machines are let in
    only with accounts: `advisor users add`, `advisor keys create`, or ADVISOR_API_KEYS. ADVISOR_DATABASE_URL names a
    PostgreSQL database to use instead of the embedded one. On SIGTERM or Ctrl-C the requests that were begun are
    finished first; a second one stops at once.

    \b
    Example:
      advisor serve --port 8000      then open http://127.0.0.1:8000 in a browser
    """
    serve_here(host, port, data, name=name, share_port=share_port, log_format=log_format)


def serve_here(
    host: str,
    port: int,
    data: Path | None,
    assistants: Sequence[Path] = (),
    *,
    name: str | None = None,
    share_port: bool = False,
    log_format: Format = "text",
) -> None:
    """Serve until interrupted, with the assistants in these files beside those of the data folder."""
    from advisor.cli.tune_store import opened
    from advisor.service.draining import Stop, serve_until_told
    from advisor.service.log_format import set_up_logs
    from advisor.service.rate_limit import RateLimits
    from advisor.service.resources import environment, open_resources
    from advisor.service.server import SWITCH_S, bind, check_binding
    from advisor.store.database import FILE

    settings = environment()
    limits = RateLimits(settings.rate_limit, settings.rate_limit_storage)
    if settings.database_url is None and not ((data or settings.data) / FILE).exists():
        check_binding(host, settings.api_keys)  # nobody has an account yet, and nothing is made
    else:
        with opened(data) as store:
            check_binding(host, settings.api_keys, store)
    # A thread that comes back from the disk waits for those that compute: 0.5 ms at a time rather than 5.
    sys.setswitchinterval(SWITCH_S)
    set_up_logs(log_format)
    # An embedded database may move to another host with its folder; those who share one need names of their own.
    name = name or ("serve" if settings.database_url is None else f"serve-{gethostname()}")
    resources = open_resources(data or settings.data, settings.database_url, name=name, assistants=assistants)
    try:
        server = bind(resources, host, port, settings.api_keys, limits, share_port=share_port)
        stop = Stop(server)
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"advisor serves on http://{shown}:{server.effective_port}")
        sys.stdout.flush()
        finished = serve_until_told(server, stop)
        left = "" if finished else "requests were cut off; "
        click.echo(f"stopped; {left}unfinished jobs go on at the next start", err=True)
    finally:
        resources.close()
