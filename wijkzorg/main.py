"""The command `wijkzorg`: one file per command, put together here.

Only the file of the command that is asked for is loaded: all of them would take most of a second.
"""

import json
import logging
import sys
from collections.abc import Sequence
from importlib import import_module

import typer

COMMANDS = {
    "demo": "Play a synthetic Zoetermeer through all services, show its figures per wijk, and stay up until Ctrl-C.",
    "up": "Start Kafka, PostgreSQL and the services; stop them, with everything kept, on Ctrl-C or SIGTERM.",
    "status": "Say which services run and what waits in each.",
    "setup": "Before a first start in containers: passwords, roles, databases and topics.",
    "bijdrage": "The contribution: what is owed, and why.",
    "tarief": "Tariffs and settings of the contribution, and what others would change.",
    "maand": "Months: which are open, concept or definitive; closing one.",
    "werk": "The work list: what waits for a person, and deciding on it.",
    "cak": "Handing over to the CAK: files, its answers, and its charges beside the ledger.",
    "feiten": "Facts of intake and indicatie.",
    "aanbieder": "Providers and their topics.",
    "gebruik": "What providers delivered.",
    "dood": "Records that could not be read or handled: what lies there, and mending it.",
    "herstel": "What a restored database lacks.",
    "replay": "Rebuild a service's database from the log beside the live one, compare the two, and swap them.",
    "bench": "How fast it is, against a floor measured in the same run.",
}
"""Each is a module: with commands of its own (`app`), or with one function of its name."""


def application(arguments: Sequence[str]) -> typer.Typer:
    """The command line; of a command that these arguments do not ask for, its name and its line of help."""
    app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, what in COMMANDS.items():
        module = vars(import_module(f"wijkzorg.{name}")) if name == asked else {}
        if "app" in module:
            app.add_typer(module["app"], name=name, help=what)
        else:
            app.command(name, help=what)(module.get(name, _not_asked_for))
    return app


def _not_asked_for() -> None:
    """Nothing: it only has a line in the help."""


def main() -> None:
    """Run the command line; what goes wrong is a sentence on standard error, or with --json an object that holds it."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it is in the sentence
    arguments = sys.argv[1:]
    as_json = "--json" in arguments
    try:
        sys.exit(application(arguments)(standalone_mode=not as_json))
    except Exception as error:
        from wijkzorg.errors import sentence_of  # noqa: PLC0415 - loads much, and is seldom needed

        sentence = sentence_of(error)
        if sentence is None:
            raise
        line = json.dumps({"error": sentence}, ensure_ascii=False) if as_json else f"wijkzorg: {sentence}"
        sys.stderr.write(line + "\n")
        sys.exit(getattr(error, "exit_code", 1))
