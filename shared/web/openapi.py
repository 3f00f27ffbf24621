"""What the API says of itself: OpenAPI 3.1, with the problems it really answers instead of FastAPI's own 422."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.contracts import outline
from shared.contracts.outline import Line

Json = dict[str, Any]
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
WRONG, UNKNOWN, NOT_READY = "De vraag klopt niet", "Niet gevonden", "De dienst is nog niet klaar"
DONE = {"200": "Gelukt", "201": "Gemaakt, of het was er al: Location zegt waar"}
LOCATION = {
    "Location": {"description": "Het adres van wat er nu is", "required": True, "schema": {"type": "string"}}
}
MANAGING = "beheer"
_OF_FASTAPI = ("HTTPValidationError", "ValidationError")


def describe(app: FastAPI, root_path: str = "") -> Json:
    """The document of the API; `root_path` is where a proxy shows the service."""
    schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
    schema["info"]["license"] = {"name": "EUPL-1.2", "identifier": "EUPL-1.2"}
    schema["servers"] = [{"url": root_path or "/"}]
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in _OF_FASTAPI:
        schemas.pop(name, None)
    for shape in schemas.values():
        shape.pop("description", None)  # the docstring of a class: for who reads the code, in English
    schemas["Problem"] = PROBLEM
    for operations in schema["paths"].values():
        for operation in operations.values():
            _answers(operation)
    return schema


def _answers(operation: Json) -> None:
    """The answers that an operation has, each in words; a problem where it can be one."""
    answers = operation["responses"]
    answers.pop("422", None)
    for status, description in DONE.items():
        if status in answers:
            answers[status]["description"] = description
    if "201" in answers:
        answers["201"]["headers"] = LOCATION
    asked = operation.get("parameters", [])
    problems = {"503": NOT_READY}
    if asked or "requestBody" in operation:
        problems["400"] = WRONG
    if any(parameter["in"] == "path" for parameter in asked):
        problems["404"] = UNKNOWN
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(problems):
        answers[status] = {"description": problems[status], "content": content}


@dataclass(frozen=True)
class Operation:
    """One thing that can be asked, as a page shows it."""

    method: str
    path: str
    summary: str
    asked: list[Line]
    answers: Json
    answered: list[Line]


@dataclass(frozen=True)
class Group:
    """What can be asked about one thing."""

    tag: str
    operations: list[Operation] = field(default_factory=list)


def shown(document: Json) -> list[Group]:
    """The document as a page shows it: operations by their first tag, what every service has at the end."""
    groups: dict[str, Group] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = operation["tags"][0]
            found = Operation(
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                asked=list(_asked(operation, document)),
                answers=operation["responses"],
                answered=list(_answered(operation, document)),
            )
            groups.setdefault(tag, Group(tag)).operations.append(found)
    return sorted(groups.values(), key=lambda group: group.tag == MANAGING)


def _asked(operation: Json, document: Json) -> Iterator[Line]:
    for parameter in operation.get("parameters", []):
        place = parameter["schema"] | {"description": parameter.get("description", "")}
        name = f"{'?' if parameter['in'] == 'query' else ''}{parameter['name']}"
        yield from outline.field(place, document, name, optional=not parameter["required"])
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from outline.lines(content["schema"], document)


def _answered(operation: Json, document: Json) -> Iterator[Line]:
    done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    for content in done.get("content", {}).values():
        yield from outline.lines(content.get("schema", {}), document)
