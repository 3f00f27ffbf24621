"""`wijkzorg status --diep`: every service looks through its database, and billing's and reporting's figures are compared."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from wijkzorg.common import console

TIMEOUT_SECONDS = 300
TRIES = 3
SAY_THE_SAME = ("billing", "reporting")
Checks = dict[str, list[dict[str, Any]]]


def check(services: Mapping[str, str]) -> dict[str, Any]:
    """What each service says of itself, all asked at once; `goed`: nothing is wrong anywhere."""
    checks = _asked(services)
    compared = {name: services[name] for name in SAY_THE_SAME if name in services}
    if len(compared) == len(SAY_THE_SAME):
        for _ in range(TRIES - 1):  # what arrived between the two answers makes them differ
            if _differing(checks) == {}:
                break
            checks |= _asked(compared)
        checks["reporting"].append(_comparison(checks))
    return {"goed": all(one["goed"] for found in checks.values() for one in found), "controles": checks}


def say_checks(controles: Checks) -> None:
    """A line for each check."""
    for service, found in controles.items():
        for one in found:
            right = "right" if one["goed"] else "NOT RIGHT"
            console.print(f"{service}, {one['naam']}: {right}. {one['uitleg']}", soft_wrap=True)


def _asked(services: Mapping[str, str]) -> Checks:
    with ThreadPoolExecutor(len(services)) as pool:
        return dict(zip(services, pool.map(_ask, services.values()), strict=True))


def _ask(url: str) -> list[dict[str, Any]]:
    try:
        answer = httpx.get(f"{url}/v1/controle", timeout=TIMEOUT_SECONDS)
        found: list[dict[str, Any]] = answer.raise_for_status().json()["controles"]
    except (httpx.HTTPError, ValueError, KeyError) as error:
        uitleg = f"De dienst geeft geen antwoord ({error}). Kijk in zijn logboek waarop hij wacht, en vraag het opnieuw."
        return [{"naam": "antwoord", "goed": False, "uitleg": uitleg}]
    else:
        return found


def _figures(found: list[dict[str, Any]]) -> dict[str, int]:
    return next((one["cijfers"] for one in found if one["naam"] == "cijfers"), {})


def _differing(checks: Checks) -> dict[str, tuple[int | None, int | None]]:
    """Billing's and reporting's figures, where they are not the same."""
    told, counted = (_figures(checks[name]) for name in SAY_THE_SAME)
    return {
        name: (told.get(name), counted.get(name))
        for name in {*told, *counted}
        if told.get(name) != counted.get(name)
    }


def _comparison(checks: Checks) -> dict[str, Any]:
    differing = _differing(checks)
    faults = [
        f"{name}: billing zegt {one}, reporting {other}." for name, (one, other) in sorted(differing.items())
    ]
    remedy = "Wacht tot beide bij zijn (`wijkzorg status --wait 60`) en vraag het opnieuw; blijft het, zet dan reporting terug."
    uitleg = " ".join([*faults, remedy]) if faults else "Reporting telt wat billing zegt."
    return {"naam": "vergelijking", "goed": not faults, "uitleg": uitleg}
