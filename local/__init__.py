"""A real Kafka and PostgreSQL on this machine, without Docker and without a system Java."""

from local.errors import LocalError
from local.lease import Backends, lease, running

__all__ = ["Backends", "LocalError", "lease", "running"]
