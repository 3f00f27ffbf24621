"""House rules of the code: small, explained, quiet, and the same everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.files import ROOT, nodes, paths, product, python, text, tree

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
SLEEP_SECONDS_MAX = 0.1
GENERATED = (
    "requirements.lock",
    "deploy/command.lock",
    "deploy/service.lock",
    "shared/contracts/schemas/",
    "shared/contracts/released/",
    "docs/events.md",
    "docs/plan/",
    "shared/web/static/vendor/",
    "tests/browser/vendor/",
    "tests/contracts/vendor/",
)
ROOMS = {
    "app.py",
    "api.py",
    "api",
    "answers",
    "answers.py",
    "pages.py",
    "handlers",
    "announce.py",
    "store",
    "domain",
    "migrations",
    "settings.py",
}
OWN_ROOMS = {"billing": {"bepalen.py", "instellingen", "sluiten.py", "uitleggen.py"}}
NEEDED_ROOMS = {"app.py", "handlers", "store", "domain", "migrations"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def _functions(path: Path) -> Iterator[Function]:
    return (node for node in nodes(path) if isinstance(node, Function))


def _length(function: Function) -> int:
    """Lines of its own: without its docstring, and without the functions inside it, which count by themselves."""
    begin = function.body[1] if ast.get_docstring(function) and len(function.body) > 1 else function
    inside = {
        line
        for part in ast.walk(function)
        if isinstance(part, Function) and part is not function
        for line in range(part.lineno, (part.end_lineno or 0) + 1)
    }
    return len(set(range(begin.lineno, (function.end_lineno or 0) + 1)) - inside)


def _public(body: list[ast.stmt], of: str = "") -> Iterator[tuple[str, Function | ast.ClassDef]]:
    for node in body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            yield of + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{of}{node.name}.")


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    long = [
        f"{path}: {count}"
        for path in paths()
        if not str(path).startswith(GENERATED) and (count := len(text(path).splitlines())) > FILE_LINES_MAX
    ]
    assert not long, "Split these by what they are about:\n" + "\n".join(long)


def test_no_function_is_longer_than_fifty_lines() -> None:
    long = [
        f"{path}:{function.lineno} {function.name}: {length}"
        for path in python()
        for function in _functions(path)
        if (length := _length(function)) > FUNCTION_LINES_MAX
    ]
    assert not long, "Take a part with a name of its own out of these:\n" + "\n".join(long)


def test_everything_public_says_what_it_means() -> None:
    silent = [
        f"{path}: {name}"
        for path in product()
        for name, node in [("the module", tree(path)), *_public(tree(path).body)]
        if not ast.get_docstring(node) and text(path).strip()
    ]
    silent += [
        f"{p}: the module" for p in python("tests/") if text(p).strip() and not ast.get_docstring(tree(p))
    ]
    assert not silent, "Write a sentence of meaning for these:\n" + "\n".join(silent)


def _called(node: ast.AST) -> str:
    return ast.unparse(node.func) if isinstance(node, ast.Call) else ""


def test_no_test_prints_and_none_sleeps_for_long() -> None:
    wrong = []
    for path in python("tests/"):
        for node in nodes(path):
            called = _called(node)
            if called == "print":
                wrong.append(f"{path}:{node.lineno} prints")  # type: ignore[attr-defined]
            elif called in ("time.sleep", "asyncio.sleep", "sleep") and _seconds(node) > SLEEP_SECONDS_MAX:
                wrong.append(f"{path}:{node.lineno} sleeps; wait for what is meant")  # type: ignore[attr-defined]
    assert not wrong, "\n".join(wrong)


def _seconds(call: ast.AST) -> float:
    argument = call.args[0] if isinstance(call, ast.Call) and call.args else None
    return float(argument.value) if isinstance(argument, ast.Constant) else 0.0  # type: ignore[arg-type]


def test_the_command_and_the_services_never_print() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path in product()
        for node in nodes(path)
        if isinstance(node, ast.Call) and _called(node) == "print"
    ]
    assert not wrong, "A command says, a service logs:\n" + "\n".join(wrong)


def test_the_name_of_every_test_is_a_sentence() -> None:
    short = [
        f"{path}: {function.name}"
        for path in python("tests/")
        for function in _functions(path)
        if function.name.startswith("test_") and len(function.name.split("_")) < 5
    ]
    assert not short, "Say what holds, in four words or more:\n" + "\n".join(short)


def test_every_service_has_the_same_rooms() -> None:
    for service in sorted(p for p in (ROOT / "services").iterdir() if (p / "__init__.py").exists()):
        inside = {
            p.name for p in service.iterdir() if p.name not in ("__init__.py", "__pycache__", "templates")
        }
        known = ROOMS | {"handlers.py", "store.py", "domain.py"} | OWN_ROOMS.get(service.name, set())
        assert inside <= known, f"{service.name} has rooms that no service has: {inside - known}"
        has = {name if name == "app.py" else name.removesuffix(".py") for name in inside}
        assert has >= NEEDED_ROOMS, f"{service.name} lacks {NEEDED_ROOMS - has}"


def test_nothing_is_left_for_later_in_the_code() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    found = [
        f"{path}:{number}"
        for path in paths()
        if not str(path).startswith(GENERATED) and ROOT / path != Path(__file__)
        for number, line in enumerate(text(path).splitlines(), 1)
        if mark.search(line)
    ]
    assert not found, "Do it, or write it down as what is not there yet:\n" + "\n".join(found)


def test_every_package_is_reachable_by_its_folder() -> None:
    without = {path.parent for path in python()} - {
        path.parent for path in python() if path.name == "__init__.py"
    }
    assert without <= {Path()}, f"No __init__.py in {without}"
