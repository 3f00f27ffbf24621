"""What tells the loops of a service that one of them has done something that another may go on with."""

import asyncio


class Bell:
    """Of one process: whoever commits work rings it, and who rests hears it. Other copies are found by looking."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Wake whoever listens, or has listened since the last time."""
        self._rung.set()
        self._rung = asyncio.Event()

    def listen(self) -> asyncio.Event:
        """What is set when it is rung from now on. Listen before looking, so that nothing falls between."""
        return self._rung
