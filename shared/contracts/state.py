"""Which of two events about one fact wins, whatever the order in which they arrive."""

from collections.abc import Mapping
from typing import Any

from shared.contracts.event import canonical_data, contract_of


def kind_of(event: Mapping[str, Any]) -> str:
    """The type of an event without its version, e.g. `nl.wijkzorg.client-vastgesteld`."""
    return contract_of(event).kind


def supersedes(event: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether the first of two events about one fact wins: versie, then later time, higher source, id, content.

    The content, which takes time to write out, is looked at last.
    """
    mine, its = ((e["data"].get("versie", 0), e["time"], e["source"], e["id"]) for e in (event, held))
    return mine > its or (mine == its and canonical_data(event) > canonical_data(held))


def contradicts(event: Mapping[str, Any], held: Mapping[str, Any]) -> bool:
    """Whether two events give one versie of one fact with other content: its owner did something wrong."""
    same = event["data"].get("versie") == held["data"].get("versie")
    return same and canonical_data(event) != canonical_data(held)
