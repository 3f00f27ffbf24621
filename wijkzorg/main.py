"""The command `wijkzorg`: one file per command, put together here."""

import logging
import os
import sys

import typer
from aiokafka.errors import KafkaConnectionError, KafkaError

from local import LocalError
from shared.messaging.producer import MessageTooLargeError
from wijkzorg import aanbieder, bench, bijdrage, feiten, gebruik, status, up
from wijkzorg.common import CommandError
from wijkzorg.iwmo import DeclaratieError

KEPT = "Nothing more was done; what was sent before is kept."
app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.command("up")(up.up)
app.command("status")(status.status)
app.add_typer(bijdrage.app, name="bijdrage", help="The contribution: what is owed, and why.")
app.add_typer(feiten.app, name="feiten", help="Facts of intake and indicatie.")
app.add_typer(aanbieder.app, name="aanbieder", help="Providers and their topics.")
app.add_typer(gebruik.app, name="gebruik", help="What providers delivered.")
app.add_typer(bench.app, name="bench", help="How fast it is, against a floor measured in the same run.")


def main() -> None:
    """Run the command line; what goes wrong is one sentence on standard error, and exit code 1."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # what matters of it is said below
    try:
        app()
    except (CommandError, LocalError, DeclaratieError, MessageTooLargeError) as error:
        _fail(str(error))
    except KafkaConnectionError:
        where = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
        at = f" at {where} (KAFKA_BOOTSTRAP_SERVERS)" if where else ""
        _fail(f"Kafka does not answer{at}. {KEPT} Try again once it does.")
    except KafkaError as error:
        _fail(f"Kafka refuses ({error}). {KEPT} Mend that, and try again.")
    except TimeoutError:
        _fail(
            "Kafka or a service did not answer in time. What was sent before is kept; the same call may be repeated."
        )
    except OSError as error:
        _fail(
            f"{error.filename or 'Something outside'} cannot be used ({error.strerror or error}). Nothing more was done."
        )


def _fail(sentence: str) -> None:
    sys.stderr.write(f"wijkzorg: {sentence}\n")
    sys.exit(1)
