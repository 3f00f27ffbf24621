"""The rules of billing: frozen values and pure functions; no IO, no clock."""
