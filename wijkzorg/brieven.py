"""Dead letters as the services list them, and in lines of text."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

from wijkzorg.asking import ask
from wijkzorg.common import CommandError, services_at

Wanted = Mapping[str, str]
ACTS = {"hersteld": "herstel", "verworpen": "verwerp"}
"""What an act is called once it is done, and to do it."""


class Act(NamedTuple):
    """What is to be done about a record, and what is posted for it."""

    place: str
    name: str
    body: Mapping[str, Any]


def services(at: str | None, data_dir: Path, dienst: str | None) -> dict[str, str]:
    """The services that are meant, with their addresses."""
    found = services_at(at, data_dir)
    if dienst is None:
        return found
    if dienst not in found:
        raise CommandError(
            f"No {dienst} runs there. Nothing was done. Name one of {', '.join(sorted(found))}."
        )
    return {dienst: found[dienst]}


def address(at: str | None, data_dir: Path, dienst: str, plek: str | None = None) -> str:
    """The address of a service; or of one record in it."""
    url = services(at, data_dir, dienst)[dienst]
    return f"{url}/v1/dood/{plek}" if plek else url


def wanted(code: str | None, type_: str | None, topic: str | None, aanbieder: str | None) -> dict[str, str]:
    """What is asked of the list, without what is not."""
    asked = {"code": code, "type": type_, "topic": topic, "aanbieder": aanbieder}
    return {name: text for name, text in asked.items() if text}


def letters(url: str, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The letters of a service, page by page."""
    following: str | None = f"/v1/dood?{urlencode(wanted)}"
    while following:
        answer = ask("GET", url + following)
        yield from answer["brieven"]
        following = answer["volgende"]


def places(url: str, plek: str | None, wanted: Wanted, *, alles: bool) -> Iterator[str]:
    """The records that are meant: one, or all letters that are open and wanted."""
    if bool(plek) == alles or (plek and wanted):
        raise CommandError(
            "It is not clear which records are meant. Nothing was done. Name one place, or --alles with --code, --type, --topic or --aanbieder."
        )
    return iter([plek]) if plek else (path(letter) for letter in letters(url, wanted))


def open_elsewhere(found: Mapping[str, str], dienst: str, places: Collection[str]) -> list[str]:
    """The other services in which one of these records still lies open, or that do not say so: a sentence each."""
    said = []
    topics = {place.partition("/")[0] for place in places}
    for name in sorted(found.keys() - {dienst}):
        try:
            lying = {path(letter) for topic in topics for letter in letters(found[name], {"topic": topic})}
        except CommandError:
            said.append(
                f"{name} could not be asked whether it has these open too: see `wijkzorg dood list --dienst {name}`."
            )
            continue
        if both := lying & set(places):
            said.append(
                f"{name} still has {len(both)} of these open, the first {min(both)}: it needs the same act there."
            )
    return said


def exported(file: Path) -> list[Act]:
    """What `export` wrote, to be done again. Raises CommandError where that is something else."""
    try:
        return [_again(json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines() if line]
    except (ValueError, KeyError, TypeError):
        raise CommandError(
            f"{file} is not what `wijkzorg dood export` writes. Nothing was done. Give the file as it was written."
        ) from None


def _again(done: Mapping[str, Any]) -> Act:
    body = {"door": done["door"], "reden": done["reden"], "vooraf": True}
    if "bytes" in done:
        body["bytes"] = done["bytes"]
    return Act(done["plek"], ACTS[done["handeling"]], body)


def path(letter: Mapping[str, Any]) -> str:
    """Where a record stands, as a person names it."""
    return f"{letter['topic']}/{letter['partitie']}/{letter['plaats']}"


def of_group(group: Mapping[str, Any]) -> str:
    """A group of letters, in a line."""
    of = f" of provider {group['aanbieder']}" if "aanbieder" in group else ""
    kind = f" {group['type']}" if "type" in group else ""
    return f"{group['dienst']}: {group['aantal']} {group['code']}{kind} on {group['topic']}{of}, the oldest since {group['oudste']}"


def of_letter(letter: Mapping[str, Any]) -> str:
    """A letter, in a line."""
    became = f" [{letter['besluit']}]" if "besluit" in letter else ""
    return f"{letter['dienst']} {path(letter)} {letter['code']}: {letter['uitleg']}{became}"


def whole(letter: Mapping[str, Any]) -> str:
    """A record with what may be shown of it."""
    said = {"type": "type", "veld": "field", "vastgelegdOp": "recorded at", "apartOp": "put aside at"}
    lines = [f"{path(letter)} {letter['code']}: {letter['uitleg']}"]
    lines += [f"{word}: {letter[name]}" for name, word in said.items() if name in letter]
    now = letter.get("oordeelNu")
    if now:
        lines.append(f"verdict now: {now['oordeel']}" + (f" ({now['code']})" if "code" in now else ""))
    lines += [f"{letter.get('besluit', 'open')}, {letter['grootte']} bytes, key {letter['sleutel']}"]
    lines += [
        f"{one['moment']} {one['handeling']} by {one['door']}: {one['reden']}" for one in letter["ingrepen"]
    ]
    mended = ["read in its place, since it was mended:", letter["hersteld"]] if "hersteld" in letter else []
    return "\n".join([*lines, letter["inhoud"], *mended])


def outcome(place: str, answer: Mapping[str, Any]) -> str:
    """What an act came to, in a line."""
    why = f" ({answer.get('code', '-')}: {answer['uitleg']})" if "uitleg" in answer else ""
    if answer["oordeel"] == "ongewijzigd":
        return f"{place}: this was done before; nothing was changed."
    if answer["oordeel"] == "geweigerd":
        return f"{place}: {answer['uitleg']}"
    if answer.get("geweigerd"):
        return (
            f"{place}: this will be refused{why}. Nothing was changed, and with --execute nothing would be."
        )
    if answer["uitgevoerd"]:
        return f"{place}: {answer['oordeel']}{why}."
    return f"{place}: would be {answer['oordeel']}{why}. Nothing was changed; do it with --execute."
