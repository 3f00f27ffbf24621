"""Why a value is refused, in Dutch sentences, by pydantic's type of error; what was sent is never quoted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.contracts.types import format_moment

ALGEMEEN = "Deze waarde past hier niet."
"""Of a type of error that is not in the catalogue."""

ZINNEN = {
    "missing": "Dit veld is nodig en ontbreekt.",
    "extra_forbidden": "Dit veld hoort hier niet.",
    "json_invalid": "Dit is geen geldige JSON.",
    "union_tag_invalid": "Dit type gebeurtenis is hier niet bekend.",
    "union_tag_not_found": "Het type van de gebeurtenis ontbreekt.",
    "between_fields": "{uitleg}",
    "written": "Schrijf dit als tekst, zoals {voorbeeld}.",
    "string_type": "Dit moet tekst zijn.",
    "string_unicode": "Deze tekst is geen geldige UTF-8.",
    "string_too_short": "Deze tekst is te kort: de lengte is minstens {min_length}.",
    "string_too_long": "Deze tekst is te lang: de lengte is hoogstens {max_length}.",
    "string_pattern_mismatch": "Deze tekst heeft niet de juiste vorm (patroon {pattern}).",
    "literal_error": "Kies een van deze waarden: {expected}.",
    "enum": "Kies een van deze waarden: {expected}.",
    "int_type": "Dit moet een geheel getal zijn.",
    "int_parsing": "Dit moet een geheel getal zijn.",
    "int_parsing_size": "Dit getal is te groot.",
    "int_from_float": "Dit moet een geheel getal zijn, zonder cijfers achter de komma.",
    "float_type": "Dit moet een getal zijn.",
    "float_parsing": "Dit moet een getal zijn.",
    "finite_number": "Dit moet een eindig getal zijn.",
    "bool_type": "Dit moet true of false zijn.",
    "bool_parsing": "Dit moet true of false zijn.",
    "greater_than": "Dit moet meer zijn dan {gt}.",
    "greater_than_equal": "Dit mag niet minder of eerder zijn dan {ge}.",
    "less_than": "Dit moet minder zijn dan {lt}.",
    "less_than_equal": "Dit mag niet meer of later zijn dan {le}.",
    "date_type": "Dit moet een datum zijn (JJJJ-MM-DD).",
    "date_parsing": "Dit is geen datum die bestaat (JJJJ-MM-DD).",
    "date_from_datetime_parsing": "Dit is geen datum die bestaat (JJJJ-MM-DD).",
    "date_from_datetime_inexact": "Dit moet een datum zijn, zonder tijd.",
    "datetime_type": "Dit moet een datum met een tijd zijn.",
    "datetime_parsing": "Dit is geen datum en tijd die bestaan.",
    "datetime_from_date_parsing": "Dit is geen datum en tijd die bestaan.",
    "timezone_aware": "Zet achter de tijd hoeveel die afwijkt van UTC, zoals Z of +01:00.",
    "uuid_type": "Dit moet een UUID zijn.",
    "uuid_parsing": "Dit is geen UUID.",
    "list_type": "Dit moet een lijst zijn.",
    "bytes_type": "Stuur dit als bestand, en niet als JSON.",
    "base64_decode": "Dit is geen geldige base64.",
    "tuple_type": "Dit moet een lijst zijn.",
    "frozen_set_type": "Dit moet een lijst zijn.",
    "dict_type": "Dit moet een object met velden zijn.",
    "model_type": "Dit moet een object met velden zijn.",
    "model_attributes_type": "Dit moet een object met velden zijn.",
    "too_short": "Hier moeten er minstens {min_length} staan.",
    "too_long": "Hier mogen er hoogstens {max_length} staan.",
}


def uitleg(error: Mapping[str, Any]) -> str:
    """The sentence for one of pydantic's `errors()`, which must hold its context."""
    context = error.get("ctx") or {}
    return ZINNEN.get(error["type"], ALGEMEEN).format_map({n: _shown(v) for n, v in context.items()})


def _shown(value: Any) -> str:
    return format_moment(value) if isinstance(value, datetime) else str(value).replace("' or '", "' of '")
