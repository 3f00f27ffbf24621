"""`wijkzorg feiten`: publish events of intake and indicatie from JSON lines."""

import asyncio
import sys
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from shared.contracts.contract import INDICATIE, INTAKE, TYPE_PREFIX
from shared.contracts.event import MESSAGE_BYTES_MAX, UnreadableError, contract_of, parse, to_wire
from shared.messaging import topics
from shared.messaging.producer import Message, MessageTooLargeError, Producer, check_size
from wijkzorg.common import AsJson, CommandError, DataDir, counted, kafka_of, prefix, say

app = typer.Typer(no_args_is_help=True)
BATCH = 2000
SHOWN_MAX = 20


@app.callback()
def _group() -> None:
    """Keep `publiceer` a subcommand."""


@app.command()
def publiceer(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="one CloudEvent a line; - for standard input")],
    data_dir: DataDir,
    as_json: AsJson = False,
) -> None:
    """Check every event against its contract, then publish all of them; if one is wrong, none."""
    messages, names = _read(file)
    with kafka_of(data_dir) as kafka:
        asyncio.run(_publish(kafka, messages))
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(names.items()))
    say(
        {"gepubliceerd": len(messages), "perType": dict(sorted(names.items()))},
        f"Published {counted(len(messages), 'event')}: {kinds or 'the file was empty'}.",
        as_json=as_json,
    )


def _lines(file: Path) -> Iterator[bytes]:
    if str(file) == "-":
        yield from sys.stdin.buffer
        return
    try:
        with file.open("rb") as lines:
            yield from lines
    except OSError as error:
        raise CommandError(f"{file} cannot be read ({error.strerror}). Nothing was published.") from None


def _read(file: Path) -> tuple[list[Message], Counter[str]]:
    messages, names, wrong = [], Counter[str](), []
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip():
            continue
        try:
            message, name = _message(line.removeprefix(BOM_UTF8))
        except UnreadableError as error:
            where = f"{error.code}, {error.veld}" if error.veld else error.code
            wrong.append(f"line {number} ({where}): {error}")
        except MessageTooLargeError:
            wrong.append(f"line {number}: longer than {MESSAGE_BYTES_MAX} bytes, the most an event may be")
        else:
            messages.append(message)
            names[name] += 1
    if wrong:
        more = f"\n… and {len(wrong) - SHOWN_MAX} more" if len(wrong) > SHOWN_MAX else ""
        raise CommandError(
            f"{counted(len(wrong), 'line')} of {file} cannot be published, so nothing was. Mend them and publish the file "
            "again:\n" + "\n".join(wrong[:SHOWN_MAX]) + more
        )
    return messages, names


def _message(line: bytes) -> tuple[Message, str]:
    check_size(line)
    event = parse(line)
    contract = contract_of(event)
    if contract.topic not in (INTAKE, INDICATIE):
        raise UnreadableError(
            "verkeerd-topic", "type", f"{event['type']} is no event of intake or indicatie."
        )
    key, value = contract.natural_key(event), to_wire(event)
    check_size(value, key)
    return Message(topics.topic_name(prefix(), contract.topic), key, value), contract.name.removeprefix(
        TYPE_PREFIX
    )


async def _publish(kafka: str, messages: list[Message]) -> None:
    await topics.declare(kafka, prefix(), (INTAKE, INDICATIE))
    async with Producer(kafka) as producer:
        for start in range(0, len(messages), BATCH):
            await producer.send(messages[start : start + BATCH])
