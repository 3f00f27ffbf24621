"""Dead letters as they are answered: by wire names, masked, and without what is absent."""

import base64
from typing import Any, cast

from shared.contracts.event import format_moment
from shared.contracts.masked import masked, masked_key
from shared.messaging.dead_letter import Group, Kept
from shared.messaging.delivery import Place
from shared.messaging.handler import Outcome
from shared.messaging.intervention import Intervention
from shared.messaging.topics import aanbieder_of
from shared.web.dood.acts import Found
from shared.web.dood.answers import GroepAntwoord, UitgevoerdAntwoord


def path_of(place: Place) -> str:
    """A place as it stands in addresses, and as a person names it: topic, partition and offset."""
    return f"{place.partition.topic}/{place.partition.number}/{place.offset}"


def place_of(path: str) -> Place:
    """The place that stands so in an address."""
    topic, partition, offset = path.split("/")
    return Place.at(topic, int(partition), int(offset))


def shown(kept: Kept) -> dict[str, Any]:
    """A record, without what is in it."""
    found = {
        "topic": kept.place.partition.topic,
        "partitie": kept.place.partition.number,
        "plaats": kept.place.offset,
        "aanbieder": aanbieder_of(kept.place.partition.topic),
        "type": kept.type,
        "code": kept.code,
        "veld": kept.field,
        "uitleg": kept.reason,
        "vastgelegdOp": kept.recorded_at and format_moment(kept.recorded_at),
        "apartOp": kept.put_away_at and format_moment(kept.put_away_at),
        "besluit": kept.besluit,
    }
    return {name: value for name, value in found.items() if value is not None}


def shown_whole(found: Found) -> dict[str, Any]:
    """A record, with what may be shown of it, what was done to it, and its present verdict."""
    kept = found.kept
    mended = {} if found.mended is None else {"hersteld": masked(found.mended)}
    now = {"oordeelNu": shown_outcome(found.verdict)} if found.verdict else {}
    return {
        **mended,
        **now,
        **shown(kept),
        "sleutel": masked_key(kept.key),
        "inhoud": masked(kept.value),
        "grootte": len(kept.value or b""),
        "ingrepen": [
            {
                "handeling": one.act,
                "door": one.by.door,
                "reden": one.by.reden,
                "moment": format_moment(one.by.moment),
            }
            for one in found.done
        ],
    }


def shown_outcome(outcome: Outcome) -> dict[str, str]:
    """An outcome by wire names, without what is absent."""
    found = {
        "oordeel": outcome.oordeel,
        "code": outcome.code,
        "veld": outcome.field,
        "uitleg": outcome.reason,
    }
    return {name: value for name, value in found.items() if value is not None}


def shown_bytes(came: bytes, mended: bytes | None) -> dict[str, str]:
    """The bytes that came, and those that mend them."""
    found = {"bytes": came, "hersteld": mended}
    return {name: base64.b64encode(value).decode() for name, value in found.items() if value is not None}


def shown_act(one: Intervention) -> UitgevoerdAntwoord:
    """What a person did by which a record stands as it does, whole."""
    found: UitgevoerdAntwoord = {
        "plek": path_of(one.place),
        "handeling": one.act,
        "door": one.by.door,
        "reden": one.by.reden,
        "moment": format_moment(one.by.moment),
    }
    return found if one.value is None else {**found, "bytes": base64.b64encode(one.value).decode()}


def shown_group(group: Group) -> GroepAntwoord:
    """Letters that have much in common, counted."""
    found = {
        "topic": group.topic,
        "aanbieder": aanbieder_of(group.topic),
        "type": group.type,
        "code": group.code,
        "aantal": group.number,
        "oudste": format_moment(group.oldest),
    }
    return cast("GroepAntwoord", {name: value for name, value in found.items() if value is not None})
