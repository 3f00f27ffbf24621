"""`wijkzorg replay`: what follows from the log, rebuilt beside the live database, compared with it, and swapped."""

import asyncio
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import asyncpg
import typer
import uvloop
from pydantic import SecretStr

from local import Backends
from shared import db
from shared.messaging.delivery import FatalError
from shared.messaging.delivery import Place as At
from shared.messaging.rebuilt import KEYS_SHOWN_MAX, Compared, Differing
from shared.settings import settings_of_environment, with_password
from wijkzorg import databases, state
from wijkzorg.common import (
    AsJson,
    CommandError,
    DataDir,
    backends,
    console,
    counted,
    prefix,
    say,
    service_names,
)
from wijkzorg.setup import of_postgres
from wijkzorg.shadow import OnProgress, Shadow
from wijkzorg.up import CLOCK_SETTING

Answer = dict[str, Any]
SOON_ENOUGH = {"synchronous_commit": "off"}
"""What a shadow loses where PostgreSQL is killed, its positions lose with it: it is read again."""


@dataclass(frozen=True)
class Place:
    """Where a service is: PostgreSQL as who may make databases there, the settings without a database, its database."""

    admin_dsn: str
    settings: Mapping[str, Any]
    service: str
    live: str

    @property
    def shadow(self) -> str:
        """The database in which it is rebuilt."""
        return f"{self.live}_shadow"

    @property
    def before(self) -> str:
        """The database that was live before a swap."""
        return f"{self.live}_before"


