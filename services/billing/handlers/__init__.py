"""Events in: what billing does with the facts of other owners, and with what providers publish."""
