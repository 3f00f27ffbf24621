"""What is answered of handing over to the CAK: what waits, the files, and what became of its answers."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from shared.web.answers import Datum, Moment, Volgende


class WachtendAntwoord(TypedDict):
    """What has yet to be told to the CAK."""

    tot: Annotated[Datum, Field(description="tot en met welke dag de berichten gaan")]
    start: Annotated[int, Field(description="aantal berichten dat de inning begint")]
    stop: Annotated[int, Field(description="aantal berichten dat de inning stopt")]
    mutatie: Annotated[int, Field(description="aantal berichten met een andere kostprijs")]


class BestandAntwoord(TypedDict):
    """A file for the CAK."""

    nummer: Annotated[int, Field(description="het nummer van het bestand")]
    naam: Annotated[str, Field(description="de naam van het bestand")]
    datum: Annotated[Datum, Field(description="tot en met welke dag de berichten gaan")]
    berichten: Annotated[int, Field(description="aantal berichten in het bestand")]
    door: Annotated[str, Field(description="wie het bestand heeft gemaakt")]
    gemaaktOp: Annotated[Moment, Field(description="wanneer het bestand is gemaakt")]
    sha256: Annotated[str, Field(description="de SHA-256 van de inhoud, hexadecimaal")]


class BestandenAntwoord(TypedDict):
    """A page of the files for the CAK."""

    bestanden: Annotated[list[BestandAntwoord], Field(description="de bestanden op deze pagina, op nummer")]
    volgende: Volgende


class RetourAntwoord(TypedDict):
    """What became of answers of the CAK."""

    goedgekeurd: Annotated[int, Field(description="aantal regels met een code die het bericht goedkeurt")]
    afgewezen: Annotated[int, Field(description="aantal afwijzingen van berichten die hier bekend zijn")]
    nieuw: Annotated[int, Field(description="hoeveel daarvan nog nooit op de werklijst stonden")]
    onbekend: Annotated[list[str], Field(description="referenties van berichten die niet zijn gemeld")]
