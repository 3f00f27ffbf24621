"""What is answered of the chains of definitive lines."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from services.billing.answers import HuishoudenId
from shared.contracts.types import Maand
from shared.web.answers import Volgende


class BreukAntwoord(TypedDict):
    """Where a chain is broken, and how."""

    huishoudenId: HuishoudenId
    maand: Annotated[Maand, Field(description="de maand van de regel die niet klopt, JJJJ-MM")]
    versie: Annotated[
        int | None,
        Field(description="de plaats van die regel in de maand; null als het om het overzicht gaat"),
    ]
    uitleg: Annotated[str, Field(description="wat er mis is, in gewone taal")]


class MaandAfwijkingAntwoord(TypedDict):
    """A closed month that has other figures than it was closed with."""

    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    uitleg: Annotated[str, Field(description="waarmee de maand is gesloten, en wat er nu staat")]


class KetenAntwoord(TypedDict):
    """Of a page of households, whether their chains hold."""

    huishoudens: Annotated[int, Field(description="aantal huishoudens op deze pagina")]
    schakels: Annotated[
        int, Field(description="aantal definitieve regels en overzichten van die huishoudens")
    ]
    breuken: Annotated[list[BreukAntwoord], Field(description="wat er niet klopt; leeg als alles klopt")]
    maanden: Annotated[
        list[MaandAfwijkingAntwoord],
        Field(description="maanden die niet meer zijn zoals zij zijn gesloten; alleen op de laatste pagina"),
    ]
    volgende: Volgende
