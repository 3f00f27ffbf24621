"""`wijkzorg demo`: a synthetic Zoetermeer played through every door, and its figures beside what it knows itself."""

import asyncio
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from shared import gemeente
from shared.kalender import Month, format_month
from simulation import city as cities
from simulation import play, truth
from simulation.values import City
from wijkzorg import figures, state
from wijkzorg.common import AsJson, CommandError, console, counted, default_data_dir, prefix, say
from wijkzorg.processes import POLL_SECONDS, Processes, port_fault, service_ports
from wijkzorg.up import Copies, FreePorts, alone, everything

HOST = "127.0.0.1"
CLIENTS, MONTHS, SEED = 300, 6, 2
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


def demo(
    data_dir: Annotated[
        Path,
        typer.Option(
            help="where this city's Kafka and PostgreSQL keep their data",
            default_factory=lambda: default_data_dir() / "demo",
            file_okay=False,
        ),
    ],
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
    own = os.environ.get("WIJKZORG_GEMEENTE_FILE")
    city = cities.plan(gemeente.load(Path(own) if own else None), clients=clients, months=months, seed=seed)
    try:
        with alone(data_dir):
            _note(data_dir, state.Demo(clients, months, seed, city.clock))
            there = service_ports()
            ports = {
                name: 0 if free_ports or port_fault(HOST, port) else port for name, port in there.items()
            }
            _run(city, data_dir, ports, copies, once=once, as_json=as_json)
    except KeyboardInterrupt:
        raise CommandError(
            "The demo was broken off before its figures were there. What was played is kept: "
            "give the same command again, and it goes on from there."
        ) from None


def _run(
    city: City, data_dir: Path, ports: Mapping[str, int], copies: int, *, once: bool, as_json: bool
) -> None:
    began = time.monotonic()
    with everything(data_dir, HOST, ports, copies) as (processes, kafka):
        answer = asyncio.run(_watched(city, processes, kafka))
        answer["seconden"] = round(time.monotonic() - began, 1)
        if not as_json:
            console.print(_table(answer))
        say(answer, _summary(answer, stays=not once), as_json=as_json)
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
        raise CommandError(
            f"{data_dir} holds another city: --clients {held.clients} --months {held.months} --seed {held.seed}. "
            "Nothing was changed. Ask for that one, or give another --data-dir."
        )
    state.write_demo(data_dir, asked)


async def _watched(city: City, processes: Processes, kafka: str) -> dict[str, Any]:
    """Play the city while its services are watched; its figures once all is handled."""
    work = asyncio.create_task(_play(city, processes.urls, kafka))
    try:
        while not work.done():
            processes.watch()
            await asyncio.wait([work], timeout=POLL_SECONDS)
        return work.result()
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


async def _play(city: City, services: Mapping[str, str], kafka: str) -> dict[str, Any]:
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
    ) as bar:
        task = bar.add_task("Playing the city", total=None)
        doors = play.Doors(services["intake"], services["indicatie"], kafka, prefix())
        await play.play(city, doors, lambda done, total: bar.update(task, completed=done, total=total))
        task = bar.add_task("Waiting until all is handled", total=None)
        await figures.all_is_handled(services)
        bar.update(task, completed=1, total=1)
    months = [format_month(Month(month)) for month in city.months]
    return await figures.gather(services, kafka, prefix(), truth.owed(city), months)


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


def euros(cent: int) -> str:
    """An amount of cents as people read it."""
    return f"€ {cent / 100:,.2f}"


def _summary(answer: Mapping[str, Any], *, stays: bool) -> str:
    of, gebruik, differing = answer, answer["gebruik"], answer["verschilMetSimulatie"]
    agrees = (
        f"differs from what the simulation knows in {counted(differing, 'household-month')}"
        if differing
        else "is what the simulation knows to be right"
    )
    return f"""\
{of["meldingen"]} meldingen, {of["indicaties"]} indicaties, {of["plannen"]} plannen; \
{of["clientenZonderKlanthouder"]} clients without a klanthouder.
{gebruik["ontvangen"]} records of providers: {gebruik["geaccepteerd"]} accepted, {gebruik["dubbel"]} double, \
{gebruik["afgewezen"]} refused, {gebruik["inAfwachting"]} waiting.
{of["bijdragen"]} contributions, {euros(of["bijdragenCent"])}, {of["dubbeleBijdragen"]} double. The ledger {agrees}.
Done in {of["seconden"]} s. Every wijk: {of["services"]["reporting"]}/{STAYS if stays else ""}"""
