"""From a melding to the aanvraag: who reports, who stays with them, what suffices, what is applied for."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import chain
from typing import NamedTuple
from uuid import UUID, uuid4

from services.intake.announce import Announcer, Fact
from services.intake.domain import faults
from services.intake.domain.faults import Client
from services.intake.domain.verzoek import Aanvraag, Melding, Onderzoek, Persoon
from services.intake.handlers.client import Resource, refuse_if, unless_there
from services.intake.store import client, huishouden
from services.intake.store import melding as store
from services.intake.store.huishouden import Plek
from shared.db import Connection, refusing
from shared.gemeente import Gemeente
from shared.kalender import term_end
from shared.refused import Fout, refuse
from shared.tracing import continued, current_traceparent

ONDERZOEK_WEEKS = 6
"""Within which the onderzoek is done (Wmo 2.3.2(1))."""
BESLUIT_WEEKS = 2
"""Within which is decided on an aanvraag (Wmo 2.3.5(2))."""


class _Resident(NamedTuple):
    """One whom a melding names; `new` has the particulars of who was no client yet."""

    client_id: UUID
    geboortedatum: date
    new: Persoon | None


async def report(tx: Connection, says: Announcer, melding: Melding, gemeente: Gemeente) -> Resource:
    """A resident reports a need: becomes a client, with a huishouden and a klanthouder."""
    await unless_there(tx, "meldingId", melding.melding_id)
    residents = await _residents(tx, melding, faults.of_melding(gemeente, melding, says.today))
    who, partner = residents["client"], residents.get("partner")
    with refusing(faults.ELSEWHERE):
        huishouden_id, changed = await _live(tx, residents, melding)
    klanthouder_id, assigned = await _assign(tx, says, who.client_id, melding)
    melding_id, uiterlijk = melding.melding_id or uuid4(), term_end(melding.datum, ONDERZOEK_WEEKS)
    await store.add(tx, melding_id, who.client_id, melding, uiterlijk, current_traceparent())
    names = ("datum", "kanaal", "domein", "spoed")
    fact = {"melding_id": str(melding_id), "client_id": who.client_id}
    fact |= {name: getattr(melding, name) for name in names}
    new = [resident.client_id for resident in residents.values() if resident.new]
    facts: list[Fact] = [*assigned, ("melding-ontvangen", fact)]
    await says.tell(tx, *facts, clienten=new, huishoudens=changed)
    return {
        "meldingId": str(melding_id),
        "clientId": str(who.client_id),
        "partnerId": str(partner.client_id) if partner else None,
        "huishoudenId": str(huishouden_id) if huishouden_id else None,
        "klanthouderId": str(klanthouder_id) if klanthouder_id else None,
        "uiterlijk": uiterlijk.isoformat(),
    }


async def _residents(tx: Connection, melding: Melding, fouten: Iterable[Fout]) -> dict[str, _Resident]:
    """Whom the melding names, by field; recorded if new, always in one order, so that double submits wait in turn.

    Raises RefusedError with these `fouten` and what is wrong with whom it names as known.
    """
    named = {veld: one for veld in ("client", "partner") if (one := getattr(melding, veld))}
    new: dict[UUID, Persoon] = {}
    ids: dict[str, UUID] = {}
    for veld in sorted(named, key=lambda veld: getattr(named[veld], "sleutel", b"")):
        one = named[veld]
        ids[veld] = await _recorded(tx, veld, one, new) if isinstance(one, Persoon) else one.client_id
    if len(set(ids.values())) < len(ids):
        fouten = chain(fouten, [Fout("partner", "Dit is de client zelf.")])
    registered = [client_id for client_id in ids.values() if client_id not in new]
    known = await client.lock(tx, registered) if registered else {}
    wrong = [
        faults.of_client(f"{veld}.clientId", known.get(ids[veld]), melding.datum)
        for veld in named
        if ids[veld] not in new
    ]
    early = () if ids["client"] in new else faults.of_known(known.get(ids["client"]), melding.datum)
    refuse_if(chain(fouten, *wrong, early))
    people: Mapping[UUID, Client | Persoon] = {**known, **new}
    return {veld: _Resident(ids[veld], people[ids[veld]].geboortedatum, new.get(ids[veld])) for veld in named}


async def _recorded(tx: Connection, veld: str, persoon: Persoon, new: dict[UUID, Persoon]) -> UUID:
    """A person as a new client, or as the client with the same particulars, whoever that is by now."""
    client_id = persoon.client_id or uuid4()
    if await client.add(tx, client_id, persoon):
        new[client_id] = persoon
        return client_id
    same = await client.same(tx, persoon.sleutel)
    if same is None:
        raise refuse(f"{veld}.clientId", f"Deze client {faults.ALREADY}")
    if persoon.client_id not in (None, *same):
        raise refuse(f"{veld}.clientId", "Deze inwoner is al bekend als een andere client.")
    return same[1]


async def _live(
    tx: Connection, residents: Mapping[str, _Resident], melding: Melding
) -> tuple[UUID | None, set[UUID]]:
    """Have new clients live in a huishouden, alone or with the partner; which one, and which ones changed."""
    since = [one.new.woont_vanaf for one in residents.values() if one.new]
    vanaf = melding.partner_vanaf or max(since, default=melding.datum)
    known = [one.client_id for one in residents.values() if not one.new]
    places = await huishouden.lasting(tx, known, vanaf) if known else {}
    # Who has a huishouden takes the other in; of two who each have one the database refuses.
    host, *guests = sorted(residents.values(), key=lambda one: one.client_id not in places)
    changed: set[UUID] = set()
    if host.new:
        places[host.client_id] = await _alone(tx, host.client_id, host.new, changed)
    home = places.get(host.client_id)
    for guest in guests:
        refuse_if(faults.of_couple({veld: one.geboortedatum for veld, one in residents.items()}, vanaf))
        if home is None:
            raise refuse("partnerVanaf", "Op die dag heeft nog geen van beiden het huishouden van nu.")
        if guest.client_id in places and places[guest.client_id].huishouden_id == home.huishouden_id:
            continue
        if guest.new and guest.new.woont_vanaf < vanaf:
            await _alone(tx, guest.client_id, guest.new, changed, vanaf)
        await huishouden.join(tx, guest.client_id, home.other, vanaf)
        changed.add(home.huishouden_id)
    return (home.huishouden_id if home else None), changed


async def _alone(
    tx: Connection, client_id: UUID, persoon: Persoon, changed: set[UUID], until: date | None = None
) -> Plek:
    """Have a new client live in a huishouden of his own; before `until`, if that is given."""
    huishouden_id = persoon.huishouden_id or uuid4()
    changed.add(huishouden_id)
    return await huishouden.found(tx, huishouden_id, client_id, persoon.woont_vanaf, until)


async def _assign(
    tx: Connection, says: Announcer, client_id: UUID, melding: Melding
) -> tuple[UUID | None, list[Fact]]:
    """The klanthouder asked for, else the client's, else the one with the fewest clients; told if new."""
    current, least_busy = await client.klanthouder(tx, client_id)
    klanthouder_id = melding.klanthouder_id or current or least_busy
    if klanthouder_id in (None, current):
        return current, []
    at_least = await says.versie(tx)
    versie = await client.assign(tx, client_id, klanthouder_id, melding.datum, at_least)
    fact = {"client_id": client_id, "versie": versie, "klanthouder_id": klanthouder_id}
    return klanthouder_id, [("klanthouder-toegewezen", fact | {"vanaf": melding.datum})]


