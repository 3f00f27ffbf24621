"""Invented people in three wijken, through what intake, indicatie and billing would tell of them."""

from collections.abc import Iterator
from typing import Any

from tests.component.reported import accepted, given, home, judged, lives, melding, onderzoek, owes

Wire = dict[str, Any]
AGB = "65656055"
WIJKEN = {"WK063700": 12, "WK063705": 7, "WK063704": 3}
"""How many clients live in each: Centrum, Rokkeveen, and too few to be shown in Noordhove."""


def figures() -> Iterator[Wire]:
    """Everyone asks for help, gets it in May 2026 and owes for it; one use is of nobody who is known."""
    people = [code for code, number in WIJKEN.items() for _ in range(number)]
    for number, code in enumerate(people):
        client, huishouden = (f"{number:08x}-000{kind}-4000-8000-000000000000" for kind in "12")
        yield lives(client, code)
        yield home(client, huishouden=huishouden)
        yield melding(client, "2026-04-10", melding_id=f"M{number}")
        yield onderzoek(client, f"M{number}", netwerk=1, maatwerk=1)
        yield given(client, number + 1)
        yield owes(huishouden, "2026-05", 2180)
    uses = [accepted(number, number + 1, "2026-05") for number in range(len(people))]
    yield judged(*uses, accepted(len(people), 999, "2026-05"), agb=AGB)
