"""Dead letters as pages: a list, one letter with what was done to it, and forms that first say what would happen."""

from collections.abc import Callable, Collection, Coroutine, Sequence
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from pydantic import ValidationError

from shared.contracts.event import MESSAGE_BYTES_MAX
from shared.contracts.masked import masked
from shared.contracts.uitleg import uitleg
from shared.kalender import local_day
from shared.messaging.dead_letter import Group, Wanted
from shared.messaging.delivery import Place
from shared.messaging.handler import Outcome
from shared.messaging.topics import aanbieder_of
from shared.refused import Fout, RefusedError
from shared.web.described import About
from shared.web.dood.acts import Acts
from shared.web.dood.api import GROUPS_MAX, Afgewezen, Gevraagd, Na, Plek
from shared.web.dood.bodies import Ingreep
from shared.web.dood.shown import path_of, place_of
from shared.web.page import Pages
from shared.web.paging import page
from shared.web.problem import Problem

LETTERS_MAX = 50
FORM_BYTES_MAX = 4 * MESSAGE_BYTES_MAX
"""What a form sends of a message is up to three times its bytes."""
SEE_OTHER = 303
Form = dict[str, str]
ADRES = "Dit adres klopt niet. Er is niets gedaan."
ELDERS = "Dit formulier komt niet van deze pagina. Er is niets gedaan."
TE_GROOT = "Dit formulier is te groot. Er is niets gedaan."


def router(acts: Acts, about: About) -> APIRouter:
    """The addresses under `/dood`."""
    pages = Pages("shared.web.dood", "Wijkzorg", about.theme_file)
    routes = APIRouter(include_in_schema=False, route_class=_answering_by_page(pages, about))

    @routes.get("/dood")
    async def letters(
        request: Request,
        gevraagd: Gevraagd,
        afgewezen: Afgewezen = False,
        na: Na = "",
    ) -> Response:
        after = place_of(na) if na else Place.at("", 0, 0)
        groups = await acts.groups(gevraagd, GROUPS_MAX, refused=afgewezen)
        every = await acts.groups(Wanted(besluit=None), GROUPS_MAX, refused=afgewezen)
        found = await acts.listed(gevraagd, after, LETTERS_MAX + 1, refused=afgewezen)
        rows, following = page(request, found, LETTERS_MAX, lambda last: {"na": path_of(last.place)})
        values: dict[str, Any] = {
            "about": about,
            "wanted": gevraagd,
            "afgewezen": afgewezen,
            "has_refusals": bool(acts.refusals()),
            "aanbieder_of": aanbieder_of,
            "known": _known(every.largest),
            "groups": groups,
            "rows": rows,
            "following": following,
            "path_of": path_of,
            "local_day": local_day,
        }
        return pages.page(request, "dood.html", **values)

    letter = APIRouter(prefix="/dood/{topic}/{partitie}/{plaats}", route_class=routes.route_class)
    _add_letter(letter, _Letter(pages, acts, about))
    routes.include_router(letter)
    return routes


def _answering_by_page(pages: Pages, about: About) -> type[APIRoute]:
    """Routes that say by a page what is wrong with a request, as it is a person who reads it."""

    class PageRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            answer = super().get_route_handler()

            async def handler(request: Request) -> Response:
                try:
                    return await answer(request)
                except RequestValidationError as error:
                    wrong = [f"{one['loc'][-1]}: {uitleg(one)}" for one in error.errors()]
                    status, detail = 400, " ".join([ADRES, *wrong])
                except Problem as problem:
                    status, detail = problem.status, problem.detail
                return pages.page(request, "fout.html", status, about=about, code=status, detail=detail)

            return handler

    return PageRoute


def _add_letter(routes: APIRouter, letter: "_Letter") -> None:
    @routes.get("")
    async def show(request: Request, plek: Plek) -> Response:
        return await letter.show(request, plek)

    # Asked by who wants another language where a form was sent, or loads that address again.
    @routes.get("/bytes")
    @routes.get("/herstel")
    @routes.get("/herlever")
    @routes.get("/verwerp")
    async def back(request: Request, plek: Plek) -> Response:
        return letter.back(request, plek)

    @routes.post("/bytes")
    async def look(request: Request, plek: Plek) -> Response:
        return await letter.look(request, plek)

    @routes.post("/{handeling}")
    async def act(request: Request, plek: Plek, handeling: str) -> Response:
        return await letter.act(request, plek, handeling)


