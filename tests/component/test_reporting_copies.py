"""Two copies of reporting at once, one of them killed half way: the figures are those of the whole set."""

import random

import pytest

from tests.component.figures import Figures
from tests.component.reported import AGBS, MONTHS, random_events
from tests.component.test_reporting_properties import rows_of
from tests.harness import Wijkzorg

pytestmark = pytest.mark.city


async def test_two_copies_of_which_one_is_killed_count_each_event_once(wijkzorg: Wijkzorg) -> None:
    chance = random.Random(4)  # noqa: S311  a seed is the point
    events = random_events(chance, 1500)
    await wijkzorg.register(*AGBS)
    first = await wijkzorg.start("reporting", WIJKZORG_BATCH_RECORDS_MAX="10")
    await wijkzorg.publish(events[:500])
    second = await wijkzorg.start("reporting", WIJKZORG_BATCH_RECORDS_MAX="10")
    await wijkzorg.publish(events[500:1000] + chance.choices(events, k=200))
    first.kill()
    await wijkzorg.publish(events[1000:])
    await first.start()
    await wijkzorg.handled(service="reporting")
    figures = Figures(events)
    for van, tot in ((MONTHS[0], MONTHS[-1]), (MONTHS[1], MONTHS[2])):
        for copy in (first, second):
            answer = (await copy.get(f"/v1/wijken?van={van}&tot={tot}")).json()
            rows, whole = figures.answer(van, tot)
            assert answer["totaal"] == whole
            assert rows_of(answer) == rows
