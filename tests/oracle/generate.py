"""Adversarial sets of events in wire form: for hypothesis (`event_lists`) and by seed (`random_events`)."""

import json
import random
from collections.abc import Callable, Iterable

from hypothesis import strategies as st

from tests.oracle import builders
from tests.oracle.builders import Wire
from tests.oracle.world import Choices, Drawn, Seeded, World, a_world, month_text

JUNK_LINES = ("", "null", "[]", "{", '"tekst"', "{}", '{"specversion": "1.0"}', "\ufeff", "12")


def to_lines(events: Iterable[Wire]) -> list[str]:
    """One CloudEvent a line."""
    return [json.dumps(event) for event in events]


def random_events(seed: int, clients: int, months: int) -> list[Wire]:
    """The same events for the same seed: about one for every client and month, in no order."""
    source = random.Random(seed)  # noqa: S311  a seed is the point
    choices, noise = Seeded(source), clients * months
    world = a_world(choices, clients, months, noise)
    events = foundation(choices, world) + [any_event(choices, world) for _ in range(noise)]
    events += source.choices(events, k=len(events) // 20)
    source.shuffle(events)
    return events


@st.composite
def event_lists(draw: st.DrawFn, noise_max: int = 30) -> list[Wire]:
    """A few clients with their households and toewijzingen, anything that can befall them, duplicates, in any order."""
    choices = Drawn(draw)
    world = a_world(choices, choices.number(2, 5), choices.number(3, 16), 12)
    events = foundation(choices, world) + draw(st.lists(event_of(world), max_size=noise_max))
    events += [choices.pick(events) for _ in range(choices.number(0, 3))]
    random.Random(choices.number(0, 999)).shuffle(events)  # noqa: S311  any order will do
    return events


@st.composite
def scenarios(draw: st.DrawFn, noise_max: int = 30) -> tuple[list[Wire], str | None]:
    """A set of events, and the `--tot` to ask it with: mostly none."""
    events = draw(event_lists(noise_max))
    months = sorted({event["time"][:7] for event in events})
    return events, draw(st.none() | st.sampled_from(months))


@st.composite
def event_of(draw: st.DrawFn, world: World) -> Wire:
    """Any one event of a world."""
    return any_event(Drawn(draw), world)


def foundation(choices: Choices, world: World) -> list[Wire]:
    """Every client in a household, every toewijzing given and used once, and some exemptions."""
    events = []
    for number, huishouden in enumerate(world.huishoudens):
        period = {
            "van": f"{month_text(world.first - 3)}-01",
            "leden": [world.clients[number % len(world.clients)]],
        }
        state = {"huishoudenId": huishouden, "versie": 1, "perioden": [period]}
        events.append(builders.envelope(choices, world, "huishouden-vastgesteld", state))
        if choices.chance(30):
            events.append(builders.vrijstelling(choices, world))
    for usual in world.toewijzingen:
        terms = builders.toewijzing(choices, world, usual)
        terms |= {"ingangsdatum": f"{month_text(world.first)}-01", "productcategorie": usual.categorie}
        events.append(builders.afgegeven(choices, world, usual, [terms]))
        events.append(builders.gebruik(choices, world, usual))
    return events


def any_event(choices: Choices, world: World) -> Wire:
    """Any kind of event; a service used is the most common."""
    kinds: tuple[Callable[[Choices, World], Wire], ...] = (
        *(builders.a_gebruik,) * 16,
        *(builders.gewijzigd,) * 4,
        *(builders.gestart,) * 3,
        *(builders.gestopt,) * 3,
        *(builders.ingetrokken,) * 2,
        *(builders.huishouden,) * 3,
        *(builders.client,) * 2,
        *(builders.vrijstelling,) * 4,
        builders.a_beschikking,
        builders.bystander,
        builders.faulty,
    )
    return choices.pick(kinds)(choices, world)
