"""Take in what intake, indicatie and billing tell: the newest state of each fact, the highest versie of each verdict."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.reporting.domain.feiten import (
    CLIENT,
    HUISHOUDEN,
    INDICATIE,
    MELDING,
    ONDERZOEK,
    PLAN,
    WIJZIGING,
    Oordeel,
    bijdrage,
    feiten_in,
    oordelen,
)
from services.reporting.store import feiten, gebruik
from shared.contracts.contract import BIJDRAGE, INTAKE, ONTVANGST, TYPE_PREFIX, Topic
from shared.contracts.contract import INDICATIE as INDICATIE_TOPIC
from shared.contracts.event import AnyEvent
from shared.contracts.state import kind_of
from shared.db import Connection
from shared.messaging import dead_letter
from shared.messaging.dead_letter import Letter
from shared.messaging.delivery import Delivery
from shared.messaging.states import Erasure, FactsHandler, IdOf, Newest, newest_by_kind, sift
from shared.messaging.topics import agb_of

STATES: Mapping[str, IdOf] = dict.fromkeys((CLIENT, HUISHOUDEN, PLAN), UUID) | dict.fromkeys(
    (MELDING, ONDERZOEK, INDICATIE, WIJZIGING), str
)
LINES = {TYPE_PREFIX + name for name in ("bijdrage-vastgesteld", "bijdrage-gecorrigeerd")}
LEEG = "Dit bericht is leeg."
ANDERMANS = "Deze oordelen gaan over een andere aanbieder dan die van dit topic."


class EigenaarHandler(FactsHandler):
    """The handler of the topics of intake and indicatie."""

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Hold the newest state of each fact, and what it counts for; types without figures are passed over."""
        await feiten.lock_facts(tx)
        said = await self.said(tx, deliveries, (INTAKE, INDICATIE_TOPIC), STATES)
        for kind, newest in newest_by_kind(said, STATES).items():
            await _change(tx, kind, newest)


async def _change(tx: Connection, kind: str, newest: Newest[Any]) -> None:
    sleutels = {f"{kind}/{id_}": id_ for id_ in newest.ids}
    held = await feiten.known(tx, sleutels)
    newest.drop_older({sleutels[sleutel]: event for sleutel, event in held.items()})
    events = {f"{kind}/{id_}": event for id_, event in newest.events.items()}
    counted = [feit for sleutel, event in events.items() for feit in feiten_in(sleutel, event)]
    await feiten.replace(tx, [f"{kind}/{id_}" for id_ in newest.ids], events, counted)


class OntvangstHandler(FactsHandler):
    """The handler of the verdicts that billing tells each provider."""

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Keep the current verdict on each record."""
        said, letters = _told(deliveries, ONTVANGST)
        verdicts: list[Oordeel] = []
        for delivery, event in said:
            if event["data"]["aanbieder"] != agb_of(delivery.partition.topic):
                letters.append(Letter(delivery, "verkeerd-topic", "data.aanbieder", ANDERMANS))
            else:
                verdicts += oordelen(event["data"])
        await dead_letter.bury(tx, letters, self._clock())
        await gebruik.keep(tx, verdicts)


class BijdrageHandler(FactsHandler):
    """The handler of the lines of billing's ledger."""

    async def apply(self, tx: Connection, deliveries: Sequence[Delivery]) -> None:
        """Keep the current total of each huishouden and month; what closes a month is passed over."""
        said, letters = _told(deliveries, BIJDRAGE)
        await dead_letter.bury(tx, letters, self._clock())
        lines = [bijdrage(event) for _, event in said if kind_of(event) in LINES]
        await feiten.keep_bijdragen(tx, lines)


def _told(
    deliveries: Sequence[Delivery], topic: Topic
) -> tuple[list[tuple[Delivery, AnyEvent]], list[Letter]]:
    """What billing says on a topic on which nothing is erased; and apart from it, as dead letters, what says nothing."""
    said, letters = sift(deliveries, (topic,), {})
    letters += [Letter(d, "onleesbaar", None, LEEG) for d, what in said if isinstance(what, Erasure)]
    return [(d, what) for d, what in said if not isinstance(what, Erasure)], letters
