"""A collector of spans in this process: takes OTLP over HTTP, as OpenTelemetry sends it, and keeps what it was sent."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from shared import tracing
from shared.tracing import exporting


class Seen(NamedTuple):
    """A span as it was sent; ids in hexadecimals, `parent` empty where it begins a trace, `links` by trace and span.

    `said` is what it says of itself in words.
    """

    service: str
    name: str
    trace: str
    id: str
    parent: str
    links: frozenset[tuple[str, str]]
    attributes: dict[str, Any]
    failed: bool
    said: str


@dataclass
class Collector:
    """What was sent to it so far."""

    url: str
    spans: list[Seen] = field(default_factory=list)

    def named(self, name: str) -> list[Seen]:
        """The spans of this work."""
        return [span for span in self.spans if span.name == name]

    def in_trace(self, trace: str) -> list[Seen]:
        """The spans of a trace, in the order in which they came."""
        return [span for span in self.spans if span.trace == trace]

    @property
    def environment(self) -> dict[str, str]:
        """What sends a service's spans here, soon."""
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}


@contextmanager
def collector() -> Iterator[Collector]:
    """A collector that listens meanwhile."""

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            found.spans += seen(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        server.daemon_threads = True
        found = Collector(f"http://127.0.0.1:{server.server_port}")
        serving = Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield found
        finally:
            server.shutdown()
            serving.join()


@contextmanager
def exported(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that has the spans of this process by the end of this, however slow the machine."""
    monkeypatch.setattr(tracing, "FLUSH_SECONDS_MAX", 60.0)
    with collector() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        with exporting("here"):
            yield found


def seen(body: bytes) -> Iterator[Seen]:
    """The spans in one message to a collector."""
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = _values(resource.resource.attributes)["service.name"]
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield Seen(
                    service,
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    frozenset((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
                    _values(span.attributes),
                    span.status.code == span.status.STATUS_CODE_ERROR,
                    f"{span.status.message}{list(span.events)}",
                )


def _values(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in attributes}
