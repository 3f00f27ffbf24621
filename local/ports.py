"""Which loopback ports the two servers listen on."""

import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from local.errors import LocalError

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class PortWish:
    """What a port is for, the number somebody asked for, and the number it had last time."""

    purpose: str
    asked: int | None = None
    before: int | None = None


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
    except (OSError, OverflowError):
        listener.close()
        raise
    return listener


def _grant(wish: PortWish) -> socket.socket:
    if wish.asked is not None:
        try:
            return _listen(wish.asked)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            message = (
                f"{wish.purpose} cannot listen on port {wish.asked} ({reason}); "
                "stop what uses that port, or ask for another one or for none."
            )
            raise LocalError(message) from error
    try:
        return _listen(wish.before or 0)
    except OSError:
        return _listen(0)


def choose(wishes: Sequence[PortWish]) -> list[int]:
    """One port for each wish, all different, all free a moment ago."""
    with ExitStack() as held:
        listeners = [held.enter_context(_grant(wish)) for wish in wishes]
        return [int(listener.getsockname()[1]) for listener in listeners]
