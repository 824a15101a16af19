"""What a deployment says of its own watching: pages that may send feedback, the canary set, and where alerts go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator

from advisor.errors import InputError
from advisor.strict_yaml import decode, read

KEY: Final = "watch"  # under which the settings of a deployment hold this
Text = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,99}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class CanarySet(_Strict):
    """A locked file of questions with golden answers, as chat JSONL; `file` is what it was called."""

    file: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    """Of the file, under which `advisor drift set` keeps it in the data folder; without it nothing is locked."""


class Webhook(_Strict):
    """Where alerts are posted; `secret` names the variable of the environment with the key of their signature."""

    url: Text
    secret: Variable = "ADVISOR_WEBHOOK_SECRET"  # noqa: S105  the name of a variable


class Mail(_Strict):
    """Where alerts are sent by e-mail; `password` names a variable of the environment."""

    host: Text
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    sender: Text
    to: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    user: Text | None = None
    password: Variable = "ADVISOR_SMTP_PASSWORD"  # noqa: S105  the name of a variable
    starttls: bool = True
    """Only a server on this machine is spoken to without encryption."""

    @field_validator("sender", "to")
    @classmethod
    def _one_line(cls, value: Any) -> Any:
        texts = value if isinstance(value, tuple) else (value,)
        if any("\n" in text or "\r" in text or "@" not in text for text in texts):
            raise ValueError("an address is written as name@host, on one line")
        return value


class WatchSettings(_Strict):
    """The settings; whatever is left out is not done."""

    feedback_origins: Annotated[tuple[Text, ...], Field(max_length=50)] = ()
    """Pages that may show the snippet and send feedback: https://app.example."""
    canary: CanarySet | None = None
    least_accuracy: Annotated[float, Field(ge=0, le=1)] | None = None
    """Of the canary set and of reviewed samples, below which an alert is due whatever it was before."""
    baseline_days: Annotated[int, Field(ge=1, le=366)] = 28
    recent_days: Annotated[int, Field(ge=1, le=92)] = 7
    on_drift: Literal["alert", "hold"] = "alert"
    """`hold`: from an alert on, the fallback or the previous version answers in the place of the newest model."""
    webhook: Webhook | None = None
    mail: Mail | None = None

    @field_validator("feedback_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            parts = urlsplit(origin)
            if parts.scheme not in ("http", "https") or f"{parts.scheme}://{parts.netloc}" != origin or "*" in origin:
                raise ValueError(f"{origin} is no origin; write it as https://app.example, without a path")
        return value


def watch_settings(settings: Mapping[str, Any]) -> WatchSettings:
    """What the settings of a deployment say, with the defaults."""
    return WatchSettings.model_validate(settings.get(KEY) or {})


def read_watch_settings(path: Path) -> WatchSettings:
    """The settings in a YAML file. Raises InputError with file:line."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"the file cannot be read: {error.strerror}", where=str(path), what_to_do="check the path"
        ) from None
    document = read(decode(raw, str(path)), str(path))
    try:
        return WatchSettings.model_validate(_plain(document.value))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        named = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{named}: {first['msg']}", where=document.where(*first["loc"]), what_to_do="see the how-to on drift"
        ) from None


def _plain(value: Any) -> Any:
    """Decimals of the YAML reader as numbers that pydantic takes."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
