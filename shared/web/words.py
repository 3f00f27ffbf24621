"""Numbers, days, months and eurocents (as whole euros, or to the cent) as they are written in a language: filters of templates."""

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal

from shared.kalender import Month, first_day

LOCALES = {"nl": "nl_NL", "en": "en_GB"}
SMALL_BELOW = 100
"""Figures below this are told with one decimal."""


def filters(taal: str) -> Mapping[str, Callable[..., Any]]:
    """The filters of a language, by the name that a template gives them."""
    locale = LOCALES[taal]

    def month(value: Month) -> str:
        return str(format_skeleton("yMMMM", first_day(value), locale=locale))

    def number(value: float) -> str:
        return format_decimal(value, "#,##0.#" if value < SMALL_BELOW else "#,##0", locale=locale)

    def euros(cent: float) -> str:
        return format_currency(
            round(cent / 100), "EUR", "¤\N{NO-BREAK SPACE}#,##0", locale=locale, currency_digits=False
        )

    def cents(cent: int) -> str:
        return format_currency(cent / 100, "EUR", "¤\N{NO-BREAK SPACE}#,##0.00", locale=locale)

    def day(value: date) -> str:
        return format_date(value, "d MMMM yyyy", locale=locale)

    return {"month": month, "number": number, "euros": euros, "cents": cents, "day": day, "pretty": pretty}


def pretty(value: Any) -> str:
    """JSON as a person reads it."""
    return json.dumps(value, indent=2, ensure_ascii=False)
