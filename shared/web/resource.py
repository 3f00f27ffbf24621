"""What is posted, and the answer to it: a resource with its address."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from shared.web.problem import Problem

Resource = TypeVar("Resource")


class Body(BaseModel):
    """What a request carries: camelCase, strict, nothing beside what is asked; read as the contracts are."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=False,
        validate_by_alias=True,
        strict=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )


def created(location: str, resource: Mapping[str, Any]) -> JSONResponse:
    """The answer that something is there now: the resource in wire form, and its address."""
    return JSONResponse(resource, 201, {"Location": location})


def known(found: Resource | None, detail: str) -> Resource:
    """What was found; a problem 404 with this sentence where that is nothing."""
    if found is None:
        raise Problem(404, detail)
    return found
