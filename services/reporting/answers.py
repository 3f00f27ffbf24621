"""What reporting answers over HTTP, field by field: in Python names here, in camelCase in the JSON."""

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shared.contracts.types import Oplossing


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class CijfersAntwoord(_Answer):
    """What happened in a wijk, in a month or in the whole range."""

    meldingen: int = Field(description="in de wijk waar de client op de dag van de melding woonde")
    oplossingen: dict[Oplossing, int] = Field(
        description="behoeften per trede, uit de onderzoeken na die meldingen"
    )
    clienten: int = Field(description="verschillende clienten met een melding of geaccepteerd gebruik")
    gebruik: int = Field(description="geaccepteerd en niet ingetrokken, in de wijk op de eerste van de maand")
    bijdragen: int = Field(description="huishoudens en maanden met meer dan 0 te betalen")
    bijdragen_cent: int = Field(description="de bijdragen samen, in eurocenten")


class MaandAntwoord(CijfersAntwoord):
    """One month."""

    maand: str = Field(description="JJJJ-MM; een maand zonder cijfers ontbreekt")


class TotaalAntwoord(CijfersAntwoord):
    """All wijken together; a client counts once, however many wijken or months."""

    maanden: list[MaandAntwoord] = Field(description="dezelfde cijfers per maand, op volgorde")


class WijkAntwoord(TotaalAntwoord):
    """One wijk of one division; without one, what is of nobody who had a wijk then."""

    jaar: int | None = Field(description="het jaar van de indeling; null zonder wijk")
    code: str | None = Field(description="de code van de wijk in dat jaar; null zonder wijk")
    naam: str = Field(description="de naam van de wijk, of `onbekend`")
    inwoners: int | None = Field(description="aantal inwoners; null als dat niet bekend is")


class WijkenAntwoord(_Answer):
    """The figures of all wijken."""

    wijken: list[WijkAntwoord] = Field(description="elke wijk apart")
    totaal: TotaalAntwoord = Field(description="alles samen; een client telt een keer")


class TellingenAntwoord(_Answer):
    """The figures of all wijken and months together."""

    meldingen: int = Field(description="aantal meldingen")
    clienten: int = Field(description="verschillende clienten met een melding of geaccepteerd gebruik")
    gebruik: int = Field(description="geaccepteerd en niet ingetrokken")
    bijdragen: int = Field(description="huishoudens en maanden met meer dan 0 te betalen")
    bijdragen_cent: int = Field(description="de bijdragen samen, in eurocenten")
    plannen: int = Field(description="aantal plannen")