class _Letter:
    """The page of one letter, and what its forms do."""

    def __init__(self, pages: Pages, acts: Acts, about: About) -> None:
        self._pages, self._acts, self._about = pages, acts, about

    async def show(
        self,
        request: Request,
        place: Place,
        handeling: str = "",
        form: Form | None = None,
        fouten: Sequence[Fout] = (),
    ) -> Response:
        """The letter; with what was filled in to do this, and what is wrong with that."""
        found = await self._acts.find(place)
        sent = {"handeling": handeling, "form": form or {}, "fouten": fouten}
        # A form that was sent has an address below that of the letter, from which links go another way.
        values = (
            sent
            | found._asdict()
            | {
                "masked": masked,
                "terug": form is not None,
            }
        )
        return self._page(request, "brief.html", 400 if fouten else 200, **values)

    async def look(self, request: Request, place: Place) -> Response:
        """The letter, its bytes in the form by which it is mended."""
        form = await _form(request)
        try:
            by = _by(form)
        except RefusedError as refused:
            return await self.show(request, place, "bytes", form, refused.fouten)
        came, mended = await self._acts.look(place, by)
        value = came if mended is None else mended
        try:
            form["bericht"] = value.decode()
        except UnicodeDecodeError:
            form["spoilt"] = value.decode(errors="replace")
        return await self.show(request, place, "herstel", form)

    async def act(self, request: Request, place: Place, handeling: str) -> Response:
        """What the act would come to, to be confirmed; or, confirmed, the letter as it is then."""
        form = await _form(request)
        confirmed = form.pop("bevestigd", "") == "ja"
        try:
            outcome = await self._do(place, handeling, form, execute=confirmed)
        except RefusedError as refused:
            return await self.show(request, place, handeling, form, refused.fouten)
        if not confirmed:
            values = {"place": place, "handeling": handeling, "outcome": outcome, "form": form}
            return self._page(request, "bevestig.html", 200, **values)
        return self.back(request, place)

    def back(self, request: Request, place: Place) -> Response:
        """To the address of the letter itself."""
        path = f"{request.scope.get('root_path', '')}/dood/{path_of(place)}"
        query = "" if (taal := self._pages.taal(request)) == "nl" else f"?taal={taal}"
        return RedirectResponse(path + query, SEE_OTHER)

    def _page(self, request: Request, template: str, status: int, **values: Any) -> Response:
        return self._pages.page(request, template, status, about=self._about, local_day=local_day, **values)

    async def _do(self, place: Place, handeling: str, form: Form, *, execute: bool) -> Outcome:
        by = _by(form)
        match handeling:
            case "herstel":
                value = form.get("bericht", "").encode()
                return await self._acts.mend(place, by, value, execute=execute)
            case "herlever":
                return await self._acts.redeliver(place, by, execute=execute)
            case "verwerp":
                return await self._acts.reject(place, by, execute=execute)
            case _:
                raise Problem(404, "Dit adres bestaat hier niet.")


def _known(groups: Collection[Group]) -> dict[str, list[str]]:
    """What there is to choose from, of the largest groups."""
    found: dict[str, set[str | None]] = {
        "topic": {one.topic for one in groups},
        "type": {one.type for one in groups},
        "code": {one.code for one in groups},
        "aanbieder": {aanbieder_of(one.topic) for one in groups},
    }
    return {name: sorted(value for value in values if value) for name, values in found.items()}


def _by(form: Form) -> Ingreep:
    """Who acts, and why. Raises RefusedError where the form does not say so."""
    try:
        return Ingreep.model_validate({name: form.get(name, "") for name in ("door", "reden")})
    except ValidationError as error:
        wrong = error.errors(include_url=False)
        raise RefusedError([Fout(str(one["loc"][0]), uitleg(one)) for one in wrong]) from None


async def _form(request: Request) -> Form:
    """The fields of a form that this service showed. Raises Problem where another site sent it, or it is too large."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise Problem(400, ELDERS)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            raise Problem(400, TE_GROOT)
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
    except ValueError:
        raise Problem(400, ELDERS) from None
    return {name: text for name, text in fields if name in ("door", "reden", "bericht", "bevestigd")}
