"""`advisor serve`: the service on this machine."""

from __future__ import annotations

import logging
import signal
import sys
from pathlib import Path
from socket import gethostname
from types import FrameType

import click


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
def serve(host: str, port: int, data: Path | None) -> None:
    """Serve the form, the JSON API (/api/v1) and the OpenAI-compatible API (/v1); work on tuning jobs and proofs.

    Open the address that is printed in a browser: the form asks one question after the other, shows the result with
    its costs, begins proofs and tuning jobs, and works without JavaScript. Point the OpenAI SDK at the same address
    with /v1 behind it; /api/v1/docs shows the JSON API. Unfinished jobs and proofs go on. Other machines are let in
    only with accounts: `advisor users add`, `advisor keys create`, or ADVISOR_API_KEYS. ADVISOR_DATABASE_URL names a
    PostgreSQL database to use instead of the embedded one.

    \b
    Example:
      advisor serve --port 8000      then open http://127.0.0.1:8000 in a browser
    """
    from advisor.cli.tune_store import opened
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
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # A short queue of requests is no news.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # An embedded database may move to another host with its folder; those who share one need names of their own.
    name = "serve" if settings.database_url is None else f"serve-{gethostname()}"
    resources = open_resources(data or settings.data, settings.database_url, name=name)
    try:
        server = bind(resources, host, port, settings.api_keys, limits)
        signal.signal(signal.SIGTERM, _interrupt)
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"advisor serves on http://{shown}:{server.effective_port}")
        sys.stdout.flush()
        server.run()  # until it is interrupted
        click.echo("stopping; unfinished jobs go on at the next start", err=True)
    finally:
        resources.close()


def _interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature is Python's
    raise KeyboardInterrupt
