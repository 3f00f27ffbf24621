"""The figures of reporting a second time, from the text, plainly: the whole set of events, one question at a time."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from shared.contracts.event import canonical_data, parse

Wire = dict[str, Any]
Wijk = tuple[int, str] | None
RUNGS = (
    "eigen_kracht", "gebruikelijke_hulp", "netwerk", "informeel",
    "algemene_voorziening", "pluspakket", "andere_wet", "maatwerk",
)  # fmt: skip


class Figures:
    """What a set of events, in any order and with any duplicates, adds up to."""

    def __init__(self, events: Iterable[Wire]) -> None:
        self.events = list(events)
        self.clienten = self._newest("client-vastgesteld", lambda d: d["clientId"])
        self.huishoudens = self._newest("huishouden-vastgesteld", lambda d: d["huishoudenId"])
        self.meldingen = self._newest("melding-ontvangen", lambda d: d["meldingId"])
        self.onderzoeken = self._newest("onderzoek-afgerond", lambda d: d["meldingId"])

    def _of(self, kind: str) -> Iterator[Wire]:
        return (event for event in self.events if event["type"] == f"nl.wijkzorg.{kind}.v1")

    def _newest(self, kind: str, key: Callable[[Wire], Any]) -> dict[Any, Wire]:
        """The data of the newest state of each: versie, time, source, id, content."""
        found: dict[Any, Wire] = {}
        for event in self._of(kind):
            id_ = key(event["data"])
            found[id_] = max(found.get(id_, event), event, key=_rank)
        return {id_: event["data"] for id_, event in found.items()}

    def end(self, client: str) -> str:
        """The client at the end of the mergers; in a circle the lowest of it."""
        path = [client]
        while (further := self.clienten.get(path[-1], {}).get("opgegaanIn")) is not None:
            if further in path:
                return min(path[path.index(further) :])
            path.append(further)
        return path[-1]

    def wijk_of(self, client: str, day: str) -> Wijk:
        """Where the client lived that day: of periods that share it, the one that began last."""
        perioden = self.clienten.get(self.end(client), {}).get("perioden", [])
        there = [p for p in perioden if p["van"] <= day <= (p.get("tot") or "9999-12-31")]
        last = max(there, key=lambda p: (p["van"], p["wijk"]["jaar"], p["wijk"]["code"]), default=None)
        return (last["wijk"]["jaar"], last["wijk"]["code"]) if last else None

    def huishouden_of(self, client: str, day: str) -> str | None:
        """To which huishouden the client belongs that day; `client` is at the end of its mergers."""
        naming = [
            (p["van"], huishouden)
            for huishouden, data in self.huishoudens.items()
            for p in data["perioden"]
            if p["van"] <= day <= (p.get("tot") or "9999-12-31")
            and client in {self.end(lid) for lid in p["leden"]}
        ]
        latest = max((van for van, _ in naming), default=None)
        return min((huishouden for van, huishouden in naming if van == latest), default=None)

    def client_of(self, nummer: int) -> str | None:
        """Whose a toewijzing is: by the saying decided last."""
        sayings = []
        for kind in ("indicatie-afgegeven", "toewijzing-gewijzigd"):
            for key, event in self._kept(kind).items():
                data = event["data"]
                for given in data.get("toewijzingen") or [data["toewijzing"]]:
                    if given["toewijzingNummer"] == nummer:
                        rank = (_moment(given["toegewezenOp"]), *_rank(event)[1:4], kind, str(key))
                        sayings.append((rank, data["clientId"]))
        return max(sayings)[1] if sayings else None

    def _kept(self, kind: str) -> dict[Any, Wire]:
        """Of each decision, and of each change at a moment, the newest event."""
        found: dict[Any, Wire] = {}
        for event in self._of(kind):
            data = event["data"]
            key = data.get("beschikkingNummer") or (
                data["toewijzing"]["toewijzingNummer"], _moment(data["toewijzing"]["toegewezenOp"]),
            )  # fmt: skip
            found[key] = max(found.get(key, event), event, key=_rank)
        return found

    def uses(self) -> list[tuple[int, str]]:
        """Toewijzing and month of every accepted use that is not taken back."""
        current: dict[tuple[str, int], tuple[Any, ...]] = {}
        for event in self._of("gebruik-beoordeeld"):
            agb = event["data"]["aanbieder"]
            for line in event["data"]["oordelen"]:
                place = (agb, line["plaats"])
                verdict = (line["versie"], *_counts_for(line))
                current[place] = max(current.get(place, verdict), verdict)
        said = [(agb, verdict) for (agb, _), verdict in current.items()]
        taken_back = {(agb, v[2]) for agb, v in said if v[1]}
        return [(v[3], v[4]) for agb, v in said if not v[1] and v[2] and (agb, v[2]) not in taken_back]

    def debts(self) -> dict[tuple[str, str], int]:
        """What each huishouden owes for each month."""
        newest: dict[tuple[str, str], tuple[Any, ...]] = {}
        for kind in ("bijdrage-vastgesteld", "bijdrage-gecorrigeerd"):
            for event in self._of(kind):
                data = event["data"]
                key = (data["huishoudenId"], data["maand"])
                line = (*_rank(event)[:4], data["totaalCent"])
                newest[key] = max(newest.get(key, line), line)
        return {key: line[4] for key, line in newest.items()}

    def wijk_of_huishouden(self, huishouden: str, maand: str) -> Wijk:
        """That of its lowest client who has one on the first."""
        day = f"{maand}-01"
        for client in sorted(
            {self.end(c) for d in self.huishoudens.values() for p in d["perioden"] for c in p["leden"]}
        ):
            wijk = self.wijk_of(client, day)
            if self.huishouden_of(client, day) == huishouden and wijk:
                return wijk
        return None

    def counted(self) -> Iterator[tuple[Wijk, str, str, int, str | None]]:
        """Everything that counts: wijk, month, what, how many, and which client took part."""
        for melding_id, melding in self.meldingen.items():
            wijk, maand = self.wijk_of(melding["clientId"], melding["datum"]), melding["datum"][:7]
            yield wijk, maand, "meldingen", 1, self.end(melding["clientId"])
            for rung, number in self.onderzoeken.get(melding_id, {}).get("oplossingen", {}).items():
                yield wijk, maand, rung, number, None
        for nummer, maand in self.uses():
            client = self.client_of(nummer)
            wijk = self.wijk_of(client, f"{maand}-01") if client else None
            yield wijk, maand, "gebruik", 1, self.end(client) if client else None
        for (huishouden, maand), cent in self.debts().items():
            if cent:
                wijk = self.wijk_of_huishouden(huishouden, maand)
                yield wijk, maand, "bijdragen", 1, None
                yield wijk, maand, "bijdragenCent", cent, None

    def answer(self, van: str, tot: str) -> tuple[dict[Any, Wire], Wire]:
        """The rows by wijk, and the whole: without names and inhabitants; rows without figures are left out."""
        rows: defaultdict[Any, list[Any]] = defaultdict(list)
        for one in self.counted():
            if van <= one[1] <= tot:
                rows[one[0]].append(one)
                rows["totaal"].append(one)
        found = {where: _row(ones) for where, ones in rows.items()}
        return found, found.pop("totaal", _row([]))


def _row(ones: list[Any]) -> Wire:
    months = sorted({one[1] for one in ones})
    return _sums(ones) | {
        "maanden": [{"maand": month} | _sums([one for one in ones if one[1] == month]) for month in months]
    }


def _sums(ones: list[Any]) -> Wire:
    sums = {
        what: sum(one[3] for one in ones if one[2] == what)
        for what in ("meldingen", "gebruik", "bijdragen", "bijdragenCent")
    }
    rungs = {rung: sum(one[3] for one in ones if one[2] == rung) for rung in RUNGS}
    return sums | {"oplossingen": rungs, "clienten": len({one[4] for one in ones if one[4]})}


def _counts_for(line: Wire) -> tuple[bool, str, int, str]:
    if line["oordeel"] == "geaccepteerd" and "vorigReferentieNummer" in line:
        return True, line["vorigReferentieNummer"], 0, ""
    if line["oordeel"] == "geaccepteerd" and "toewijzingNummer" in line:
        return False, line["referentieNummer"], line["toewijzingNummer"], line["maand"]
    return False, "", 0, ""


def _rank(event: Wire) -> tuple[Any, ...]:
    content = canonical_data(parse(json.dumps(event)))
    return event["data"].get("versie", 0), _moment(event["time"]), event["source"], event["id"], content


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
