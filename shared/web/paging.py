"""Pages of a list over HTTP: at most so many rows, and the address of the next page if there is one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query, Request

LIMIT_MAX = 1000
Limiet = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="hoeveel op een pagina")]
"""The parameter by which is asked for fewer rows."""
Row = TypeVar("Row")


def page(
    request: Request, rows: Sequence[Row], limiet: int, after: Callable[[Row], Mapping[str, Any]]
) -> tuple[Sequence[Row], str | None]:
    """The rows of one page, and the address of the next: the same question, with `after` of the last row.

    `rows` are one more than the page holds, where there are so many: by that it is told whether one follows. The
    address is to be put after the service's own, whatever path a proxy shows the service under.
    """
    shown = rows[:limiet]
    if len(rows) <= limiet:
        return shown, None
    url = request.url.include_query_params(**after(shown[-1]))
    return shown, f"{url.path.removeprefix(request.scope.get('root_path', ''))}?{url.query}"
