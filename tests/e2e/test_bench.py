"""Every bench runs to its end, and says what it measured; how much that is, is no test's business."""

from pathlib import Path

import pytest

from tests.e2e.command import Place

pytestmark = pytest.mark.long
SMALL = ("--events", "20000")
ONCE = ("--repeat", "1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("billing", *SMALL, "--repeat", "2"), {"events", "ratios", "median", "runs"}),
        (
            ("growth", *SMALL, "--repeat", "2", "--few", "1000", "--many", "50000"),
            {"facts", "throughput", "wal", "memory", "memoryMb", "runs"},
        ),
        (
            ("closing", *ONCE, "--households", "2000"),
            {"households", "months", "seconds", "runs"}
            | {"ofLines", "ofHashed", "ofRows"}
            | {"linesSeconds", "hashedSeconds", "rowsSeconds"},
        ),
        (
            ("latency", *ONCE, "--rate", "50", "--seconds", "3"),
            {f"{of}P{part}Ms" for of in ("ledger", "told", "bare") for part in (50, 99)}
            | {"ratio", "toldRatio", "runs"},
        ),
        (("relay", *SMALL, "--repeat", "2"), {"messagesPerSecond", "bareMessagesPerSecond", "ratio", "runs"}),
        (("rebuild", *SMALL, *ONCE), {"rebuiltPerSecond", "billingPerSecond", "ratio", "runs"}),
        (("copies", *SMALL, *ONCE), {"copies1", "copies2", "copies4", "dearer", "runs"}),
    ],
    ids=lambda one: one[0] if isinstance(one, tuple) else "",
)
def test_a_bench_runs_to_its_end_and_says_what_it_measured(
    tmp_path: Path, arguments: tuple[str, ...], said: set[str]
) -> None:
    answer = Place(tmp_path / "data").run("bench", *arguments, "--json")
    assert (answer.code, set(answer.json)) == (0, said)
