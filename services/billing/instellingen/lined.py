"""A YAML file as plain values, every one text, with the line on which each stands.

Only what a file of settings needs: no anchors, tags or several documents, nothing deep and nothing twice.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

BYTES_MAX = 64 * 1024
DEPTH_MAX = 10


class Regelfout(NamedTuple):
    """What is wrong on a line of the file (the first is 1), in which field, and what to do about it."""

    regel: int
    veld: str
    uitleg: str


class UnreadableError(Exception):
    """These bytes are no file of values at all."""

    def __init__(self, regel: int, uitleg: str) -> None:
        self.fout = Regelfout(regel, "", uitleg)
        super().__init__(uitleg)


class _Loader(yaml.BaseLoader):
    """Composes nodes; an alias could make a small file immense, and a deep one exhaust the stack."""

    depth = 0

    def compose_node(self, parent: Node | None, index: int) -> Node | None:
        """The next node."""
        event = self.peek_event()  # type: ignore[no-untyped-call] # the stubs leave it out
        if isinstance(event, AliasEvent) or self.depth >= DEPTH_MAX:
            raise ComposerError(None, None, "geen verwijzingen, en niet zo diep", event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class Lined:
    """The values in a file: `plain` as lists, dicts and text; `twice` the keys that stand in it more than once."""

    def __init__(self, inhoud: bytes) -> None:
        self._root = _node(inhoud)
        self.twice: list[Regelfout] = []
        self.plain = self._plain(self._root)

    def _plain(self, node: Node) -> Any:
        if isinstance(node, SequenceNode):
            return [self._plain(one) for one in node.value]
        if not isinstance(node, MappingNode):
            return node.value
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else "?"
            if name in found:
                self.twice.append(Regelfout(_line(key), name, "Dit staat er twee keer. Haal er één weg."))
            found[name] = self._plain(value)
        return found

    def place(self, loc: Sequence[str | int]) -> tuple[int, str]:
        """The line of a value, and how it is called; of one that is not there, the line of what it should be in."""
        line, names, node = _line(self._root), list[str](), self._root
        for step in loc:
            for child_line, child in _children(node, step):
                line, node = child_line, child
                names.append(str(step))
        if loc and isinstance(loc[-1], str) and loc[-1] not in (*names[-1:], "[key]"):
            names.append(loc[-1])
        return line, ".".join(names)


def _children(node: Node, step: str | int) -> Iterator[tuple[int, Node]]:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        yield _line(node.value[step]), node.value[step]
    elif isinstance(node, MappingNode):
        yield from [(_line(key), value) for key, value in node.value if key.value == step][-1:]


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _node(inhoud: bytes) -> Node:
    if len(inhoud) > BYTES_MAX:
        raise UnreadableError(1, f"Dit bestand is te groot: hoogstens {BYTES_MAX} bytes.")
    try:
        node = yaml.compose(inhoud.decode("utf-8-sig"), _Loader)
    except UnicodeDecodeError as error:
        line = inhoud.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "Dit is geen UTF-8. Bewaar het bestand als UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(mark.line + 1 if mark else 1, f"Dit is geen YAML ({error.problem}).") from None
    except yaml.YAMLError as error:
        raise UnreadableError(1, f"Dit is geen YAML ({error}).") from None
    if node is None:
        raise UnreadableError(1, "Dit bestand is leeg.")
    return node
