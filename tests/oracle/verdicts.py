"""Which verdict every record on the providers' topics must have, worked out from the text about verdicts alone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from tests.oracle.care import Care
from tests.oracle.envelope import Event, read_event
from tests.oracle.facts import gather
from tests.oracle.shapes import GEBRUIK

Place = tuple[str, int]
Verdict = tuple[str, str | None]
IN_ITSELF: Verdict = ("afgewezen", "any fault in itself")
ACCEPTED: Verdict = ("geaccepteerd", None)


def judge(
    owners: Iterable[bytes | None], providers: Mapping[str, list[bytes | None]]
) -> dict[Place, Verdict]:
    """Oordeel and code of every record of every provider (by AGB), when all this is known; and see `IN_ITSELF`."""
    found: dict[Place, Verdict] = {}
    claims: dict[tuple[str, ...], list[tuple[Event, Place]]] = defaultdict(list)
    for agb, records in providers.items():
        for offset, record in enumerate(records):
            event = fact_on(agb, record)
            if event is None:
                found[agb, offset] = IN_ITSELF
            else:
                claims[fact_of(event)].append((event, (agb, offset)))
    facts = [min(claim, key=lambda one: (one[0].rank, one[1])) for claim in claims.values()]
    known = [event for event in map(read_event, filter(None, owners)) if event is not None]
    care = Care(gather(known + [event for event, _ in facts]), 0, {})
    uses = {fact[2] for fact in claims if fact[0] == "gebruik-geregistreerd"}
    for (event, place), claim in zip(facts, claims.values(), strict=True):
        found |= {other[1]: on_loser(event, other[0]) for other in claim}
        found[place] = on_fact(care, event, uses)
    return found


def fact_on(agb: str, record: bytes | None) -> Event | None:
    """The event of a record, unless it has a fault in itself: `unreadable, unknown type, aanbieder or source not the
    topic's, volume not above zero, days in more than one month, money`.
    """
    event = None if record is None else read_event(record)
    if event is None or event.kind not in GEBRUIK or not event.source.startswith(f"urn:nld:agb:{agb}:"):
        return None
    return event


def fact_of(event: Event) -> tuple[str, ...]:
    """The natural key; `a withdrawal's own number plays no part`, and each versie of a capacity is one of its own."""
    if event.kind == "gebruik-geregistreerd":
        return event.kind, event.data["aanbieder"], use_key(event, "referentieNummer")
    if event.kind in ("zorg-gestart", "zorg-gestopt"):
        return event.kind, event.source, event.id
    return event.kind, event.canonical


def use_key(event: Event, field: str) -> str:
    """A use by its provider and number."""
    return f"{event.data['aanbieder']} {event.data[field]}"


def on_loser(fact: Event, other: Event) -> Verdict:
    """`dubbel (the fact is known with the same content)`; `a referentieNummer that a fact with other content has`."""
    if other.canonical == fact.canonical:
        return "dubbel", None
    taken = "referentienummer" if fact.kind == "gebruik-geregistreerd" else "id"
    return "afgewezen", f"{taken}-in-gebruik"


def on_fact(care: Care, event: Event, uses: set[str]) -> Verdict:
    """`a function of the facts known: toewijzing unknown, or another aanbieder's, or of another productcategorie, or its days
    outside every known version; … a withdrawal of what is unknown`.
    """
    if event.kind == "capaciteit-gemeld":
        return ACCEPTED
    if event.kind == "gebruik-ingetrokken":
        return (
            ACCEPTED
            if use_key(event, "vorigReferentieNummer") in uses
            else ("in_afwachting", "gebruik-onbekend")
        )
    return on_toewijzing(care, event)


def on_toewijzing(care: Care, event: Event) -> Verdict:
    """Of a start, stop or use, by the toewijzing that it names."""
    nummer = event.data["toewijzingNummer"]
    if nummer not in care.facts.versions or care.current(nummer).removal:
        return "in_afwachting", "toewijzing-onbekend"
    own = [v for v in care.not_removals(nummer) if v.terms.get("aanbieder") == event.data["aanbieder"]]
    if not own:
        return "afgewezen", "andere-aanbieder"
    if event.kind != "gebruik-geregistreerd" or any(care.allows(version, event) for version in own):
        return ACCEPTED
    kinds = {version.terms["productcategorie"] for version in own}
    wrong = "buiten-toewijzing" if event.data["productcategorie"] in kinds else "andere-productcategorie"
    return "afgewezen", wrong
