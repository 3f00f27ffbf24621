"""Waits beside a command for the keeper to say that a server has gone."""

import json
import socket
import threading
from contextlib import suppress

from local.jars import say


def read_line(connection: socket.socket) -> bytes:
    """The next line and not a byte further; empty when the keeper has gone."""
    line = b""
    while not line.endswith(b"\n"):
        piece = connection.recv(1)
        if not piece:
            return b""
        line += piece
    return line


class Watch(threading.Thread):
    """Holds the lease's connection, and passes on at once why it ended before its time."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(name="local-lease", daemon=True)
        self.connection = connection
        self.closing = False
        self.reason = ""

    def run(self) -> None:
        """Wait for one line, or for the end."""
        try:
            line = read_line(self.connection)
        except OSError:
            line = b""
        if not self.closing:
            gone = "The keeper of Kafka and PostgreSQL has gone; start again."
            self.reason = json.loads(line)["error"] if line else gone
            say(self.reason)

    def close(self) -> None:
        """Give the lease back."""
        self.closing = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.join()
        self.connection.close()
