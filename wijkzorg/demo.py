"""`wijkzorg demo`: a synthetic Zoetermeer played through every door, and its figures beside what it knows itself."""

import asyncio
import os
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import AwareDatetime, TypeAdapter, ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared import gemeente
from shared.contracts.types import format_moment
from shared.kalender import Month, local_month
from shared.settings import Clock, clock_of
from simulation import city as cities
from simulation import play, truth
from simulation.values import City
from wijkzorg import figures, maand, state
from wijkzorg.common import (
    AsJson,
    At,
    CommandError,
    console,
    counted,
    default_data_dir,
    euros,
    named_kafka,
    prefix,
    say,
    services_at,
)
from wijkzorg.processes import POLL_SECONDS, Processes, port_fault, service_ports
from wijkzorg.up import CLOCK_SETTING, Copies, FreePorts, alone, everything

HOST = "127.0.0.1"
CLIENTS, MONTHS, SEED = 300, 6, 2
CLOSING_SETTING = "WIJKZORG_SLUIT_MAANDEN"
SHOWN = "WIJKZORG_SHOWN_URL"
"""Where people see the system whose services a demo reaches by another address."""
ADDED_UP = ("inwoners", "meldingen", "gebruik", "bijdragen")
"""Clients are not: who moved counts in two wijken."""
STAYS = "\nCtrl-C stops it; the data are kept."
CLIENTS_MAX, MONTHS_MAX = 100_000, 60
COLUMNS = {
    "naam": "Wijk",
    "inwoners": "Inwoners",
    "meldingen": "Meldingen",
    "clienten": "Cliënten",
    "gebruik": "Gebruik",
    "bijdragen": "Bijdragen",
}


def demo(  # noqa: PLR0913, PLR0917 - each is an option
    data_dir: Annotated[
        Path,
        typer.Option(
            help="where this city's Kafka and PostgreSQL keep their data",
            default_factory=lambda: default_data_dir() / "demo",
            file_okay=False,
        ),
    ],
    at: At = None,
    clients: Annotated[int, typer.Option(min=1, max=CLIENTS_MAX, help="how many residents ask")] = CLIENTS,
    months: Annotated[int, typer.Option(min=1, max=MONTHS_MAX, help="how many months are played")] = MONTHS,
    seed: Annotated[int, typer.Option(help="which city: the same seed, the same figures")] = SEED,
    once: Annotated[
        bool, typer.Option("--once", help="end once all is handled, instead of at Ctrl-C")
    ] = False,
    copies: Copies = 1,
    free_ports: FreePorts = False,
    as_json: AsJson = False,
) -> None:
    """Play a synthetic Zoetermeer through all services, show its figures per wijk, and stay up until Ctrl-C."""
    fixed = _fixed_clock() or (None if at else cities.CLOCK)
    clock = clock_of(fixed)
    city = _city(clients, months, seed, clock())
    began = time.monotonic()
    try:
        if at:
            answer = _play_elsewhere(city, clock, services_at(at, data_dir))
            _show(answer, began, as_json=as_json, stays=False)
            return
        with alone(data_dir):
            _note(data_dir, state.Demo(clients, months, seed, clock()))
            os.environ[CLOSING_SETTING] = "false"  # else months close half played: they are long over
            ports = {
                name: 0 if free_ports or port_fault(HOST, port) else port
                for name, port in service_ports().items()
            }
            with everything(data_dir, HOST, ports, copies) as (processes, kafka):
                answer = asyncio.run(_watched(_play(city, clock, processes.urls, kafka), processes))
                _show(answer, began, as_json=as_json, stays=not once)
                _stay(processes, once=once)
    except KeyboardInterrupt:
        raise CommandError(
            "The demo was broken off before its figures were there. What was played is kept: "
            "give the same command again, and it goes on from there."
        ) from None


def _fixed_clock() -> datetime | None:
    """The moment at which the services' clocks stand, if one is set."""
    text = os.environ.get(CLOCK_SETTING)
    try:
        return TypeAdapter(AwareDatetime).validate_python(text) if text else None
    except ValidationError:
        raise CommandError(
            f"{CLOCK_SETTING} is no moment. Nothing was started. Write it as 2026-06-30T21:59:00Z."
        ) from None


def _city(clients: int, months: int, seed: int, moment: datetime) -> City:
    own = os.environ.get("WIJKZORG_GEMEENTE_FILE")
    where = gemeente.load(Path(own) if own else None)
    try:
        return cities.plan(where, clients=clients, months=months, seed=seed, clock=moment)
    except ValueError as error:
        raise CommandError(str(error)) from None


def _play_elsewhere(city: City, clock: Clock, services: Mapping[str, str]) -> dict[str, Any]:
    kafka = named_kafka()
    if not kafka:
        raise CommandError(
            "With --at the providers of the city publish on the Kafka of that system. Nothing was played. "
            "Name it in KAFKA_BOOTSTRAP_SERVERS."
        )
    return asyncio.run(_play(city, clock, services, kafka))


