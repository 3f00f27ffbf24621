"""The figures of a demo: asked of every service, counted on the topics, and compared with what the city knows."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import httpx

from shared.contracts.contract import GEBRUIK
from shared.kalender import Month, format_month, parse_month
from shared.messaging.topics import Ends, topics_pattern
from wijkzorg.common import CommandError

IN_THE_ORDER_OF_EVENTS = ("intake", "indicatie", "billing", "reporting")
HANDLED_SECONDS_MAX = 600.0
ASK_SECONDS_MAX = 30.0
AWAY_SECONDS_MAX = 60.0
POLL_SECONDS = 0.2
PER_WIJK = (
    "jaar",
    "code",
    "naam",
    "inwoners",
    "meldingen",
    "clienten",
    "gebruik",
    "bijdragen",
    "bijdragenCent",
)
SINCE = parse_month("2015-01")
"""The first month of the Wmo 2015: no contribution is older."""
Owed = Mapping[tuple[str, str], int]
"""Cents by (huishoudenId, maand)."""


class Known(NamedTuple):
    """What a simulation knows: who its huishoudens are, in which months they were looked at, and what they owe."""

    huishoudens: Collection[str]
    months: range
    owed: Owed


async def all_is_handled(services: Mapping[str, str]) -> None:
    """Wait until every service says that nothing waits.

    Asked in the order in which events flow, so that what one still had to tell is seen by the next. Raises
    CommandError where that takes longer than ten minutes; a service that does not answer is asked again.
    """
    deadline = asyncio.get_running_loop().time() + HANDLED_SECONDS_MAX
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX) as client:
        for name in (n for n in IN_THE_ORDER_OF_EVENTS if n in services):
            while not await _is_up_to_date(client, services[name]):
                if asyncio.get_running_loop().time() > deadline:
                    raise CommandError(
                        f"{name} is still not up to date after {HANDLED_SECONDS_MAX:.0f} s. What was played is kept. "
                        "See what waits with `wijkzorg status`, and give the same command again to go on."
                    )
                await asyncio.sleep(POLL_SECONDS)


async def _is_up_to_date(client: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await client.get(f"{url}/v1/stand")
        return answer.status_code == httpx.codes.OK and answer.json()["bij"] is True
    except httpx.TransportError:
        return False


async def is_empty(services: Mapping[str, str]) -> bool:
    """Whether no service has counted anything yet."""
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX) as client:
        counts = [await _get(client, f"{url}/v1/tellingen") for url in services.values()]
    return not any(count for counted in counts for count in counted.values())


async def gather(services: Mapping[str, str], kafka: str, topic_prefix: str, known: Known) -> dict[str, Any]:
    """Everything that the demo says, but how long it took."""
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX) as client:
        counts = {name: await _get(client, f"{url}/v1/tellingen") for name, url in services.items()}
        billing = counts["billing"]
        ledger = await _ledger(client, services["billing"], known.months)
        if len(ledger) < billing["bijdragen"]:
            ledger = await _ledger(client, services["billing"], range(SINCE, known.months.stop))
        wijken = await _get(client, f"{services['reporting']}/v1/wijken")
    own = {key: cent for key, cent in ledger.items() if key[0] in known.huishoudens}
    beyond = billing["bijdragen"] - len(ledger)
    return {
        "services": dict(services),
        "meldingen": counts["intake"]["meldingen"],
        "indicaties": counts["indicatie"]["indicaties"],
        "plannen": counts["indicatie"]["plannen"],
        "clientenZonderKlanthouder": counts["intake"]["clientenZonderKlanthouder"],
        "gebruik": {"ontvangen": await _received(kafka, topic_prefix)}
        | {name: billing[name] for name in ("geaccepteerd", "dubbel", "afgewezen", "inAfwachting")},
        "bijdragen": billing["bijdragen"],
        "bijdragenCent": billing["bijdragenCent"],
        "dubbeleBijdragen": billing["dubbeleBijdragen"],
        "bijdragenVanAnderen": len(ledger) - len(own),
        "verschilMetSimulatie": differing(own, known.owed) + beyond,
        "perWijk": [{name: row[name] for name in PER_WIJK} for row in wijken["wijken"]],
    }


async def ledger_rows(billing: str, months: range) -> list[tuple[tuple[str, str], int]]:
    """Every row that billing's API has of these months: (huishoudenId, maand), and its cents."""
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX) as client:
        return await _rows(client, billing, months)


async def _ledger(client: httpx.AsyncClient, billing: str, months: range) -> dict[tuple[str, str], int]:
    return dict(await _rows(client, billing, months))


async def _rows(client: httpx.AsyncClient, billing: str, months: range) -> list[tuple[tuple[str, str], int]]:
    return [
        ((line["huishoudenId"], line["maand"]), line["bedragCent"])
        for month in map(Month, months)
        for line in await _pages(client, billing, f"/v1/bijdragen?maand={format_month(month)}", "bijdragen")
    ]


def differing(ledger: Owed, owed: Owed) -> int:
    """How many households and months have another amount in the one than in the other."""
    return sum(ledger.get(key, 0) != owed.get(key, 0) for key in {*ledger, *owed})


async def _received(kafka: str, topic_prefix: str) -> int:
    """How many records providers have sent, by the ends of their topics."""
    ends = Ends(kafka)
    try:
        return sum((await ends.read(topics_pattern(topic_prefix, (GEBRUIK,)))).values())
    finally:
        await ends.close()


async def _get(client: httpx.AsyncClient, url: str) -> Any:
    """What a service answers; one that is being started again is asked again for a while."""
    deadline = asyncio.get_running_loop().time() + AWAY_SECONDS_MAX
    while True:
        try:
            answer = await client.get(url)
            if answer.status_code == httpx.codes.OK:
                return answer.json()
            said, may_come = f"answers {answer.status_code}", not answer.is_client_error
        except httpx.TransportError as error:
            said, may_come = f"does not answer ({type(error).__name__})", True
        if not may_come or asyncio.get_running_loop().time() > deadline:
            raise CommandError(
                f"{url} {said}. What was played is kept; see that the system runs, and give the same command again."
            )
        await asyncio.sleep(POLL_SECONDS)


async def _pages(client: httpx.AsyncClient, service: str, path: str, of: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    following: str | None = path
    while following:
        answer = await _get(client, service + following)
        rows += answer[of]
        following = answer["volgende"]
    return rows
