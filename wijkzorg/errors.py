"""What went wrong with a command, in a sentence: what happened, what was kept, what to do."""

import os

from aiokafka.errors import KafkaConnectionError, KafkaError
from typer import TyperException

from local import LocalError
from shared.gemeente import GemeenteError
from shared.messaging.producer import MessageTooLargeError
from shared.settings import SettingsError
from simulation.doors import PlayError
from wijkzorg.common import CommandError
from wijkzorg.declaratie import DeclaratieError
from wijkzorg.state import NoteError

KEPT = "Nothing more was done; what was sent before is kept."


def sentence_of(error: Exception) -> str | None:
    """The sentence for people and programs; None where the error is a fault of the command itself."""
    match error:
        case TyperException():
            return error.format_message()
        case (
            CommandError()
            | LocalError()
            | DeclaratieError()
            | MessageTooLargeError()
            | PlayError()
            | GemeenteError()
            | SettingsError()
            | NoteError()
        ):
            return str(error)
        case KafkaError():
            return _of_kafka(error)
        case TimeoutError():
            return (
                "Kafka or a service did not answer in time. What was sent before is kept; "
                "the same call may be repeated."
            )
        case OSError():
            what = error.filename or "Something outside"
            return f"{what} cannot be used ({error.strerror or error}). Nothing more was done."
        case _:
            return None


def _of_kafka(error: KafkaError) -> str:
    if not isinstance(error, KafkaConnectionError):
        return f"Kafka refuses ({error}). {KEPT} Mend that, and try again."
    where = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    at = f" at {where} (KAFKA_BOOTSTRAP_SERVERS)" if where else ""
    return f"Kafka does not answer{at}. {KEPT} Try again once it does."
