"""`wijkzorg gebruik`: publish what a provider declared (iWmo 323) on that provider's topic."""

import asyncio
import json
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.contracts.contract import GEBRUIK, ONTVANGST, Topic
from shared.contracts.event import contract_of, parse
from shared.messaging import topics
from shared.messaging.producer import Message, Producer
from wijkzorg.common import AsJson, CommandError, DataDir, counted, kafka_of, prefix, say
from wijkzorg.declaratie import FILE_BYTES_MAX, DeclaratieError
from wijkzorg.iwmo import Declaratie, read_declaratie

app = typer.Typer(no_args_is_help=True)
BATCH = 2000
ZOETERMEER = "0637"


def _gemeentecode(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}", text):
        raise typer.BadParameter(
            f"'{text}' is no gemeentecode: that is four digits, for instance {ZOETERMEER}"
        )
    return text


@app.callback()
def _group() -> None:
    """Keep `importeer` a subcommand."""


@app.command()
def importeer(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="iWmo 3.2 declarations (WMO323)")],
    data_dir: DataDir,
    gemeentecode: Annotated[
        str,
        typer.Option(
            envvar="WIJKZORG_GEMEENTECODE", callback=_gemeentecode, help="who the file must be meant for"
        ),
    ] = ZOETERMEER,
    registreer: Annotated[
        bool, typer.Option("--registreer", help="register providers that are not yet")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Publish every usable row of these declarations; report the others. Importing again changes nothing."""
    read = [(file, _read(file, gemeentecode)) for file in files]
    with kafka_of(data_dir) as kafka:
        asyncio.run(_publish(kafka, [declaratie for _, declaratie in read], registreer=registreer))
    answers = [_answer(file, declaratie) for file, declaratie in read]
    for answer in answers:
        _report(answer)
    published = sum(answer["gepubliceerd"] for answer in answers)
    refused = sum(len(answer["onbruikbaar"]) for answer in answers)
    remedy = " Have the provider correct these rows and send them again." if refused else ""
    say(
        {"bestanden": answers, "gepubliceerd": published, "onbruikbaar": refused},
        f"Published {counted(published, 'row')} of {counted(len(files), 'file')}; {refused} could not be used.{remedy}",
        as_json=as_json,
    )


def _read(file: Path, gemeentecode: str) -> Declaratie:
    try:
        with file.open("rb") as content:
            return read_declaratie(content.read(FILE_BYTES_MAX + 1), gemeentecode)
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}). Nothing was published.") from None
    except DeclaratieError as error:
        raise CommandError(f"{file}: {error}") from None


def _answer(file: Path, declaratie: Declaratie) -> dict[str, Any]:
    return {
        "bestand": str(file),
        "aanbieder": declaratie.aanbieder,
        "gepubliceerd": len(declaratie.events),
        "onbruikbaar": [
            {"regel": o.line, "plaats": o.place, "referentieNummer": o.referentie_nummer, "reden": o.reason}
            for o in declaratie.onbruikbaar
        ],
        "waarschuwingen": list(declaratie.warnings),
    }


def _report(answer: dict[str, Any]) -> None:
    for row in answer["onbruikbaar"]:
        number = f" ({row['referentieNummer']})" if row["referentieNummer"] else ""
        typer.echo(f"{answer['bestand']}:{row['regel']}: {row['plaats']}{number}: {row['reden']}", err=True)
    for warning in answer["waarschuwingen"]:
        typer.echo(f"{answer['bestand']}: {warning}", err=True)


async def _publish(kafka: str, declaraties: list[Declaratie], *, registreer: bool) -> None:
    agbs = sorted({declaratie.aanbieder for declaratie in declaraties})
    known = await topics.existing(kafka)
    unknown = [agb for agb in agbs if not {_topic(GEBRUIK, agb), _topic(ONTVANGST, agb)} <= known]
    if unknown and not registreer:
        raise CommandError(
            f"Provider {', '.join(unknown)} is not registered. Nothing was published. Register it with "
            f"`wijkzorg aanbieder registreer {unknown[0]}`, or import with --registreer."
        )
    for agb in unknown:
        await topics.declare_aanbieder(kafka, prefix(), agb)
    async with Producer(kafka) as producer:
        for declaratie in declaraties:
            messages = [_message(declaratie.aanbieder, event) for event in declaratie.events]
            for start in range(0, len(messages), BATCH):
                await producer.send(messages[start : start + BATCH])


def _topic(of: Topic, agb: str) -> str:
    return topics.topic_name(prefix(), of, agb)


def _message(agb: str, wire: dict[str, Any]) -> Message:
    value = json.dumps(wire, separators=(",", ":"), ensure_ascii=False).encode()
    event = parse(value)
    return Message(_topic(GEBRUIK, agb), contract_of(event).natural_key(event), value)
