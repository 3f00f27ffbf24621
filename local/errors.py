"""What can go wrong on this machine, each said in one sentence."""


class LocalError(Exception):
    """The local Kafka or PostgreSQL is not to be had; the message says what happened and what to do."""