def _show(answer: dict[str, Any], began: float, *, as_json: bool, stays: bool) -> None:
    answer["seconden"] = round(time.monotonic() - began, 1)
    if not as_json:
        console.print(_table(answer))
    say(answer, _summary(answer, stays=stays), as_json=as_json)


def _stay(processes: Processes, *, once: bool) -> None:
    with suppress(KeyboardInterrupt):
        while not once:
            processes.watch()
            time.sleep(POLL_SECONDS)


def _note(data_dir: Path, asked: state.Demo) -> None:
    """See that the folder holds this demo or nothing at all: playing again goes on where it was."""
    held = state.read_demo(data_dir)
    if held is None and (data_dir / "intake.password").exists():
        raise CommandError(
            f"{data_dir} holds data that are not a demo's. Nothing was changed. Give another --data-dir."
        )
    if held is not None and held != asked:
        clock = f", at {CLOCK_SETTING}={format_moment(held.clock)}" if held.clock != asked.clock else ""
        raise CommandError(
            f"{data_dir} holds another city: --clients {held.clients} --months {held.months} --seed {held.seed}{clock}. "
            "Nothing was changed. Ask for that one, or give another --data-dir."
        )
    state.write_demo(data_dir, asked)


async def _watched(playing: Coroutine[Any, Any, dict[str, Any]], processes: Processes) -> dict[str, Any]:
    """What is played while its services are watched."""
    work = asyncio.create_task(playing)
    try:
        while not work.done():
            processes.watch()
            await asyncio.wait([work], timeout=POLL_SECONDS)
        return work.result()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _play(city: City, clock: Clock, services: Mapping[str, str], kafka: str) -> dict[str, Any]:
    """Play the city; its figures once all is handled."""
    doors = play.Doors(services["intake"], services["indicatie"], kafka, prefix())
    if not await figures.is_empty(services) and not await play.has_begun(city, doors):
        raise CommandError(
            "The system holds something else than this city: other data, another city, or that of another month. "
            "Nothing was changed. Play in an empty system, or ask for the city that it holds."
        )
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        task = bar.add_task("Playing the city", total=None)
        await play.play(city, doors, lambda done, total: bar.update(task, completed=done, total=total))
        task = bar.add_task("Waiting until all is handled", total=None)
        await figures.all_is_handled(services)
        bar.update(task, completed=1, total=1)
    await asyncio.to_thread(maand.close_due, services["billing"])
    await figures.all_is_handled(services)
    return await figures.gather(services, kafka, prefix(), _known(city, local_month(clock())))


def _known(city: City, now: Month) -> figures.Known:
    """What is known to be right in a month: what lasts is owed in every month that has begun, also after the last played."""
    huishoudens = {str(home.huishouden_id) for circle in city.circles for home in circle.homes}
    return figures.Known(huishoudens, range(city.months.start, now + 1), truth.owed(city, now))


def _table(answer: Mapping[str, Any]) -> Table:
    table = Table(title="Per wijk", show_footer=True)
    rows = answer["perWijk"]
    for name, heading in COLUMNS.items():
        whole = f"{sum(row[name] or 0 for row in rows):,}" if name in ADDED_UP else ""
        whole = "Samen" if name == "naam" else whole
        table.add_column(heading, whole, justify="left" if name == "naam" else "right", no_wrap=True)
    table.add_column("Bedrag", euros(answer["bijdragenCent"]), justify="right", no_wrap=True)
    for row in rows:
        counts = [
            f"{row[name]:,}" if isinstance(row[name], int) else str(row[name] or "") for name in COLUMNS
        ]
        table.add_row(*counts, euros(row["bijdragenCent"]))
    return table


def _summary(answer: Mapping[str, Any], *, stays: bool) -> str:
    of, gebruik, differing = answer, answer["gebruik"], answer["verschilMetSimulatie"]
    agrees = (
        f"differs from what the simulation knows in {counted(differing, 'household-month')}"
        if differing
        else "is what the simulation knows to be right"
    )
    others = of["bijdragenVanAnderen"]
    is_of = "is of a household" if others == 1 else "are of households"
    shown = os.environ.get(SHOWN)
    page = f"{shown}/reporting/" if shown else f"{of['services']['reporting']}/"
    beside = f"\n{counted(others, 'contribution')} of these {is_of} outside this city." if others else ""
    return f"""\
{of["meldingen"]} meldingen, {of["indicaties"]} indicaties, {of["plannen"]} plannen; \
{of["clientenZonderKlanthouder"]} clients without a klanthouder.
{gebruik["ontvangen"]} records of providers: {gebruik["geaccepteerd"]} accepted, {gebruik["dubbel"]} double, \
{gebruik["afgewezen"]} refused, {gebruik["inAfwachting"]} waiting.
{of["bijdragen"]} contributions, {euros(of["bijdragenCent"])}, {of["dubbeleBijdragen"]} double. The ledger {agrees}.{beside}
Done in {of["seconden"]} s. Every wijk: {page}{STAYS if stays else ""}"""
