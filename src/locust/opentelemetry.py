"""What `--otel` exports by OpenTelemetry: a span for each HTTP request, durations, numbers of users, and the log.

Which exporters: OTEL_TRACES_EXPORTER, OTEL_METRICS_EXPORTER and OTEL_LOGS_EXPORTER, each a list of `otlp` (default),
`console` and `none`. How OTLP travels: OTEL_EXPORTER_OTLP_PROTOCOL, or OTEL_EXPORTER_OTLP_TRACES_PROTOCOL and so on,
`grpc` (default) or `http/protobuf`. The rest is as the SDK's documentation says: OTEL_EXPORTER_OTLP_ENDPOINT,
OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES ...
"""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import socket
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import gevent

from locust import events
from locust._version import __version__
from locust.runners import MasterRunner

if TYPE_CHECKING:
    from opentelemetry.metrics import CallbackOptions, Meter, Observation
    from opentelemetry.sdk.resources import Resource

    from locust.env import Environment

__all__ = ["MAX_REQUEST_NAMES", "request_names", "setup_opentelemetry"]

logger = logging.getLogger(__name__)

# Names beyond this number share one: each takes memory here and in what stores them.
MAX_REQUEST_NAMES = 20
request_names: set[str] = set()

_SIGNALS = ("traces", "metrics", "logs")
_OTHER_NAME = "Too many unique request names"
# Of OpenTelemetry's conventions for durations in seconds; the SDK's own are for milliseconds.
_DURATION_LIMITS_SEC = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)
_SHUTDOWN_SEC = 10.0
# Among the arguments of FastHttpSession.request after the name.
_HEADERS_POSITION = 3
_OTLP = "opentelemetry.exporter.otlp.proto"
_EXPORTERS = {
    "traces": ("trace_exporter", "OTLPSpanExporter", "opentelemetry.sdk.trace.export", "ConsoleSpanExporter"),
    "metrics": ("metric_exporter", "OTLPMetricExporter", "opentelemetry.sdk.metrics.export", "ConsoleMetricExporter"),
    "logs": ("_log_exporter", "OTLPLogExporter", "opentelemetry.sdk._logs.export", "ConsoleLogRecordExporter"),
}


def setup_opentelemetry(locustfile: str, profile: str | None) -> bool:
    """Begins to export, for this process and until it ends.

    Args:
        locustfile: as the command line names it; an attribute of all that is exported.
        profile: label of the run; another.

    Returns:
        Whether anything is exported. If not, the log says why.
    """
    if not will_export():
        return False
    from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource

    resource = Resource.create(
        {
            SERVICE_NAME: os.environ.get("OTEL_SERVICE_NAME") or "locust",
            SERVICE_VERSION: __version__,
            "host.name": socket.gethostname(),
            "filename": locustfile,
            "profile": profile or "",
        }
    )
    providers = [
        begin(resource, wanted)
        for signal, begin in (("traces", _export_traces), ("metrics", _export_metrics), ("logs", _export_logs))
        if (wanted := _wanted(signal))
    ]
    atexit.register(_shut_down, providers)
    return True


def will_export() -> bool:
    """Whether the libraries are there and something is to be exported. If not, the log says why."""
    try:
        importlib.import_module("opentelemetry.sdk")
    except ImportError:
        logger.error("OpenTelemetry SDK is not installed, opentelemetry not enabled. Run 'pip install locust[otel]'")
        return False
    if not any(_wanted(signal) for signal in _SIGNALS):
        logger.info("No OpenTelemetry exporters configured, opentelemetry not enabled")
        return False
    return True


def _wanted(signal: str) -> list[str]:
    """Gives the exporters that the environment asks for."""
    # Empty means unset, by OpenTelemetry's specification.
    names = (os.environ.get(f"OTEL_{signal.upper()}_EXPORTER") or "otlp").split(",")
    return [name for name in map(str.strip, names) if name not in ("", "none")]


def _exporters(signal: str, names: Iterable[str]) -> list[Any]:
    otlp_module, otlp_class, console_module, console_class = _EXPORTERS[signal]
    made: list[Any] = []
    for name in names:
        if name == "console":
            made.append(getattr(importlib.import_module(console_module), console_class)())
        elif name == "otlp":
            if transport := _transport(signal):
                module = importlib.import_module(f"{_OTLP}.{transport}.{otlp_module}")
                made.append(getattr(module, otlp_class)())
        elif name == "prometheus" and signal == "metrics":
            logger.warning("Prometheus metrics exporter is not yet implemented!")
        else:
            logger.warning("Unknown %s exporter '%s'. Ignored", signal, name)
    return made