def replay(
    service: Annotated[str, typer.Argument(help="the service of which this is asked")],
    data_dir: DataDir,
    execute: Annotated[
        bool, typer.Option("--execute", help="then put the rebuilt database in the place of the live one")
    ] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="begin anew, also where an earlier replay was broken off")
    ] = False,
    only_drop: Annotated[
        bool, typer.Option("--drop", help="only drop what is left of replays; with --execute, else say what")
    ] = False,
    secrets_dir: Annotated[
        Path | None, typer.Option(file_okay=False, help="where `setup` keeps the password of PostgreSQL")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild a service's database beside the live one, and compare; the code is 1 where a row differs."""
    _require_rebuilt(service)
    # Of these facts the live service has said it.
    logging.getLogger("wijkzorg.states").setLevel(logging.ERROR)
    with backends(data_dir) as found, console.status(f"{service} is being rebuilt") as status:

        def progress(done: int, total: int) -> None:
            status.update(f"{service} is being rebuilt: {done:,} of {total:,} records")

        place = _place(service, found, data_dir, secrets_dir)
        work = drop(place, execute=execute) if only_drop else run(place, progress, anew=anew, execute=execute)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answer = runner.run(work)
    say(answer, _dropped(answer) if only_drop else _sentence(answer), as_json=as_json)
    sys.exit(0 if answer.get("gelijk", True) else 1)


def _require_rebuilt(service: str) -> None:
    if service not in service_names():
        raise CommandError(
            f"There is no service {service}. Nothing was done. There are {', '.join(service_names())}."
        )
    if not hasattr(_app(service), "rebuilt"):
        raise CommandError(
            f"{service} owns all that is in its database, and rebuilds none of it from the log. Nothing was done. "
            f"`wijkzorg herstel controleer {service}` compares it with what it has told; a backup brings it back."
        )


def _app(service: str) -> Any:
    return import_module(f"services.{service}.app")


def _place(service: str, found: Backends, data_dir: Path, secrets_dir: Path | None) -> Place:
    """Where a service is; its clock stands where that of a folder with a demo does."""
    dsn = found.postgres_dsn
    if secrets_dir is not None and urlsplit(dsn).password is None:
        dsn = with_password(dsn, databases.password_in(of_postgres(secrets_dir)))
    settings: Answer = {
        "KAFKA_BOOTSTRAP_SERVERS": found.kafka_bootstrap_servers,
        "topic_prefix": prefix(),
    }
    demo = None if os.environ.get(CLOCK_SETTING) else state.read_demo(data_dir)
    if demo is not None:
        settings["clock"] = demo.clock
    return Place(dsn, settings, service, databases.name_of(prefix(), service))


async def run(place: Place, on_progress: OnProgress, *, anew: bool = False, execute: bool = False) -> Answer:
    """Rebuild, compare, and swap if asked; what came of it. Raises CommandError, and KafkaError while Kafka is away."""
    try:
        return await _run(place, on_progress, anew=anew, execute=execute)
    except (FatalError, db.MigrationError) as error:
        raise CommandError(str(error)) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise CommandError(
            f"PostgreSQL refuses, or went away ({': '.join([type(error).__name__, *error.args[:1]])}). The live database is as it was, and what "
            "was rebuilt is kept. Mend that, and give the same command again: it goes on from there."
        ) from None


async def _owner(place: Place) -> str:
    if owner := await databases.owner_of(place.admin_dsn, place.live):
        return owner
    raise CommandError(
        f"There is no database {place.live}. Nothing was done. "
        "Check WIJKZORG_POSTGRES_DSN and WIJKZORG_TOPIC_PREFIX, or --data-dir."
    )


async def _run(place: Place, on_progress: OnProgress, *, anew: bool, execute: bool) -> Answer:
    owner = await _owner(place)
    shadow = shadow_of(place, owner, on_progress)
    async with databases.alone(shadow.live, place.service):
        if execute:
            await _require_swappable(place, shadow)
        if anew:
            await databases.drop(place.admin_dsn, [place.shadow])
        if await databases.owner_of(place.admin_dsn, place.shadow) is None:
            await databases.make_shadow(place.admin_dsn, place.shadow, owner)
        return await _rebuild(place, shadow, execute=execute)


async def _require_swappable(place: Place, shadow: Shadow) -> None:
    if shadow.rebuilt.kept:
        raise CommandError(
            f"The database of {place.service} holds what no event says: it is compared, and never swapped. Nothing was "
            "done. Leave out --execute; what is wrong in it a backup brings back (docs/BACKUP.md)."
        )
    if await databases.owner_of(place.admin_dsn, place.before) is not None:
        raise CommandError(
            f"{place.before}, which an earlier replay swapped out, is still there. Nothing was done. "
            f"Drop it with `wijkzorg replay {place.service} --drop --execute`."
        )


async def _rebuild(place: Place, shadow: Shadow, *, execute: bool) -> Answer:
    began = time.monotonic()
    found = await shadow.rebuild()
    is_equal = not any(one.differing for one in found.values())
    last_words = [] if is_equal else await shadow.last_words()
    if execute:
        if last_words:
            raise CommandError(
                f"The rebuilt database of {place.service} differs, and may lack what the live one knows. Nothing was swapped, and "
                f"what was rebuilt is kept as {place.shadow}. {_hidden(place.service, len(last_words), _some(last_words))}"
            )
        await put_in_place(place, shadow)
    elif is_equal:
        await databases.drop(place.admin_dsn, [place.shadow])
    return {
        "dienst": place.service,
        "gelijk": is_equal,
        "seconden": round(time.monotonic() - began, 1),
        "vergeleken": [_shown(name, one) for name, one in found.items()],
        "laatsteOnleesbaar": {"aantal": len(last_words), "plekken": _some(last_words)},
        "nietHerbouwd": list(shadow.rebuilt.kept),
        "omgewisseld": execute,
        "schaduw": None if execute or is_equal else place.shadow,
        "vorige": place.before if execute else None,
    }


def _some(places: Sequence[At]) -> list[str]:
    return [f"{at.partition.topic}/{at.partition.number}/{at.offset}" for at in places[:KEYS_SHOWN_MAX]]


def _hidden(service: str, number: int, places: Sequence[str]) -> str:
    more = ", ..." if number > len(places) else ""
    return (
        f"{counted(number, 'unmended dead letter')} ({', '.join(places)}{more}) came last under a key: what was said under it before may be gone "
        "from the log, and known to the live database alone. So what differs may be no fault. Mend these by "
        f"`wijkzorg dood herstel {service} PLACE FILE`, or have their owner tell those facts again, and give the same command again."
    )


async def put_in_place(place: Place, shadow: Shadow) -> None:
    """Have what was rebuilt take the place of the live database, with all that was read and done there until then."""
    async with shadow.taken_over() as live:
        await databases.swap(place.admin_dsn, place.live, place.shadow, place.before, live)


def shadow_of(place: Place, owner: str, on_progress: OnProgress) -> Shadow:
    """The shadow of a service in this place, whose database has this owner."""
    dsn = databases.dsn_as(place.admin_dsn, place.shadow, owner, **SOON_ENOUGH)
    settings = settings_of_environment(**place.settings, database_dsn=SecretStr(dsn), database_password=None)
    app = _app(place.service)
    live = databases.dsn_as(place.admin_dsn, place.live, owner)
    return Shadow(app.service(settings), app.rebuilt(settings), live, on_progress)


def _shown(name: str, one: Compared) -> Answer:
    return {
        "naam": name,
        "rijen": one.rows,
        "verschillen": one.differing,
        "voorbeelden": [{"sleutel": row.sleutel, "waar": _where(row)} for row in one.shown],
        "wachtOpBepaling": one.waiting,
    }


def _where(row: Differing) -> str:
    return "anders" if row.live and row.rebuilt else "alleen-live" if row.live else "alleen-herbouwd"


WHERE = {
    "anders": "differs",
    "alleen-live": "is only in the live database",
    "alleen-herbouwd": "is only in what was rebuilt",
}


def _sentence(answer: Answer) -> str:
    lines = []
    for one in answer["vergeleken"]:
        differs = f"{one['verschillen']} differ" if one["verschillen"] else "the same"
        waits = f" ({one['wachtOpBepaling']} wait to be determined)" if one["wachtOpBepaling"] else ""
        lines.append(f"{one['naam']}: {counted(one['rijen'], 'row')}, {differs}{waits}.")
        lines += [f"  {row['sleutel']} {WHERE[row['waar']]}" for row in one["voorbeelden"]]
    return "\n".join([*lines, _end(answer)])


def _end(answer: Answer) -> str:
    service = answer["dienst"]
    kept = answer["nietHerbouwd"]
    what = "what" if answer["gelijk"] else "NOT what"
    said = [f"The live database of {service} is {what} follows from the log ({answer['seconden']} s)."]
    if kept:
        said.append(f"No event says {', '.join(kept)}: these were not compared.")
    if answer["omgewisseld"]:
        said.append(f"The rebuilt one has taken its place; the former is kept as {answer['vorige']}.")
    elif answer["schaduw"]:
        if (last := answer["laatsteOnleesbaar"])["aantal"]:
            said.append(_hidden(service, last["aantal"], last["plekken"]))
        said.append(f"Nothing was changed; what was rebuilt is kept as {answer['schaduw']}.")
    return " ".join(said)


async def drop(place: Place, *, execute: bool) -> Answer:
    """Drop what is left of replays, or only say what. Raises CommandError while one is going on."""
    names = (place.shadow, place.before)
    there = [name for name in names if await databases.owner_of(place.admin_dsn, name) is not None]
    if execute:
        live = databases.dsn_as(place.admin_dsn, place.live, await _owner(place))
        async with databases.alone(live, place.service):
            await databases.drop(place.admin_dsn, there)
    return {"databases": there, "verwijderd": execute}


def _dropped(answer: Answer) -> str:
    names = " and ".join(answer["databases"])
    if not names:
        return "Nothing is left of replays."
    return (
        f"{names}: dropped." if answer["verwijderd"] else f"{names} would be dropped. Do so with --execute."
    )
