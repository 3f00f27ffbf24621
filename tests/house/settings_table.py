"""The table of what may be set of a service, from the code, as it stands in docs/OPERATIONS.md.

`python -m tests.house.settings_table` writes it anew between its two marks.
"""

from collections.abc import Iterator
from typing import Any, get_args

from annotated_types import Ge, Le
from pydantic import AwareDatetime, FilePath, SecretStr
from pydantic.fields import FieldInfo

from shared.settings import ServiceSettings
from tests.house.files import ROOT

PAGE = ROOT / "docs" / "OPERATIONS.md"
BEGIN, END = "<!-- settings: generated -->\n", "<!-- settings: end -->\n"
KINDS = {SecretStr: "secret", AwareDatetime: "a moment with its offset", FilePath: "a file that is there"}


def variable(name: str, field: FieldInfo) -> str:
    """The environment variable of a setting."""
    return str(field.validation_alias or f"WIJKZORG_{name.upper()}")


def table() -> str:
    """Every setting of a service, as Markdown."""
    head = ("variable", "meaning", "unless set", "limits")
    rows = [head, ("---",) * len(head), *map(_row, *zip(*ServiceSettings.model_fields.items(), strict=True))]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    return f"`{variable(name, field)}`", str(field.description), _default(field), ", ".join(_limits(field))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    return "" if field.default in (None, "") else f"`{field.default}`"


def _limits(field: FieldInfo) -> Iterator[str]:
    kinds = (field.annotation, *get_args(field.annotation), *field.metadata)
    yield from (words for kind, words in KINDS.items() if kind in kinds)
    bounds = {type(limit): getattr(limit, "ge", getattr(limit, "le", None)) for limit in field.metadata}
    if Ge in bounds:
        yield f"{bounds[Ge]} to {bounds[Le]}"
    yield from (f"`{limit.pattern}`" for limit in field.metadata if getattr(limit, "pattern", None))


def renewed(page: str) -> str:
    """A page with the table of now between its two marks."""
    before, _, rest = page.partition(BEGIN)
    after: Any = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
