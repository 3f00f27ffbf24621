"""What is answered of the CAK's charges beside the ledger: why one of both does not charge."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from services.billing.domain.vergelijking import AlleenCak, AlleenWijkzorg
from shared.web.answers import Id


class BevindingAntwoord(TypedDict):
    """To which household a client belongs in a month, and why that owes nothing."""

    clientId: Annotated[Id, Field(description="de cliënt die is gevraagd")]
    huishoudenId: Annotated[
        Id | None, Field(description="bij welk huishouden de cliënt in die maand hoort; null: geen")
    ]
    reden: Annotated[
        AlleenCak | None, Field(description="waarom dat huishouden niets betaalt; null als het wel betaalt")
    ]


class BevindingenAntwoord(TypedDict):
    """What was found of clients that the CAK charged."""

    clienten: Annotated[list[BevindingAntwoord], Field(description="de gevraagde cliënten, op volgorde")]


class OngeindAntwoord(TypedDict):
    """Why the CAK does not charge a household that owes."""

    huishoudenId: Annotated[Id, Field(description="het huishouden")]
    reden: Annotated[AlleenWijkzorg, Field(description="wat het CAK van dit huishouden weet")]


class OngeindeAntwoord(TypedDict):
    """Of households that owe and are not charged by the CAK."""

    huishoudens: Annotated[list[OngeindAntwoord], Field(description="de gevraagde huishoudens, op volgorde")]
