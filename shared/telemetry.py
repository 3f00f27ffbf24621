"""Logs as JSON lines, each with the trace it belongs to."""

import logging
import sys
import traceback

import structlog

from shared.tracing import current_traceparent


def _add_trace(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    if trace := current_traceparent():
        event["trace_id"] = trace.split("-")[1]
    return event


def configure_logging(service: str) -> None:
    """Have every log line written to standard error as one JSON object."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        frames_only,
        _add_trace,
    ]

    def add_service(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Seldom("aiokafka", "asyncpg", "opentelemetry"))
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, add_service],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("aiokafka", "faststream", "uvicorn", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # The request says so itself, within its trace.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "Exception in ASGI" not in record.getMessage()
    )


def frames_only(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Of an exception its kind and the way it came; what it says may quote what it was about, and stays out."""
    exc_info = event.pop("exc_info", None)
    if isinstance(exc_info, tuple) and exc_info[0] is not None:
        event["exception"] = {
            "type": exc_info[0].__name__,
            "sqlstate": getattr(exc_info[1], "sqlstate", None),
            "frames": [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(exc_info[2])],
        }
    return event


class Seldom(logging.Filter):
    """Of libraries that say the same many times while what they ask is away: each kind of line once in a while."""

    SECONDS = 10.0

    def __init__(self, *libraries: str) -> None:
        super().__init__()
        self._libraries = libraries
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this line may be written."""
        if record.name.partition(".")[0] not in self._libraries:
            return True
        kind = record.name, str(record.msg)
        if record.created - self._said.get(kind, 0.0) < self.SECONDS:
            return False
        self._said[kind] = record.created
        return True
