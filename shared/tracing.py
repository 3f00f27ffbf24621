"""Spans: what was done, when, and because of what, in the trace of the melding that it goes back to.

A trace goes from service to service in the `traceparent` of events (W3C Trace Context), and from day to day in the
tables of whoever goes on with a case. Spans leave the process only where the environment names a collector, by the
variables that OpenTelemetry gives every program; without one a trace is an id, for the logs.

A span says nothing of anyone: names of work, counts, and how it ended. No ids, and never what an error says.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import islice, repeat
from threading import Thread
from uuid import uuid4

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

SHOWN_MAX = 20
"""In how many traces one batch is shown, and how many cases are in it: so often a batch pays for a span, whatever its size."""
FLUSH_SECONDS_MAX = 2.0
"""How long the end of a service waits for a collector to take the last spans."""
OF_KAFKA = {"process": SpanKind.CONSUMER, "send": SpanKind.PRODUCER}
"""What is done with the messages of a batch, by the words of OpenTelemetry's conventions for messaging."""
_NAME, FLUSHING = "wijkzorg", "flushing spans"
_W3C = TraceContextTextMapPropagator()
_left: ContextVar[Iterator[int] | None] = ContextVar("left", default=None)
"""One for each case that the batch at hand may yet show; None outside any batch."""
Attributes = Mapping[str, str | int]


class _Tracing:
    """Where spans are made; unless they are exported nothing is kept of them."""

    def __init__(self) -> None:
        provider = TracerProvider(ALWAYS_OFF, Resource.get_empty(), shutdown_on_exit=False)
        self.unsent = provider.get_tracer(_NAME)
        self.exported: Tracer | None = None

    @property
    def tracer(self) -> Tracer:
        return self.exported or self.unsent


_here = _Tracing()


def is_exporting() -> bool:
    """Whether anybody will see the spans."""
    return _here.exported is not None


def current_traceparent() -> str | None:
    """The W3C `traceparent` of the work at hand; None outside any trace."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def _context(traceparent: str) -> SpanContext | None:
    """What a `traceparent` names; None where it is none."""
    found = trace.get_current_span(_W3C.extract({"traceparent": traceparent}, Context())).get_span_context()
    return found if found.is_valid else None


@contextmanager
def span(
    name: str,
    parent: str | SpanContext | None,
    *,
    kind: SpanKind = SpanKind.INTERNAL,
    links: Sequence[SpanContext] = (),
    attributes: Attributes | None = None,
) -> Iterator[Span]:
    """Do a piece of work as a span of its own in the trace of `parent` (a `traceparent`), or in a new one if that is none."""
    known = _context(parent) if isinstance(parent, str) else parent
    with _here.tracer.start_as_current_span(
        name,
        trace.set_span_in_context(NonRecordingSpan(known), Context()) if known else Context(),
        kind,
        attributes,
        [Link(one) for one in links if one.is_valid],
        record_exception=False,  # what an error says may quote what it was about
        set_status_on_exception=False,
    ) as one:
        try:
            yield one
        except Exception as error:
            one.set_attribute("error.type", type(error).__name__)
            one.set_status(StatusCode.ERROR)
            raise


@contextmanager
def continued(name: str, *traceparents: str | None) -> Iterator[None]:
    """Do a piece of work in the trace of the first of these that is one, linked with the others and the work at hand.

    Where none is one, or nobody will see the spans, the work at hand goes on. So a case stays one trace, whoever goes
    on with it, and when. A case that is not recorded, or one too many of a batch, gets no span: what is told within
    is in its trace all the same.
    """
    known = [context for one in traceparents if one and (context := _context(one))] if is_exporting() else []
    if not known:
        yield
        return
    own, *others = known
    if own.trace_flags.sampled and next(_left.get() or repeat(0), None) is not None:
        at_hand = trace.get_current_span().get_span_context()
        with span(name, own, links=[*others, at_hand]):
            yield
    else:
        with trace.use_span(NonRecordingSpan(own), record_exception=False, set_status_on_exception=False):
            yield


@contextmanager
def batch(operation: str, name: str, messages: Callable[[], Sequence[str | None]] = tuple) -> Iterator[None]:
    """Do this with a batch of messages: a span of its own, and one in each recorded trace that they belong to.

    These are linked with one another; at most `SHOWN_MAX`, of the first that come, and as many of `continued` within.
    `messages` gives the traceparent of each, and is asked only where somebody will see the spans: else there are none.
    """
    if not is_exporting():
        yield
        return
    traceparents = messages()
    recorded = (one for one in dict.fromkeys(traceparents) if one and int(one[-1], 16) % 2)
    kind = OF_KAFKA.get(operation, SpanKind.INTERNAL)
    attributes: dict[str, str | int] = {}
    if operation in OF_KAFKA:
        attributes |= {"messaging.system": "kafka", "messaging.operation.type": operation}
        attributes |= {"messaging.batch.message_count": len(traceparents)}
    one_of = partial(span, f"{operation} {name}", kind=kind, attributes=attributes)
    with ExitStack() as stack:
        shown = [stack.enter_context(one_of(cause)) for cause in islice(recorded, SHOWN_MAX)]
        whole = stack.enter_context(one_of(None, links=[one.get_span_context() for one in shown]))
        for one in shown:
            one.add_link(whole.get_span_context())
        token = _left.set(iter(range(SHOWN_MAX)))
        stack.callback(_left.reset, token)
        yield


@contextmanager
def exporting(service: str) -> Iterator[None]:
    """Have the spans of a service exported meanwhile, where the environment names a collector that takes OTLP over HTTP.

    A collector that is away, slow or full loses spans and nothing else: they wait in a queue of a limited length.
    """
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if not any(map(os.environ.get, endpoints)) or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - slow, and seldom needed
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    about = {"service.name": service, "service.namespace": _NAME, "service.instance.id": str(uuid4())}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _here.exported = provider.get_tracer(_NAME)
    try:
        yield
    finally:
        _here.exported = None
        closing = Thread(target=provider.shutdown, name=FLUSHING, daemon=True)
        closing.start()
        closing.join(FLUSH_SECONDS_MAX)
