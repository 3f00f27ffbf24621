"""What billing answers over HTTP, field by field, by the names that stand in the JSON; a file for each of `api`."""

from typing import Annotated, Literal

from pydantic import Field

from shared.web.answers import Id

HuishoudenId = Annotated[Id, Field(description="het huishouden dat de bijdrage betaalt")]
BijdrageId = Annotated[Id, Field(description="de bijdrage van deze maand; een correctie noemt dezelfde")]
Regel = Annotated[int, Field(description="het nummer van de regel die beslist, 1 tot en met 7")]
Regelsoort = Literal["bijdrage", "correctie", "kwijtschelding"]
Wet = Annotated[str, Field(description="het artikel in de wet achter die regel")]
