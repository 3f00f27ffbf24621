"""A replay of a log that was compacted down to a record that nobody can read: the live database knows what was before it."""

import base64
import re
from collections.abc import AsyncIterator

import pytest

from local import Backends
from tests.component.replayed import Replayed, differing
from tests.e2e import samples
from tests.harness import Wijkzorg
from wijkzorg import databases, shadow
from wijkzorg.common import CommandError

BY = {"door": "B. Beheerder", "reden": "overleg met de afdeling"}
HOUSEHOLDS = "select from feit where sleutel like '%huishouden%'"


@pytest.fixture
async def replayed(wijkzorg: Wijkzorg, backends: Backends) -> AsyncIterator[Replayed]:
    own = Replayed(wijkzorg, backends)
    yield own
    place = own.place("reporting")
    await databases.drop(place.admin_dsn, [place.shadow, place.before])


async def test_what_only_the_live_database_can_know_is_no_fault_of_it_and_is_not_swapped_away(
    replayed: Replayed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "LETTERS_AT_ONCE", 1)
    wijkzorg = replayed.wijkzorg
    good, superseded, *_ = [wijkzorg.message(fact) for fact in samples.facts()]
    bad = good._replace(value=b"{")
    reporting = await wijkzorg.start("reporting")
    await wijkzorg.send([superseded._replace(value=b"{")])
    await wijkzorg.publish(samples.facts())
    await wijkzorg.send([bad])
    await replayed.compact(bad)
    await replayed.handled("reporting")
    answer = await replayed.run("reporting")
    assert "alleen-live" in {where for rows in differing(answer).values() for _, where in rows}
    [letter] = answer["laatsteOnleesbaar"]["plekken"]
    assert letter.startswith(f"{good.topic}/")
    with pytest.raises(CommandError, match=re.escape(f"({letter}) came last under a key")):
        await replayed.run("reporting", execute=True)
    assert await wijkzorg.fetch(HOUSEHOLDS, service="reporting")
    mended = BY | {"bytes": base64.b64encode(good.value or b"").decode()}
    assert (await reporting.post(f"/v1/dood/{letter}/herstel", mended)).json()["uitgevoerd"]
    answer = await replayed.run("reporting", execute=True)
    assert answer["gelijk"], differing(answer)
    await replayed.handled("reporting")
    assert await wijkzorg.fetch(HOUSEHOLDS, service="reporting")
