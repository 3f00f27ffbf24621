"""What `/metrics` shows of a service. What cannot be known at a scrape is left out, never shown as it was before."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric, SummaryMetricFamily
from prometheus_client.registry import Collector

from shared.messaging.dead_letter import Count
from shared.messaging.delivery import Partition
from shared.messaging.loop import Loop
from shared.messaging.outbox import Depth

Values = Mapping[tuple[str], float] | Mapping[tuple[str, str], float] | Mapping[tuple[()], float]


@dataclass(frozen=True)
class Standing:
    """What the database of a service says, in one view of it; `waiting` is of the service's own kind."""

    positions: Mapping[Partition, int]
    waiting: Mapping[str, int]
    dead_letters: Count
    outbox: Depth
    work: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A service at one moment; None is what did not answer."""

    ends: Mapping[Partition, int] | None
    standing: Standing | None
    loops: Sequence[Loop]
    stuck: Mapping[str, str]
    oldest_ms: int | None = None

    @property
    def lag(self) -> dict[Partition, int]:
        """How many records wait in each partition; empty where that cannot be known."""
        if self.ends is None or self.standing is None:
            return {}
        known = self.standing.positions
        return {p: max(end - known.get(p, 0), 0) for p, end in sorted(self.ends.items())}

    @property
    def waiting_at(self) -> dict[Partition, int]:
        """The positions of the partitions in which records wait."""
        known = self.standing.positions if self.standing else {}
        return {p: known.get(p, 0) for p, count in self.lag.items() if count}

    @property
    def oldest_age_seconds(self) -> float | None:
        """How long the oldest record has waited by the system's clock, which is the brokers' too; None: not known."""
        if self.ends is None or self.standing is None:
            return None
        if not self.waiting_at:
            return 0
        return None if self.oldest_ms is None else max(time.time() - self.oldest_ms / 1000, 0)


class Metrics(Collector):
    """The metrics of one service, in the text format of Prometheus."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._families: list[Metric] = []
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def collect(self) -> Iterator[Metric]:
        """What was seen last."""
        return iter(self._families)

    def text(self, seen: Seen) -> bytes:
        """What was seen just now."""
        self._families = [*self._of_dependencies(seen), *self._of_standing(seen), *self._of_loops(seen)]
        return generate_latest(self._registry)

    def _gauge(self, name: str, meaning: str, values: Values, *labels: str) -> Metric:
        family = GaugeMetricFamily(f"wijkzorg_{name}", meaning, labels=["service", *labels])
        for label, value in values.items():
            family.add_metric([self._service, *label], value)
        return family

    def _of_dependencies(self, seen: Seen) -> Iterator[Metric]:
        up = {("kafka",): seen.ends is not None, ("postgresql",): seen.standing is not None}
        yield self._gauge("dependency_up", "Whether it answered at this scrape", up, "dependency")
        lag = {(p.topic, str(p.number)): count for p, count in seen.lag.items()}
        yield self._gauge("lag_records", "Records that wait to be handled", lag, "topic", "partitie")
        age = seen.oldest_age_seconds
        meaning = "How long the oldest record that was not handled yet has waited"
        yield self._gauge("oldest_unhandled_age_seconds", meaning, {} if age is None else {(): age})

    def _of_standing(self, seen: Seen) -> Iterator[Metric]:
        standing = seen.standing
        if standing is None:
            return
        for name, meaning, value in (
            ("outbox_messages", "Messages that wait to be sent", standing.outbox.messages),
            (
                "outbox_oldest_age_seconds",
                "How long the oldest message that was not sent yet has waited",
                standing.outbox.oldest_seconds,
            ),
            (
                "untold_providers",
                "Providers that were not told all verdicts yet",
                standing.waiting["onverzonden"],
            ),
            (
                "dirty_households",
                "Households that wait to be determined",
                standing.waiting["vuileHuishoudens"],
            ),
            ("parked_records", "Records that wait for a fact they need", standing.waiting["geparkeerd"]),
            (
                "dead_letters",
                "Records that could not be read or handled, and wait",
                standing.dead_letters.open,
            ),
            ("dead_letters_handled", "Such records that a person dealt with", standing.dead_letters.handled),
        ):
            yield self._gauge(name, meaning, {(): value})
        if standing.work:
            work = {(soort,): count for soort, count in sorted(standing.work.items())}
            yield self._gauge("work_items", "Items of the work list that wait for a person", work, "soort")

    def _of_loops(self, seen: Seen) -> Iterator[Metric]:
        now = asyncio.get_running_loop().time()
        silence = {(loop.name,): now - loop.progress for loop in seen.loops if loop.progress}
        waits = {(loop.name,): loop.patience.waits_for is not None for loop in seen.loops}
        stuck = {(loop.name,): loop.name in seen.stuck for loop in seen.loops}
        yield self._gauge("loop_silence_seconds", "Since a loop last made a turn", silence, "loop")
        yield self._gauge(
            "loop_waiting", "Whether a loop waits for what is away, full or refuses it", waits, "loop"
        )
        yield self._gauge("loop_stuck", "Whether a loop cannot get on by itself", stuck, "loop")
        took = SummaryMetricFamily(
            "wijkzorg_batch_seconds", "How long loops take for a batch", labels=["service", "loop"]
        )
        for loop in seen.loops:
            took.add_metric([self._service, loop.name], loop.batches, loop.batch_seconds)
        yield took
        verdicts = Counter[str]()
        for loop in seen.loops:
            verdicts.update(loop.counted)  # a sum of counters would leave out what is none
        family = CounterMetricFamily(
            "wijkzorg_verdicts",
            "Verdicts that this process committed, first and revised",
            labels=["service", "oordeel"],
        )
        for oordeel, count in sorted(verdicts.items()):
            family.add_metric([self._service, oordeel], count)
        yield family
