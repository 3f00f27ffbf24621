"""Spans as a collector gets them: what they say, what they never say, how many there are, and what a bad collector costs."""

import socket
import threading

import pytest

from shared import tracing
from shared.tracing import SHOWN_MAX, batch, continued, current_traceparent, exporting, span
from tests.collector import collector, exported

CASE, REQUEST, OTHER = (f"00-{number:032x}-00000000000000ff-01" for number in (1, 2, 3))


def test_work_on_a_case_is_in_its_trace_and_linked_with_the_request_and_with_other_cases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with (
        exported(monkeypatch) as seen,
        span("POST", REQUEST),
        continued("besluit", None, CASE, "none", OTHER),
    ):
        told = current_traceparent()
    besluit, request = seen.spans
    assert (besluit.trace, besluit.parent) == (CASE.split("-")[1], CASE.split("-")[2])
    assert besluit.links == {(request.trace, request.id), (OTHER.split("-")[1], OTHER.split("-")[2])}
    assert told == f"00-{besluit.trace}-{besluit.id}-01"
    assert request.trace == REQUEST.split("-")[1]


def test_work_on_a_case_that_nobody_knows_the_trace_of_goes_on_in_the_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with exported(monkeypatch) as seen, span("POST", REQUEST), continued("besluit", None, "none"):
        told = current_traceparent()
    (request,) = seen.spans
    assert told == f"00-{request.trace}-{request.id}-01"


def test_a_failure_says_its_kind_and_never_what_it_was_about(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        with span("POST", None), batch("process", "intake", lambda: [CASE]), continued("besluit", CASE):
            raise ValueError("Anna van Testelen")

    with exported(monkeypatch) as seen, pytest.raises(ValueError, match="Anna"):
        fail()
    assert len(seen.spans) == 4
    for one in seen.spans:
        assert one.failed
        assert one.attributes["error.type"] == "ValueError"
        assert one.said == "[]"


def test_a_batch_is_one_span_and_one_in_each_recorded_trace_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    traces = [f"00-{number:032x}-00000000000000ff-01" for number in range(1, 5 * SHOWN_MAX)]
    unseen = "00-0000000000000000000000000000abcd-00000000000000ff-00"
    with (
        exported(monkeypatch) as seen,
        batch("process", "aanbieder", lambda: [None, unseen, *traces, *traces]),
    ):
        pass
    (whole,) = [one for one in seen.spans if not one.parent]
    shown = [one for one in seen.spans if one.parent]
    assert {one.trace for one in shown} == {trace.split("-")[1] for trace in traces[:SHOWN_MAX]}
    assert whole.links == {(one.trace, one.id) for one in shown}
    assert {one.links for one in shown} == {frozenset({(whole.trace, whole.id)})}
    assert {one.name for one in seen.spans} == {"process aanbieder"}
    assert whole.attributes["messaging.batch.message_count"] == 2 + 2 * len(traces)


def test_of_a_batch_as_many_cases_get_a_span_and_the_others_are_told_in_their_trace_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cases = [f"00-{number:032x}-00000000000000ff-01" for number in range(1, 2 * SHOWN_MAX)]
    unseen = "00-0000000000000000000000000000abcd-00000000000000ff-00"
    told = []
    with exported(monkeypatch) as seen, batch("determine", "bepalen"):
        for case in (unseen, *cases):
            with continued("bijdrage", case):
                told.append(current_traceparent())
        assert str(current_traceparent())[3:35] not in {case[3:35] for case in cases}
    shown = {one.trace: one.id for one in seen.named("bijdrage")}
    assert list(shown) == [case.split("-")[1] for case in cases[:SHOWN_MAX]]
    followed = [f"00-{trace}-{span}-01" for trace, span in shown.items()]
    assert told == [unseen, *followed, *cases[SHOWN_MAX:]]


def test_nothing_is_sent_or_asked_where_no_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> list[str | None]:
        raise AssertionError

    with collector() as seen:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
        with exporting("billing"), batch("process", "aanbieder", never), continued("besluit", CASE):
            assert current_traceparent() is None
            with span("POST", CASE):
                assert str(current_traceparent()).startswith(CASE[:35])
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", seen.url)
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
        with exporting("billing"), span("POST", None):
            assert not tracing.is_exporting()
    assert not seen.spans


def test_a_collector_that_says_nothing_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
        monkeypatch.setattr(tracing, "FLUSH_SECONDS_MAX", 0.1)
        with exporting("billing"):
            for _ in range(1000):
                with span("POST", None):
                    pass
        flushing = [thread for thread in threading.enumerate() if thread.name == tracing.FLUSHING]
        assert flushing, "it waits still, and nobody for it"
    for thread in flushing:
        thread.join()
