"""What is posted about a dead letter: who acts, why, and whether it is only tried."""

from typing import Annotated

from pydantic import Base64Bytes, Field

from shared.contracts.types import Naam, Text
from shared.web.resource import Body

Vooraf = Annotated[
    bool,
    Field(description="ook als het bericht nog niet is gelezen: voor een database die alles opnieuw leest"),
]


class Ingreep(Body):
    """Who acts, and why."""

    door: Annotated[Naam, Field(description="wie dit doet")]
    reden: Annotated[Text, Field(description="waarom")]


class Uitvoerbaar(Ingreep):
    """An act that can be tried first."""

    uitvoeren: Annotated[bool, Field(description="false: zeg alleen wat er zou gebeuren")] = True


class Verwerping(Uitvoerbaar):
    """That a record stays refused."""

    vooraf: Vooraf = False


class Herstel(Verwerping):
    """The bytes that mend a record."""

    bytes: Annotated[
        Base64Bytes,
        Field(strict=False, description="het herstelde bericht, in base64"),
    ]
