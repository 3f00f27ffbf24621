"""What the API says of itself: OpenAPI 3.1, with the problems it really answers instead of FastAPI's own 422."""

from typing import Any

from fastapi import FastAPI

PROBLEM = {
    "title": "Problem",
    "description": "Wat er mis is (RFC 9457)",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("in", "veld", "uitleg")},
            },
        },
    },
}
ANSWERS = {"400": "De vraag klopt niet", "404": "Niet gevonden", "503": "De dienst is nog niet klaar"}
_OF_FASTAPI = ("HTTPValidationError", "ValidationError")


def install(app: FastAPI) -> None:
    """Have the app describe itself so."""
    generate = app.openapi

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            _amend(generate())
        return generate()

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way


def _amend(schema: dict[str, Any]) -> None:
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in schema["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"] |= {
                status: {"description": description, "content": content}
                for status, description in ANSWERS.items()
            }
