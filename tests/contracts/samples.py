"""The golden examples, by file name, and ways to bend them."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from shared.contracts import event

FOLDER = Path(event.__file__).with_name("examples")
EXAMPLES = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.json"))}
NAMES = tuple(EXAMPLES)


def sample(name: str) -> Any:
    """An example as the JSON that it is, free to be changed: `sample("zorg-gestart.v1.1")`."""
    return json.loads(EXAMPLES[f"{name.removesuffix('.json')}.json"])


def with_data(name: str, **changes: Any) -> bytes:
    """The bytes of an example with other fields; `None` is a null on the wire."""
    changed = sample(name)
    changed["data"] |= changes
    return json.dumps(changed).encode()


def without(name: str, field: str) -> bytes:
    """The bytes of an example without one field of its data."""
    changed = sample(name)
    del changed["data"][field]
    return json.dumps(changed).encode()


def replaced(whole: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of JSON with another value at a path."""
    copy = deepcopy(whole)
    place = copy
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return copy
