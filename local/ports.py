"""Which loopback ports the two servers listen on."""

import random
import socket
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from local.errors import LocalError

LOOPBACK = "127.0.0.1"
PORT_MIN = 20_000
TRIES_MAX = 100
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
EPHEMERAL_MIN = 32_768


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
    if wish.before is not None:
        with suppress(OSError):
            return _listen(wish.before)
    return _listen_anywhere()


def _listen_anywhere() -> socket.socket:
    """Listen on a free port below those that the kernel gives to outgoing connections.

    A server listens a second after its port was chosen: one of the kernel's own may have gone to any connection on
    this machine by then. And who tries to reach such a port while nobody listens there may be connected to himself.
    """
    below = range(PORT_MIN, _ephemeral_min())
    for port in random.SystemRandom().sample(below, min(TRIES_MAX, len(below))):
        with suppress(OSError):
            return _listen(port)
    return _listen(0)


def _ephemeral_min() -> int:
    try:
        return int(EPHEMERAL.read_text().split()[0])
    except OSError:
        return EPHEMERAL_MIN


def choose(wishes: Sequence[PortWish]) -> list[int]:
    """One port for each wish, all different, all free a moment ago."""
    with ExitStack() as held:
        listeners = [held.enter_context(_grant(wish)) for wish in wishes]
        return [int(listener.getsockname()[1]) for listener in listeners]