async def close(tx: Connection, says: Announcer, onderzoek: Onderzoek) -> Resource:
    """The onderzoek ends: per need the rung that suffices; where maatwerk is needed, the aanvraag follows at once."""
    gemeld = await store.lock(tx, onderzoek.melding_id)
    refuse_if(faults.of_onderzoek(onderzoek, gemeld, says.today))
    assert gemeld  # noqa: S101 - or it was refused, said for the type checker
    await store.close(tx, onderzoek)
    oplossingen = Counter(need.oplossing for need in onderzoek.behoeften)
    fact = {
        "melding_id": str(onderzoek.melding_id),
        "client_id": gemeld.client_id,
        "datum": onderzoek.datum,
        "uiterlijk": gemeld.uiterlijk,
        "oplossingen": dict(oplossingen),
    }
    facts: list[Fact] = [("onderzoek-afgerond", fact)]
    aanvraag_id = None
    if onderzoek.gevraagd:
        aanvraag_id = onderzoek.aanvraag_id or uuid4()
        facts.append(await _file(tx, aanvraag_id, onderzoek, gemeld.client_id))
    with continued("onderzoek-afgerond", gemeld.traceparent):
        await says.tell(tx, *facts)
    return {
        "meldingId": str(onderzoek.melding_id),
        "uiterlijk": gemeld.uiterlijk.isoformat(),
        "oplossingen": dict(oplossingen),
        "aanvraagId": str(aanvraag_id) if aanvraag_id else None,
    }


async def apply(tx: Connection, says: Announcer, aanvraag: Aanvraag) -> Resource:
    """The client applies for maatwerk, after the onderzoek or because it took too long."""
    await unless_there(tx, "aanvraagId", aanvraag.aanvraag_id)
    gemeld = await store.lock(tx, aanvraag.melding_id)
    found = (await client.lock(tx, [aanvraag.client_id])).get(aanvraag.client_id)
    refuse_if(faults.of_aanvraag(aanvraag, gemeld, found, says.today))
    aanvraag_id = aanvraag.aanvraag_id or uuid4()
    fact = await _file(tx, aanvraag_id, aanvraag, aanvraag.client_id)
    with continued("aanvraag-ingediend", gemeld and gemeld.traceparent):
        await says.tell(tx, fact)
    return {
        "aanvraagId": str(aanvraag_id),
        "meldingId": str(aanvraag.melding_id),
        "uiterlijk": fact[1]["uiterlijk"].isoformat(),
    }


async def _file(tx: Connection, aanvraag_id: UUID, asked: Onderzoek | Aanvraag, client_id: UUID) -> Fact:
    """Record an aanvraag, and what is told of it."""
    uiterlijk = term_end(asked.datum, BESLUIT_WEEKS)
    await store.file(tx, aanvraag_id, asked, client_id, uiterlijk)
    return "aanvraag-ingediend", {
        "aanvraag_id": str(aanvraag_id),
        "melding_id": str(asked.melding_id),
        "client_id": client_id,
        "datum": asked.datum,
        "uiterlijk": uiterlijk,
        "gevraagd": asked.gevraagd,
    }
