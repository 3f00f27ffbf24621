"""The figures of a demo: asked of every service, counted on the topics, and compared with what the city knows."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from shared.contracts.contract import GEBRUIK
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
Owed = Mapping[tuple[str, str], int]
"""Cents by (huishoudenId, maand)."""


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


async def gather(
    services: Mapping[str, str], kafka: str, topic_prefix: str, owed: Owed, months: Iterable[str]
) -> dict[str, Any]:
    """Everything that the demo says, but how long it took. `months` are those the ledger is compared in."""
    async with httpx.AsyncClient(timeout=ASK_SECONDS_MAX) as client:
        counts = {name: await _get(client, f"{url}/v1/tellingen") for name, url in services.items()}
        ledger = {
            (line["huishoudenId"], line["maand"]): line["bedragCent"]
            for month in sorted({*months, *(maand for _, maand in owed)})
            for line in await _pages(client, services["billing"], f"/v1/bijdragen?maand={month}", "bijdragen")
        }
        wijken = await _get(client, f"{services['reporting']}/v1/wijken")
    billing = counts["billing"]
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
        "verschilMetSimulatie": differing(ledger, owed) + beyond,
        "perWijk": [{name: row[name] for name in PER_WIJK} for row in wijken["wijken"]],
    }


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
            said = f"answers {answer.status_code}"
        except httpx.TransportError as error:
            said = f"does not answer ({type(error).__name__})"
        if asyncio.get_running_loop().time() > deadline:
            raise CommandError(f"{url} {said}. What was played is kept; give the same command again.")
        await asyncio.sleep(POLL_SECONDS)


async def _pages(client: httpx.AsyncClient, service: str, path: str, of: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    following: str | None = path
    while following:
        answer = await _get(client, service + following)
        rows += answer[of]
        following = answer["volgende"]
    return rows
