"""Errors over HTTP: `application/problem+json` (RFC 9457) by the NL API Design Rules; bad input is 400, never 422."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import asyncpg
from aiokafka.errors import KafkaError
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared import db
from shared.contracts.uitleg import uitleg
from shared.refused import RefusedError

API_VERSION = "1.0.0"
_HEADERS = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TITLES = {
    400: "De vraag klopt niet",
    404: "Niet gevonden",
    405: "Deze methode kan hier niet",
    500: "Er ging hier iets mis",
    503: "De dienst is nog niet klaar",
}
_DETAILS = {
    404: "Dit adres bestaat hier niet.",
    405: "Dit adres kent deze methode niet.",
}


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it that
    """A request that cannot be answered: its status, what is wrong, and where."""

    def __init__(self, status: int, detail: str, errors: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, list(errors)


def response(status: int, detail: str, errors: Sequence[dict[str, str]] = ()) -> JSONResponse:
    """A problem as an answer."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": _TITLES.get(status, HTTPStatus(status).phrase),
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, _HEADERS, media_type="application/problem+json")


def bad_input(errors: Sequence[dict[str, str]]) -> JSONResponse:
    """The answer to a request that is wrong in these places: nothing of it was done."""
    fields = ", ".join(e["veld"] or e["in"] for e in errors)
    return response(400, f"Er is niets gedaan. Verbeter: {fields}.", errors)


def _veld(error: Mapping[str, Any]) -> str:
    """Where it is wrong; of what is no JSON that is the whole, and not the place where reading it ended."""
    return "" if error["type"] == "json_invalid" else ".".join(map(str, error["loc"][1:]))


def install(app: FastAPI) -> None:
    """Have every error of this app be a problem, and every answer carry the headers the rules ask for."""

    @app.exception_handler(Problem)
    async def _problem(_request: Request, problem: Problem) -> JSONResponse:
        return response(problem.status, problem.detail, problem.errors)

    @app.exception_handler(RefusedError)
    async def _refused(_request: Request, refused: RefusedError) -> JSONResponse:
        return bad_input([{"in": "body", **fout._asdict()} for fout in refused.fouten])

    @app.exception_handler(RequestValidationError)
    async def _bad_input(_request: Request, error: RequestValidationError) -> JSONResponse:
        return bad_input(
            [{"in": str(e["loc"][0]), "veld": _veld(e), "uitleg": uitleg(e)} for e in error.errors()]
        )

    _install_the_rest(app)

    @app.middleware("http")
    async def _headers(request: Request, call_next: Any) -> Response:
        answer: Response = await call_next(request)
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        return answer


def _install_the_rest(app: FastAPI) -> None:
    """What is not about the request: addresses that are not there, what is away, and our own bugs."""

    @app.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == HTTPStatus.BAD_REQUEST:  # so FastAPI says that a body is no JSON it can take
            return bad_input([{"in": "body", "veld": "", "uitleg": "Dit is geen geldige JSON."}])
        detail = _DETAILS.get(error.status_code, "Deze vraag kan hier niet worden beantwoord.")
        answer = response(error.status_code, detail)
        answer.headers.update(error.headers or {})
        return answer

    async def _away(_request: Request, error: Exception) -> JSONResponse:
        if isinstance(error, asyncpg.InterfaceError) and not db.is_waitable(error):
            raise error  # a call of ours that is wrong, which is answered below
        return response(503, f"Kafka of de database antwoordt niet ({type(error).__name__}).")

    for kind in (KafkaError, asyncpg.InterfaceError, *db.WAITABLE):
        app.add_exception_handler(kind, _away)

    @app.exception_handler(Exception)
    async def _bug(_request: Request, _error: Exception) -> JSONResponse:
        return response(
            500, "De vraag is niet uitgevoerd. Probeer het later opnieuw, of meld het de beheerder."
        )
