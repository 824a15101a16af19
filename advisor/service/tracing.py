"""Traces of requests by OpenTelemetry, where its own variables (OTEL_…) ask for them; nothing personal is in them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from flask import Flask

from advisor.errors import InputError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter

EXPORTER: Final = "OTEL_TRACES_EXPORTER"
ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROBES: Final = "/healthz$,/readyz$,/metrics$"
# Names of both generations of OpenTelemetry's conventions. The path, the query, the address and the browser are not
# among them.
_KEPT: Final = (
    *("http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code"),
    *("http.scheme", "url.scheme", "http.flavor", "network.protocol.version", "error.type"),
)


def wanted_exporter(variables: Mapping[str, str] = os.environ) -> str | None:
    """`otlp` or `console`, or None where no traces are asked for. Raises InputError for another."""
    if variables.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    named = variables.get(EXPORTER, "").strip().lower()
    if not named and any(variables.get(name) for name in ENDPOINTS):
        named = "otlp"
    if named in ("", "none"):
        return None
    if named not in ("otlp", "console"):
        raise InputError(f"traces cannot be sent to {named!r}", where=EXPORTER, what_to_do="set it to otlp or console")
    return named


def trace_if_asked(app: Flask, variables: Mapping[str, str] = os.environ) -> TracerProvider | None:
    """Trace the requests of `app` where the variables say so; the last ones are sent when the process ends.

    Raises InputError where the extra is not installed.
    """
    named = wanted_exporter(variables)
    if named is None:
        return None
    try:
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        if named == "console":
            return trace(app, ConsoleSpanExporter())
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return trace(app, OTLPSpanExporter())
    except ModuleNotFoundError:
        raise InputError(
            "OpenTelemetry is not installed", where=EXPORTER, what_to_do="pip install 'advisor[otel]'"
        ) from None


def trace(app: Flask, exporter: SpanExporter) -> TracerProvider:
    """Send a span for each request of `app`, probes left out, to `exporter`, without what could name a person."""
    from opentelemetry.instrumentation.flask import FlaskInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # The variable OTEL_SERVICE_NAME goes before the name given here.
    name = os.environ.get("OTEL_SERVICE_NAME", "advisor")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(without_personal_data(exporter)))
    FlaskInstrumentor().instrument_app(app, tracer_provider=provider, excluded_urls=_PROBES)
    first = app.before_request_funcs[None]
    first.insert(0, first.pop())  # before the guard, so that requests which it refuses have a span too
    return provider


def without_personal_data(exporter: SpanExporter) -> SpanExporter:
    """`exporter`, given only the attributes that cannot name a person, and no events, which may quote errors."""
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from opentelemetry.trace import Status

    class Plain(SpanExporter):  # type: ignore[misc]  # an extra has no types here
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            return exporter.export([_plain(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return bool(exporter.force_flush(timeout_millis))

    def _plain(span: ReadableSpan) -> ReadableSpan:
        given = span.attributes or {}
        # Without a route the name holds the path.
        name = span.name if "http.route" in given else span.name.partition(" ")[0]
        attributes: dict[str, Any] = {key: given[key] for key in _KEPT if key in given}
        return ReadableSpan(
            name=name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=attributes,
            kind=span.kind,
            instrumentation_scope=span.instrumentation_scope,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
        )

    return Plain()
