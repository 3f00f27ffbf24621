"""What may be wrong in what is asked, and the sentence for each constraint by which the database refuses."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.leeftijd import adult_day
from services.intake.domain.verzoek import (
    Aanvraag,
    Adres,
    Huishouden,
    Melding,
    Onderzoek,
    Persoon,
    Samenvoeging,
    Uitschrijving,
    Verhuizing,
    Wijk,
)
from services.intake.domain.vrijstelling import Vrijgesteld
from shared.gemeente import Gemeente
from shared.kalender import DAY
from shared.refused import Fout

ALREADY = "is al vastgelegd."
"""How the refusal of a repeat ends, so that a caller who tries again knows that it was done."""

CONSTRAINTS = {
    "klanthouder_pkey": Fout("klanthouderId", f"Deze klanthouder {ALREADY}"),
    "client_een_per_inwoner": Fout("adres", "Op dit adres is deze inwoner al bekend als een andere client."),
    "adres_een_per_dag": Fout("vanaf", f"Een adres vanaf deze dag {ALREADY}"),
    "adres_verhuizing_id_key": Fout("verhuizingId", f"Deze verhuizing {ALREADY}"),
    "huishouden_pkey": Fout("huishoudenId", f"Dit huishouden {ALREADY}"),
    "lid_een_huishouden_per_dag": Fout(
        "leden", "Een lid hoort op die dag of later bij een ander huishouden."
    ),
    "klanthouder_een_per_dag": Fout("klanthouderId", "Deze client heeft al een klanthouder."),
    "klanthouderschap_klanthouder_id_fkey": Fout("klanthouderId", "Deze klanthouder is niet bekend."),
    "melding_pkey": Fout("meldingId", f"Deze melding {ALREADY}"),
    "melding_een_per_dag": Fout("datum", f"Een melding van deze client op deze dag {ALREADY}"),
    "onderzoek_pkey": Fout("meldingId", f"Het onderzoek na deze melding {ALREADY}"),
    "aanvraag_pkey": Fout("aanvraagId", f"Deze aanvraag {ALREADY}"),
    "aanvraag_van_de_client": Fout("clientId", "Deze melding is van een andere client."),
    "aanvraag_een_per_dag": Fout("datum", f"Een aanvraag na deze melding op deze dag {ALREADY}"),
    "vrijstelling_pkey": Fout("vrijstellingId", f"Deze vrijstelling {ALREADY}"),
    "vrijstelling_huishouden_id_fkey": Fout("huishoudenId", "Dit huishouden is niet bekend."),
    "vrijstelling_client_id_fkey": Fout("clientId", "Deze client is niet bekend."),
}
ELSEWHERE = {
    "lid_een_huishouden_per_dag": Fout(
        "partner", "Een van beiden hoort op die dag of later bij een ander huishouden. Leg dat eerst vast."
    ),
    "lid_hoogstens_twee": Fout("partner", "Dit huishouden heeft op die dag of later al twee leden."),
}
"""As `CONSTRAINTS`, where a melding names a partner."""


NOT_THERE_YET = "Op deze dag woont de client nog niet in de gemeente."


class Client(NamedTuple):
    """What is known of a client whom somebody names."""

    client_id: UUID
    geboortedatum: date
    geregistreerd: date
    uitgeschreven_per: date | None
    opgegaan_in: UUID | None


def _future(veld: str, day: date, last: date) -> Iterator[Fout]:
    if day > last:
        yield Fout(veld, "Deze dag moet nog komen.")


def of_adres(gemeente: Gemeente, adres: Adres, wijk: Wijk, within: str = "") -> Iterator[Fout]:
    """An address outside the municipality, or a wijk it does not have."""
    if not gemeente.has_postcode(adres.postcode):
        yield Fout(f"{within}adres.postcode", f"Deze postcode ligt niet in {gemeente.naam}.")
    if gemeente.wijk(wijk.jaar, wijk.code) is None:
        yield Fout(f"{within}wijk", f"Deze wijk heeft {gemeente.naam} in dat jaar niet.")


def of_persoon(gemeente: Gemeente, persoon: Persoon, veld: str, today: date) -> Iterator[Fout]:
    """A resident whose days cannot be, or who lives elsewhere."""
    yield from of_adres(gemeente, persoon.adres, persoon.wijk, f"{veld}.")
    yield from _future(f"{veld}.geboortedatum", persoon.geboortedatum, today)
    yield from _future(f"{veld}.woontVanaf", persoon.woont_vanaf, today)
    if persoon.woont_vanaf < persoon.geboortedatum:
        yield Fout(f"{veld}.woontVanaf", "Deze dag ligt voor de geboortedatum.")


def of_melding(gemeente: Gemeente, melding: Melding, today: date) -> Iterator[Fout]:
    """A melding that cannot be; whoever it names as known is looked at by `of_client`."""
    yield from _future("datum", melding.datum, today)
    for veld, bewoner in (("client", melding.client), ("partner", melding.partner)):
        if isinstance(bewoner, Persoon):
            yield from of_persoon(gemeente, bewoner, veld, today)
            if veld == "client" and melding.datum < bewoner.geboortedatum:
                yield Fout("datum", "Deze dag ligt voor de geboortedatum van de client.")
            elif veld == "client" and melding.datum < bewoner.woont_vanaf:
                yield Fout("datum", NOT_THERE_YET)
            if melding.partner_vanaf and melding.partner_vanaf < bewoner.woont_vanaf:
                yield Fout("partnerVanaf", f"Deze dag ligt voor woontVanaf van de {veld}.")
    if melding.partner_vanaf:
        yield from _future("partnerVanaf", melding.partner_vanaf, today)


def of_couple(birth_dates: Mapping[str, date], vanaf: date) -> Iterator[Fout]:
    """Two who are not both adults on that day, by the fields that name them (Wmo 1.1.2)."""
    for veld, born in birth_dates.items():
        if vanaf < adult_day(born):
            yield Fout(veld, "Wie dan nog geen 18 is, heeft een eigen huishouden.")


def of_client(veld: str, client: Client | None, day: date) -> Iterator[Fout]:
    """A client who is not known, or no longer on that day."""
    if client is None:
        yield Fout(veld, "Deze client is niet bekend.")
    elif client.opgegaan_in:
        yield Fout(veld, "Deze client is opgegaan in een andere. Noem die.")
    elif client.uitgeschreven_per and client.uitgeschreven_per <= day:
        yield Fout(veld, "Deze client was op die dag al uitgeschreven.")


def of_known(client: Client | None, day: date) -> Iterator[Fout]:
    """A melding of somebody who is known, on a day before there was an address in the gemeente."""
    if client and day < client.geregistreerd:
        yield Fout("datum", NOT_THERE_YET)


def of_verhuizing(
    gemeente: Gemeente, verhuizing: Verhuizing, client: Client | None, today: date
) -> Iterator[Fout]:
    """A move that cannot be."""
    yield from of_adres(gemeente, verhuizing.adres, verhuizing.wijk)
    yield from _future("vanaf", verhuizing.vanaf, today)
    yield from of_client("clientId", client, verhuizing.vanaf)
    if client and verhuizing.vanaf < client.geregistreerd:
        yield Fout("vanaf", "Deze dag ligt voor de eerste dag dat deze client hier woonde.")


def of_uitschrijving(uitschrijving: Uitschrijving, client: Client | None, today: date) -> Iterator[Fout]:
    """An end that cannot be; who dies today is no longer registered tomorrow."""
    if client and client.uitgeschreven_per:
        yield Fout("clientId", f"De uitschrijving van deze client {ALREADY}")
        return
    yield from _future("per", uitschrijving.per, today + DAY)
    yield from of_client("clientId", client, uitschrijving.per)
    if client and uitschrijving.per <= client.geregistreerd:
        yield Fout("per", "Deze dag ligt niet na de eerste dag dat deze client hier woonde.")


def of_samenvoeging(
    samenvoeging: Samenvoeging, merged: Client | None, stays: Client | None
) -> Iterator[Fout]:
    """A merger that cannot be: done already, with oneself, or into one who has become another."""
    if merged and merged.opgegaan_in:
        yield Fout("clientId", f"De samenvoeging van deze client {ALREADY}")
        return
    for veld, client in (("clientId", merged), ("opgegaanIn", stays)):
        if client is None:
            yield Fout(veld, "Deze client is niet bekend.")
    if stays and stays.opgegaan_in:
        yield Fout("opgegaanIn", "Deze client is zelf opgegaan in een andere. Noem die.")
    if samenvoeging.client_id == samenvoeging.opgegaan_in:
        yield Fout("opgegaanIn", "Dit is dezelfde client.")


def of_huishouden(asked: Huishouden, known: Mapping[UUID, Client], today: date) -> Iterator[Fout]:
    """A huishouden that cannot be formed."""
    yield from _future("vanaf", asked.vanaf, today)
    for number, client_id in enumerate(asked.leden):
        yield from of_client(f"leden.{number}", known.get(client_id), asked.vanaf)
    if len(asked.leden) > 1:
        born = {f"leden.{n}": known[id_].geboortedatum for n, id_ in enumerate(asked.leden) if id_ in known}
        yield from of_couple(born, asked.vanaf)


class Gegeven(NamedTuple):
    """A vrijstelling as it is recorded."""

    vrijgesteld: Vrijgesteld
    telt_voor_kostprijs: bool
    afgeleid: bool


def of_intrekking(given: Gegeven | None) -> Iterator[Fout]:
    """Taking back what was not given, or not any more."""
    if given is None:
        yield Fout("vrijstellingId", "Deze vrijstelling is niet bekend.")
    elif given.afgeleid:
        yield Fout(
            "vrijstellingId", "Deze vrijstelling volgt uit leeftijd en huishouden, en wordt niet ingetrokken."
        )
    elif given.vrijgesteld.vervallen:
        yield Fout("vrijstellingId", f"De intrekking van deze vrijstelling {ALREADY}")


class Gemeld(NamedTuple):
    """A melding that is there: from when, until when the onderzoek may take, when that ended, and in which trace."""

    client_id: UUID
    datum: date
    uiterlijk: date
    afgerond: date | None
    traceparent: str | None


def of_onderzoek(onderzoek: Onderzoek, gemeld: Gemeld | None, today: date) -> Iterator[Fout]:
    """The end of an onderzoek that cannot be."""
    yield from _future("datum", onderzoek.datum, today)
    if gemeld is None:
        yield Fout("meldingId", "Deze melding is niet bekend.")
    elif onderzoek.datum < gemeld.datum:
        yield Fout("datum", "Deze dag ligt voor die van de melding.")
    if onderzoek.aanvraag_id and not onderzoek.gevraagd:
        yield Fout("aanvraagId", "Zonder maatwerk komt er geen aanvraag.")


def of_aanvraag(
    aanvraag: Aanvraag, gemeld: Gemeld | None, client: Client | None, today: date
) -> Iterator[Fout]:
    """An aanvraag that cannot be: only after the onderzoek, unless its six weeks went by (Wmo 2.3.2(9))."""
    yield from _future("datum", aanvraag.datum, today)
    yield from of_client("clientId", client, aanvraag.datum)
    if gemeld is None:
        yield Fout("meldingId", "Deze melding is niet bekend.")
    elif aanvraag.datum <= gemeld.uiterlijk and (gemeld.afgerond is None or aanvraag.datum < gemeld.afgerond):
        yield Fout("datum", "Dit kan pas na het onderzoek, of als de zes weken daarvoor voorbij zijn.")