def _transport(signal: str) -> str | None:
    general = os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL") or "grpc"
    protocol = (os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL") or general).strip().lower()
    if protocol == "grpc":
        from locust.contrib._grpc import let_grpc_wait_for_gevent

        let_grpc_wait_for_gevent()
        return "grpc"
    if protocol in ("http/protobuf", "http"):
        return "http"
    logger.warning("Unknown OpenTelemetry otlp exporter protocol '%s'. Use 'grpc' or 'http/protobuf'", protocol)
    return None


def _export_traces(resource: Resource, names: list[str]) -> Callable[[], object]:
    from opentelemetry import trace
    from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in _exporters("traces", names):
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    _trace_requests(provider.get_tracer("locust"))
    # What locustfiles send by other ways than their clients.
    URLLib3Instrumentor().instrument(tracer_provider=provider)
    return provider.shutdown


def _trace_requests(tracer: Any) -> None:
    """Gives each request of HttpUser and FastHttpUser a span, and the span's id to the server (`traceparent`).

    Not by OpenTelemetry's instrumentation of requests: that would keep these clients from the engine's fast road.
    """
    from opentelemetry import propagate
    from opentelemetry.trace import SpanKind, StatusCode

    from locust.clients import HttpSession
    from locust.contrib.fasthttp import FastHttpSession

    def traced(send: Callable[..., Any]) -> Callable[..., Any]:
        def request(session: Any, method: str, url: str, name: str | None = None, *args: Any, **kwargs: Any) -> Any:
            address, path = _described(session._build_url(url))
            title = name or session.request_name or path
            attributes = {"http.method": method, "http.url": address}
            with tracer.start_as_current_span(f"{method} {title}", kind=SpanKind.CLIENT, attributes=attributes) as span:
                # FastHttpSession takes headers by position too.
                is_by_position = len(args) > _HEADERS_POSITION
                headers = dict((args[_HEADERS_POSITION] if is_by_position else kwargs.get("headers")) or {})
                propagate.inject(headers)
                if is_by_position:
                    args = (*args[:_HEADERS_POSITION], headers, *args[_HEADERS_POSITION + 1 :])
                else:
                    kwargs["headers"] = headers
                response = send(session, method, url, name, *args, **kwargs)
                status = getattr(response, "status_code", 0) or 0
                error = getattr(response, "error", None)
                if status:
                    span.set_attribute("http.status_code", status)
                if status >= 400:
                    span.set_status(StatusCode.ERROR)
                elif error is not None:
                    span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")
                    span.record_exception(error)
                return response

        return request

    HttpSession.request = traced(HttpSession.request)  # type: ignore[method-assign]
    FastHttpSession.request = traced(FastHttpSession.request)  # type: ignore[method-assign]


def _described(url: str) -> tuple[str, str]:
    """Gives a URL as it may be shown, without a password; and its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url, url  # the client says what is wrong with it
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl(), parts.path or "/"


def _export_metrics(resource: Resource, names: list[str]) -> Callable[[], object]:
    from opentelemetry import metrics
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    readers = [PeriodicExportingMetricReader(exporter) for exporter in _exporters("metrics", names)]
    provider = MeterProvider(metric_readers=readers, resource=resource, shutdown_on_exit=False)
    metrics.set_meter_provider(provider)
    meter = provider.get_meter("locust")
    _count_users(meter)
    _measure_requests(meter)
    return provider.shutdown


def _measure_requests(meter: Meter) -> None:
    duration = meter.create_histogram(
        "locust.client.duration",
        unit="s",
        description="Time from a request until the last byte of its response",
        explicit_bucket_boundaries_advisory=_DURATION_LIMITS_SEC,
    )

    def on_request(name: str, response_time: float | None, exception: Any = None, **_: Any) -> None:
        if name not in request_names:
            if len(request_names) < MAX_REQUEST_NAMES:
                request_names.add(name)
            else:
                name = _OTHER_NAME
        attributes = {"name": name}
        if exception:
            attributes["error.type"] = type(exception).__name__
        duration.record((response_time or 0) / 1000, attributes)

    events.request.add_listener(on_request)


def _count_users(meter: Meter) -> None:
    environments: list[Environment] = []

    def observe(_: CallbackOptions) -> Iterable[Observation]:
        from opentelemetry.metrics import Observation

        for environment in environments:
            # Users of workers are told by their workers.
            if environment.runner is not None and not isinstance(environment.runner, MasterRunner):
                for name, count in environment.runner.user_classes_count.items():
                    yield Observation(count, {"user_class": name})

    meter.create_observable_gauge(
        "locust.users.count", callbacks=[observe], unit="{user}", description="Users that run in this process"
    )
    events.init.add_listener(lambda environment, **_: environments.append(environment))


def _export_logs(resource: Resource, names: list[str]) -> Callable[[], object]:
    from opentelemetry._logs import set_logger_provider
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    provider = LoggerProvider(resource=resource, shutdown_on_exit=False)
    for exporter in _exporters("logs", names):
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    set_logger_provider(provider)
    with warnings.catch_warnings():
        # It is to move to a package of its own.
        warnings.simplefilter("ignore", DeprecationWarning)
        handler = LoggingHandler(logger_provider=provider)
    logging.getLogger().addHandler(handler)
    own = logging.getLogger("locust")
    if not own.propagate:
        own.addHandler(handler)
    return provider.shutdown


def _shut_down(shutdowns: list[Callable[[], object]]) -> None:
    """Exports what is left. Gives up after a while: a collector that is not there must not hold up the end."""
    logging.getLogger("opentelemetry").setLevel(logging.ERROR)
    ending = [gevent.spawn(shutdown) for shutdown in shutdowns]
    gevent.joinall(ending, timeout=_SHUTDOWN_SEC)
    late = sum(not greenlet.dead for greenlet in ending)
    if late:
        logger.warning("Not everything could be exported by OpenTelemetry within %d s", _SHUTDOWN_SEC)
