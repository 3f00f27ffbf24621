"""Whether the service in this container answers: `python -m shared.probe`, the container's health check.

It asks `/livez`, then `/readyz`, of the address that the service wrote to its `WIJKZORG_READY_FILE`.
"""

import os
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

TIMEOUT_SECONDS = 7.0
"""More than `/readyz` itself waits for PostgreSQL and Kafka."""


def main() -> int:
    """0 if the service lives and is ready; else 1, with what it says is missing."""
    try:
        address = Path(os.environ["WIJKZORG_READY_FILE"]).read_text(encoding="utf-8").strip()
        for question in ("/livez", "/readyz"):
            urllib.request.urlopen(address + question, timeout=TIMEOUT_SECONDS).close()  # noqa: S310 - our own
    except urllib.error.HTTPError as error:
        sys.stdout.write(error.read().decode() + "\n")
        return 1
    except (OSError, KeyError) as error:
        sys.stdout.write(f"The service does not answer ({error}).\n")
        return 1
    sys.stdout.write(HTTPStatus.OK.phrase + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
