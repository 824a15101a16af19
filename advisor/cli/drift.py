"""`advisor drift`: whether what is asked, what is answered, how fast and for how much has changed."""

from __future__ import annotations

import hashlib
import json
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from advisor.cli.deployment_store import deed_in, deployment_in, workspace_option
from advisor.cli.tune_store import data_option, data_path, opened
from advisor.errors import InputError

if TYPE_CHECKING:
    from advisor.operation.drift import Judged, Look

_COLUMNS: Final = 80
_INDENT: Final = 24
file_type = click.Path(dir_okay=False, path_type=Path)


@click.group()
def drift() -> None:
    """Watch a deployment for drift: accuracy, questions, classes, latency, cost and thumbs.

    \b
    Examples:
      advisor drift check --baseline march.txt --recent may.txt
      advisor drift set support watch.yaml
      advisor drift check support
    """


@drift.command()
@click.argument("name", required=False)
@click.option("--baseline", type=file_type, help="Texts of before: one on each line (.txt), or a data set.")
@click.option("--recent", type=file_type, help="Texts of now.")
@click.option("--quiet", is_flag=True, help="Send no alerts, and keep nothing of this look.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@workspace_option
@data_option
def check(
    name: str | None,
    baseline: Path | None,
    recent: Path | None,
    quiet: bool,
    form: str,
    workspace: str,
    data: Path | None,
) -> None:
    """Look at the deployment NAME, or at two files, once. The exit code is 1 where something has drifted.

    Look at a deployment as often as you like: the more often, the less a single look may call drift, so that there is
    at most one false alarm a year. An alert is sent once, not at each look, until the condition is over.

    \b
    Examples:
      advisor drift check support
      advisor drift check --baseline march.txt --recent may.txt
      advisor drift check --baseline train.jsonl --recent last-week.jsonl --format json
    """
    from advisor.operation.drift_check import check_deployment, check_files

    if (baseline is None) != (recent is None) or (name is None) == (baseline is None):
        raise InputError(
            "name a deployment, or two files", what_to_do="write `drift check NAME`, or --baseline FILE --recent FILE"
        )
    notes: list[str] = []
    if baseline and recent:
        found = check_files(baseline, recent)
    else:
        from advisor.operation.alerts import announce
        from advisor.store.deployment_events import now_ms

        with opened(data) as store:
            deployment, now = deployment_in(store, str(name), workspace), now_ms()
            found = check_deployment(store, deployment, now)
            if not quiet:
                said = announce(store, deployment, found, now)
                notes += [f"alert: {alert.subject}\n{alert.text}" for alert in said.new]
                notes += [f"still so: {alert.subject}" for alert in said.still_open]
                notes += [f"over: {signal.replace('_', ' ')}" for signal in said.cleared]
                notes += [f"not sent: {problem}" for problem in said.failed]
    click.echo(_json(found) if form == "json" else "\n".join([_text(found), *notes]))
    sys.exit(1 if found.drifted else 0)


@drift.command("set")
@click.argument("name")
@click.argument("settings", type=file_type)
@workspace_option
@data_option
def set_settings(name: str, settings: Path, workspace: str, data: Path | None) -> None:
    """Set how the deployment NAME is watched, from a YAML file (SETTINGS); the canary set is locked as it is now.

    \b
    # what may stand in the file; what is left out is not done
    feedback_origins: [https://app.example]
    canary: {file: canary.jsonl}
    least_accuracy: 0.9
    webhook: {url: https://hooks.example/advisor, secret: ADVISOR_WEBHOOK_SECRET}
    mail: {host: smtp.example, sender: advisor@example.org, to: [ops@example.org]}

    \b
    Example:
      advisor drift set support watch.yaml
    """
    from advisor.files import write_whole
    from advisor.operation.feedback_desk import canary_path, read_golden
    from advisor.operation.watch_settings import KEY, read_watch_settings
    from advisor.store.deployment_events import Happened

    wanted = read_watch_settings(settings)
    if wanted.canary:
        path = settings.parent / wanted.canary.file
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise InputError(
                f"the canary set cannot be read: {error.strerror}", where=str(path), what_to_do="check the path"
            ) from None
        golden = read_golden(path)
        if not golden:
            raise InputError("the canary set has no golden answers", where=str(path), what_to_do="write chat JSONL")
        sha256 = hashlib.sha256(raw).hexdigest()
        kept = canary_path(data_path(data), sha256)
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, raw)
        locked = wanted.canary.model_copy(update={"file": path.name, "sha256": sha256})
        wanted = wanted.model_copy(update={"canary": locked})
        click.echo(f"{len(golden)} canary questions locked ({sha256[:12]})")
    with opened(data) as store:
        known = deployment_in(store, name, workspace)
        changed = known._replace(settings={**known.settings, KEY: wanted.model_dump(mode="json")})
        happened = Happened("settings", "how it is watched was changed")
        store.deployments.change(known, changed, happened, deed_in(workspace))
    click.echo(f"{name}: set")


@drift.command()
@click.argument("name")
@click.option("--base-url", default="http://127.0.0.1:8000/v1", show_default=True, help="Address of the service.")
@click.option("--key", default="ADVISOR_API_KEY", show_default=True, help="Variable with the key, where one is needed.")
@click.option("--tokens", default=500, show_default=True, type=click.IntRange(1, 32_000), help="Longest answer.")
@workspace_option
@data_option
def canary(name: str, base_url: str, key: str, tokens: int, workspace: str, data: Path | None) -> None:
    """Ask the canary set of the deployment NAME through the service, and keep which answers were right.

    The first run is what later ones are compared with.

    \b
    Example:
      advisor drift canary support && advisor drift check support
    """
    from advisor.chat_client import ChatClient
    from advisor.operation.canary import ask_canary

    client = ChatClient(name, base_url, key)
    with opened(data) as store:
        run = ask_canary(
            store,
            deployment_in(store, name, workspace),
            data_path(data),
            lambda question: client.complete([{"role": "user", "content": question}], tokens).text,
        )
    click.echo(f"{run.right} of {run.asked} right ({run.right / run.asked:.1%})")


def _text(found: Look) -> str:
    lines = []
    for one in found.judged:
        signal = one.signal
        mark = "?" if signal.missing else "!" if one.drifted else "ok"
        lines += _wrapped(_figures(one), f"{mark:<3}{signal.id.replace('_', ' '):<20} ")
        for text in (signal.counted, signal.detail):
            if text and not signal.missing:
                lines += _wrapped(text, " " * _INDENT)
    verdict = ", ".join(one.signal.id.replace("_", " ") for one in found.drifted)
    lines.append(f"Drifted: {verdict}." if verdict else "Nothing has drifted.")
    lines.append(f"(alpha of this look {found.alpha:.2g}, p adjusted over all signals; ? is not measured)")
    return "\n".join(lines)


def _wrapped(text: str, first: str) -> list[str]:
    return textwrap.wrap(text, _COLUMNS, initial_indent=first, subsequent_indent=" " * _INDENT)


def _figures(one: Judged) -> str:
    signal = one.signal
    if signal.missing:
        return signal.missing
    return f"{signal.before} to {signal.now} (change {signal.low:+.3f} to {signal.high:+.3f}, p {one.p_adjusted:.2g})"


def _json(found: Look) -> str:
    signals = [{**one.signal._asdict(), "p_adjusted": one.p_adjusted, "drifted": one.drifted} for one in found.judged]
    return json.dumps({"schema": "advisor/drift/v1", "alpha": found.alpha, "signals": signals}, indent=2)
