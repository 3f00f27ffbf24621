"""Every bench runs to its end, and says what it measured; how much that is, is no test's business."""

from pathlib import Path

import pytest

from tests.e2e.command import Place

SMALL = ("--events", "20000")
ONCE, TWICE = ("--repeat", "1"), ("--repeat", "2")


def says(place: Place, *arguments: str) -> set[str]:
    answer = place.run("bench", *arguments, "--json")
    assert answer.code == 0, answer
    return set(answer.json)


def test_the_quickest_benches_run_to_their_end_and_say_what_they_measured(tmp_path: Path) -> None:
    place = Place(tmp_path / "data")
    assert says(place, "relay", *SMALL, *TWICE) == {
        "messagesPerSecond",
        "bareMessagesPerSecond",
        "ratio",
        "runs",
    }
    floors = ("lines", "hashed", "rows")
    assert says(place, "closing", *ONCE, "--households", "2000") == {
        *("households", "months", "seconds", "runs"),
        *(f"{floor}Seconds" for floor in floors),
        *(f"of{floor.title()}" for floor in floors),
    }


@pytest.mark.long
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("billing", *SMALL, *TWICE), {"events", "ratios", "median", "runs"}),
        (
            ("growth", *SMALL, *TWICE, "--few", "1000", "--many", "50000"),
            {"facts", "throughput", "wal", "memory", "memoryMb", "runs"},
        ),
        (
            ("latency", *ONCE, "--rate", "50", "--seconds", "3"),
            {f"{of}P{part}Ms" for of in ("ledger", "told", "bare") for part in (50, 99)}
            | {"ratio", "toldRatio", "runs"},
        ),
        (("rebuild", *SMALL, *ONCE), {"rebuiltPerSecond", "billingPerSecond", "ratio", "runs"}),
        (("copies", *SMALL, *ONCE), {"copies1", "copies2", "copies4", "dearer", "runs"}),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_a_bench_runs_to_its_end_and_says_what_it_measured(
    tmp_path: Path, arguments: tuple[str, ...], said: set[str]
) -> None:
    assert says(Place(tmp_path / "data"), *arguments) == said
