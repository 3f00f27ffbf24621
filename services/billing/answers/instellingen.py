"""What is answered of settings: those in force, and what others would change."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from services.billing.domain.regels import Grondslag
from shared.contracts.types import Maand
from shared.web.answers import Moment, Volgende

Categorie = Literal[
    "01", "02", "03", "04", "05", "06", "07", "08", "09",
    "10", "11", "12", "13", "14", "15", "16", "17", "18",
    "anders",
]  # fmt: skip
"""A productcategorie of iWmo (WMO020), or all others."""


class TariefAntwoord(TypedDict):
    """The tariff of a row of months."""

    van: Annotated[Maand, Field(description="de eerste maand, JJJJ-MM")]
    tot: Annotated[Maand, Field(description="de laatste maand, JJJJ-MM")]
    bedragCent: Annotated[int, Field(description="het tarief per maand, in eurocenten")]
    wet: NotRequired[
        Annotated[str | None, Field(description="welk artikel, als dat een ander is dan van andere maanden")]
    ]
    bron: Annotated[str, Field(description="waaruit het tarief blijkt")]


class RegelingAntwoord(TypedDict):
    """The scheme by which is charged."""

    soort: Annotated[Literal["vast"], Field(description="elk huishouden betaalt het tarief van de maand")]


class GrondslagenAntwoord(TypedDict):
    """By what support is in use."""

    zin: Annotated[
        dict[Categorie, Grondslag], Field(description="bij zorg in natura, per soort ondersteuning")
    ]
    pgb: Annotated[
        dict[Categorie, Literal["beschikking"]], Field(description="bij een pgb, per soort ondersteuning")
    ]


class InstellingenAntwoord(TypedDict):
    """The settings in force."""

    sinds: Annotated[Moment, Field(description="sinds wanneer zij gelden")]
    versie: Annotated[str, Field(description="de naam van deze instellingen; een naam heeft een inhoud")]
    gemeente: Annotated[str | None, Field(description="de code van de gemeente; null voor elke gemeente")]
    tarieven: Annotated[list[TariefAntwoord], Field(description="de tarieven, per rij maanden")]
    regeling: Annotated[RegelingAntwoord, Field(description="hoe het bedrag wordt bepaald")]
    grondslag: Annotated[
        GrondslagenAntwoord, Field(description="waardoor ondersteuning in een maand in gebruik is")
    ]
    vrijeCategorieen: Annotated[
        list[str], Field(description="soorten ondersteuning zonder bijdrage, door de gemeente bepaald")
    ]
    vrijeProducten: Annotated[
        list[str], Field(description="producten zonder bijdrage, door de gemeente bepaald")
    ]
    respijtDagen: Annotated[
        int, Field(description="hoeveel dagen na haar einde een maand definitief kan worden")
    ]
    maandenOpOverzichtMax: Annotated[
        int, Field(description="hoeveel voorbije maanden een overzicht hoogstens tegelijk vraagt")
    ]
    teruggaveMaandenMax: Annotated[
        int, Field(description="hoeveel maanden terug een teruggave gaat zonder dat een mens ernaar kijkt")
    ]
    eersteBijdrageMaandenMax: Annotated[
        int, Field(description="hoeveel maanden later een eerste bijdrage komt zonder dat een mens kijkt")
    ]


class WijkAntwoord(TypedDict):
    """A wijk in one division."""

    jaar: Annotated[int, Field(description="het jaar van de indeling")]
    code: Annotated[str, Field(description="de code van de wijk in dat jaar")]


Wijk = Annotated[WijkAntwoord | None, Field(description="de wijk; null waar die niet bekend is")]


class GeraaktAntwoord(TypedDict):
    """How many households of a wijk other settings would touch."""

    wijk: Wijk
    geraakt: Annotated[int, Field(description="huishoudens met in een of meer maanden een ander bedrag")]


class VerschilAntwoord(TypedDict):
    """What other settings would change in a wijk and month."""

    wijk: Wijk
    maand: Annotated[Maand, Field(description="de maand, JJJJ-MM")]
    meer: Annotated[int, Field(description="huishoudens die meer zouden betalen")]
    minder: Annotated[int, Field(description="huishoudens die minder zouden betalen")]
    nieuw: Annotated[int, Field(description="huishoudens die nu niets betalen, en dan wel")]
    nietMeer: Annotated[int, Field(description="huishoudens die nu betalen, en dan niets")]
    voorCent: Annotated[int, Field(description="wat deze huishoudens nu samen betalen, in eurocenten")]
    naCent: Annotated[int, Field(description="wat zij dan samen zouden betalen, in eurocenten")]


class ProefAntwoord(TypedDict):
    """What other settings would change for a page of households."""

    versie: Annotated[str, Field(description="de naam van de instellingen in het bestand")]
    tot: Annotated[
        Maand | None,
        Field(description="de laatste maand die is bepaald, JJJJ-MM; null als er nog geen is bepaald"),
    ]
    waarschuwingen: Annotated[list[str], Field(description="wat u moet weten voor u ze laat gelden")]
    huishoudensTotaal: Annotated[int, Field(description="aantal huishoudens op alle pagina's samen")]
    huishoudens: Annotated[int, Field(description="aantal huishoudens op deze pagina")]
    geraakt: Annotated[int, Field(description="hoeveel daarvan een ander bedrag zouden krijgen")]
    wijken: Annotated[list[GeraaktAntwoord], Field(description="hoeveel dat er zijn, per wijk")]
    verschillen: Annotated[
        list[VerschilAntwoord], Field(description="wat er zou veranderen, per wijk en maand")
    ]
    volgende: Volgende
