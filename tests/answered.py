"""Whether what a service answers is what its own document says: each field that is there, and no other."""

import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator

from shared.web.openapi import Json


def closed(part: Any) -> Any:
    """A schema in which an object that names its fields has no others."""
    if isinstance(part, list):
        return [closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    inside = {name: closed(each) for name, each in part.items()}
    return {"additionalProperties": False, **inside} if "properties" in inside else inside


class Described:
    """What a service says that it answers."""

    def __init__(self, document: Json) -> None:
        self._components = closed(document["components"])
        self._operations = [
            (method.upper(), re.compile(re.sub(r"{\w+}", "[^/]+", path)), operation["responses"])
            for path, operations in document["paths"].items()
            for method, operation in operations.items()
        ]

    def faults(self, answer: httpx.Response) -> list[str]:
        """In what an answer is another than is described; nothing of an address that is no operation."""
        asked = answer.request
        for method, path, answers in self._operations:
            if method == asked.method and path.fullmatch(asked.url.path):
                return [f"{method} {asked.url.path}: {fault}" for fault in self._faults(answers, answer)]
        return []

    def _faults(self, answers: Json, answer: httpx.Response) -> list[str]:
        content = answers.get(str(answer.status_code), {}).get("content", {})
        kind = answer.headers["content-type"].partition(";")[0]
        if kind not in content:
            return [f"{answer.status_code} with {kind}"]
        schema = {"components": self._components, **closed(content[kind]["schema"])}
        validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
        answered = answer.json() if kind.endswith("json") else answer.text
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answered)]
