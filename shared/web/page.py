"""What every page shares: its frame, its two languages, its static files, and a policy that lets nothing else in.

Texts stand in the templates in Dutch; `en.po` beside them has the English ones. All is read once, at the start.
"""

import gettext
import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from shared.web.problem import Problem
from shared.web.words import LOCALES, filters

TALEN = tuple(LOCALES)
"""Dutch unless another is asked for by ?taal=."""
YEAR_SECONDS = 365 * 24 * 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; font-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATIC = files("shared.web") / "static"


@dataclass(frozen=True)
class _File:
    """A static file, as it is and packed; its address changes with its content, so that it may be kept for ever."""

    content: bytes
    packed: bytes
    media_type: str
    digest: str


class Pages:
    """The pages of one service: `package` has a folder `templates` with its templates and their English texts."""

    def __init__(self, package: str, gemeente: str, theme_file: Path | None = None) -> None:
        self._static = dict(_static())
        if theme_file is not None:
            self._static["theme.css"] = _file("theme.css", theme_file.read_bytes())
        self._environments = {taal: _environment(package, taal) for taal in TALEN}
        for taal, environment in self._environments.items():
            environment.globals |= {"gemeente": gemeente, "taal": taal}

    def taal(self, request: Request) -> str:
        """The language asked for."""
        asked = request.query_params.get("taal")
        return asked if asked in TALEN else TALEN[0]

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page, in the language asked for."""
        taal = self.taal(request)
        others = {other: str(request.url.include_query_params(taal=other).query) for other in TALEN}
        static = partial(self._address, request.scope.get("root_path", ""))
        html = self._environments[taal].get_template(template).render(talen=others, static=static, **values)
        headers = {
            "Content-Security-Policy": POLICY,
            "Content-Language": taal,
            "Referrer-Policy": "no-referrer",
            "Vary": "Accept-Encoding",
        }
        return HTMLResponse(html, status, headers)

    def router(self) -> APIRouter:
        """The address of the static files."""
        router = APIRouter(include_in_schema=False)

        @router.get("/static/{name:path}")
        async def static(name: str, request: Request) -> Response:
            found = self._static.get(name)
            if found is None:
                raise Problem(404, "Dit bestand bestaat hier niet.")
            headers = {
                "Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable",
                "Vary": "Accept-Encoding",
            }
            if "gzip" in request.headers.get("accept-encoding", ""):
                return Response(
                    found.packed, media_type=found.media_type, headers=headers | {"Content-Encoding": "gzip"}
                )
            return Response(found.content, media_type=found.media_type, headers=headers)

        return router

    def _address(self, root_path: str, name: str) -> str:
        return f"{root_path}/static/{name}?v={self._static[name].digest}"


@cache
def _static() -> dict[str, _File]:
    return _read_static(STATIC)


def _read_static(folder: Traversable, under: str = "") -> dict[str, _File]:
    found: dict[str, _File] = {}
    for entry in folder.iterdir():
        name = under + entry.name
        found |= (
            _read_static(entry, f"{name}/") if entry.is_dir() else {name: _file(name, entry.read_bytes())}
        )
    return found


def _file(name: str, content: bytes) -> _File:
    media_type = mimetypes.guess_type(name)[0] or "text/plain"
    return _File(
        content, gzip.compress(content, mtime=0), media_type, hashlib.sha256(content).hexdigest()[:12]
    )


def _environment(package: str, taal: str) -> Environment:
    loaders = [PackageLoader(package), PackageLoader("shared.web")]
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translations = gettext.NullTranslations()
    if taal != TALEN[0]:
        for owner in ("shared.web", package):
            translations.add_fallback(_translations(files(owner) / "templates" / f"{taal}.po"))
    environment.filters |= filters(taal)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # of i18n
    return environment


def _translations(catalogue: Traversable) -> gettext.GNUTranslations:
    """The texts of a catalogue, in the form gettext reads."""
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(catalogue.read_bytes())))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
