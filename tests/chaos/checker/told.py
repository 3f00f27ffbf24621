"""What intake and indicatie had to tell was told, as it was asked, once; and nothing else was."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.contracts.contract import TYPE_PREFIX
from shared.contracts.event import UnreadableError, canonical, contract_of, parse
from tests.chaos.checker.findings import Findings
from tests.chaos.evidence import Wire
from tests.chaos.facts import CHANGE
from tests.chaos.truth import Truth

WORKED_OUT = tuple(f"{TYPE_PREFIX}{name}-vastgesteld/" for name in ("huishouden", "vrijstelling"))
"""Of these intake makes more than it is asked: who lives alone until marrying, and what follows from birth dates."""


def judge(found: Findings, told: Sequence[tuple[str, bytes | None]], known: Truth) -> None:
    """Every fact, by its key."""
    events = list(_events(found, told))
    _judge_once(found, events)
    newest = _by_change({key: event["data"] for key, event in sorted(events, key=_versie)})
    found.lost += [f"{key} was granted, and never told" for key in sorted(known.facts.keys() - newest.keys())]
    found.wrong += [
        f"{key} was told otherwise than it was asked"
        for key in sorted(known.facts.keys() & newest.keys())
        if not _holds(known.facts[key], newest[key])
    ]
    found.wrong += [
        f"{key} was told, and never asked"
        for key in sorted(newest.keys() - known.facts.keys())
        if not (key.startswith(WORKED_OUT) and circle_of(newest[key], known) is not None)
    ]


def circle_of(data: Wire, known: Truth) -> int | None:
    """Whom a fact is about: the number of their circle; None where it is nobody of the city, or not of one circle."""
    named = [data.get("clientId"), data.get("huishoudenId"), data.get("toewijzingNummer")]
    leden = [lid for periode in data.get("perioden", ()) for lid in periode.get("leden", ())]
    # A huishouden that intake made up is known by who live in it.
    about = leden or [str(one) for one in named if one is not None]
    circles = {known.circles.get(one) for one in about}
    return circles.pop() if len(circles) == 1 else None


def _events(found: Findings, told: Sequence[tuple[str, bytes | None]]) -> Iterator[tuple[str, Wire]]:
    for key, value in told:
        if value is None:
            found.wrong.append(f"{key} was erased, and nobody asked for that")
            continue
        try:
            event = parse(value)
        except UnreadableError as error:
            found.wrong.append(f"a record of {key.partition('/')[0]} cannot be read: {error.veld}")
            continue
        if contract_of(event).natural_key(event) != key:
            found.wrong.append(f"{key} is not the key of what it says")
        yield key, json.loads(value)


def _judge_once(found: Findings, events: Sequence[tuple[str, Wire]]) -> None:
    """A fact may be told again, but never with another content under one id, nor under two ids as one versie."""
    contents: dict[str, set[str]] = defaultdict(set)
    versions: dict[tuple[str, Any], set[str]] = defaultdict(set)
    for key, event in events:
        contents[event["id"]].add(canonical(event))
        versions[key, event["data"].get("versie")].add(event["id"])
    found.double += [
        f"event {id_} was told with {len(all_)} contents" for id_, all_ in contents.items() if len(all_) > 1
    ]
    found.double += [
        f"{key} was told {len(ids)} times as versie {versie}"
        for (key, versie), ids in versions.items()
        if len(ids) > 1
    ]


def _versie(one: tuple[str, Wire]) -> int:
    return int(one[1]["data"].get("versie", 0))


def _by_change(newest: Mapping[str, Wire]) -> dict[str, Wire]:
    """The same with the moment in the keys of changes replaced by which change it is of its toewijzing."""
    numbered = {key: data for key, data in newest.items() if not key.startswith(f"{CHANGE}/")}
    changes: dict[str, list[tuple[datetime, Wire]]] = defaultdict(list)
    for key in newest.keys() - numbered.keys():
        data = newest[key]
        moment = datetime.fromisoformat(data["toewijzing"]["toegewezenOp"])
        changes[key.rpartition("/")[0]].append((moment, data))
    for kept, of_one in changes.items():
        for number, (_, data) in enumerate(sorted(of_one, key=lambda one: one[0]), 1):
            numbered[f"{kept}/{number}"] = data
    return numbered


def _holds(asked: Any, said: Any) -> bool:
    """Whether all that was asked is said, whatever else is; what was asked to be null is not there."""
    match asked, said:
        case dict(), dict():
            return all(_holds(value, said.get(name)) for name, value in asked.items())
        case list(), list():
            return len(asked) == len(said) and all(map(_holds, asked, said))
    return bool(asked == said)
