"""The rules of intake: values and pure functions; no IO, no clock."""
