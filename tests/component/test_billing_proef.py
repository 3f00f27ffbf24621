"""A trial of settings says what would change, by wijk and month, and that is what then changes.

`make test` tries that on three sets of facts, `make test-long` on as many as forty.
"""

import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.billing.app import service
from services.billing.instellingen.lezen import standaard
from shared.kalender import first_day, parse_month
from shared.settings import ServiceSettings
from tests.component.billing import INDICATIE, INTAKE, Billing, topic_of
from tests.component.http import Api, api_of
from tests.component.said import ANNA, given_to, home, use
from tests.component.test_billing_instellingen import LOWER, charge, copy, finish, settings
from tests.oracle.generate import random_events
from tests.unit.trials import PERCENTAGE, plain, with_regeling
from tests.unit.wire import AGB, BERT, OTHER_HOME, event

Key = tuple[tuple[int, str] | None, str]


@asynccontextmanager
async def asked(dsn: str) -> AsyncIterator[Api]:
    """Billing's API on this database."""
    values = {"database_dsn": dsn, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    async with api_of(service(ServiceSettings.model_validate(values))) as api:
        yield api


async def test_a_trial_says_what_would_change_and_changes_nothing(billing: Billing, dsn: str) -> None:
    await billing.owner(lives_in(ANNA, "WK063705"), home(ANNA), given_to(ANNA, 1))
    await billing.owner(home(BERT, huishouden=OTHER_HOME), given_to(BERT, 2))
    await billing.provider(AGB, *(use(nummer, "2026-04-01", "2026-04-30") for nummer in (1, 2)))
    await billing.determine()
    async with asked(dsn) as api:
        answer = (await api.post("/v1/instellingen/proef", content=LOWER)).json()
    assert answer["verschillen"] == [
        row({"jaar": 2024, "code": "WK063705"}, minder=1, voorCent=2180, naCent=1000),
        row(None, minder=1, voorCent=2180, naCent=1000),
    ]
    assert (answer["versie"], answer["tot"], answer["huishoudens"], answer["geraakt"]) == (
        "eigen-1",
        "2026-06",
        2,
        2,
    )
    assert await billing.pool.fetchval("select count(*) from instellingen") == 1
    assert await billing.pool.fetchval("select count(*) from vuil") == 0


def lives_in(client: str, code: str) -> str:
    """Where a client has always lived."""
    periode = {"van": "2019-01-01", "wijk": {"jaar": 2024, "code": code}, "leeftijdsgroep": "75-84"}
    return event(
        "client-vastgesteld", f"lives {client}", {"clientId": client, "versie": 1, "perioden": [periode]}
    )


def row(wijk: dict[str, Any] | None, **more: int) -> dict[str, Any]:
    """What a trial says of a wijk in April."""
    nothing = dict.fromkeys(("meer", "minder", "nieuw", "nietMeer", "voorCent", "naCent"), 0)
    return {"wijk": wijk, "maand": "2026-04", **nothing, **more}


async def test_a_trial_of_what_is_in_force_changes_nothing_and_says_so(billing: Billing, dsn: str) -> None:
    await charge(billing)
    async with asked(dsn) as api:
        answer = (await api.post("/v1/instellingen/proef", content=plain())).json()
        assert (answer["verschillen"], answer["geraakt"], answer["waarschuwingen"]) == ([], 0, [])
        other = LOWER.replace("eigen-1", "landelijk-2026-1")
        answer = (await api.post("/v1/instellingen/proef", content=other)).json()
    assert answer["geraakt"] == 1
    assert answer["waarschuwingen"] == [
        "De versie landelijk-2026-1 is er al met andere inhoud. Geef het bestand een nieuwe versie."
    ]


async def test_a_trial_leaves_out_what_is_definitive(billing: Billing, dsn: str) -> None:
    await charge(billing)
    await billing.pool.execute(
        "insert into maand (maand, begonnen_op, tot_regel, instellingen) values ($1, now(), 99, $2)",
        parse_month("2026-04"),
        standaard().versie,
    )
    async with asked(dsn) as api:
        answer = (await api.post("/v1/instellingen/proef", content=LOWER)).json()
    assert (answer["verschillen"], answer["geraakt"]) == ([], 0)


async def test_a_trial_may_use_the_scheme_on_made_up_incomes(billing: Billing, dsn: str) -> None:
    await charge(billing)
    async with asked(dsn) as api:
        answer = (await api.post("/v1/instellingen/proef", content=with_regeling(PERCENTAGE))).json()
    assert answer["verschillen"][0]["naCent"] >= 2360
    assert answer["waarschuwingen"] == [
        "Deze regeling rekent met bedachte inkomens. De dienst start er niet mee."
    ]


async def test_a_trial_of_a_wrong_file_names_the_lines(dsn: str) -> None:
    async with asked(dsn) as api:
        answer = await api.post(
            "/v1/instellingen/proef", content=LOWER.replace("respijtDagen: 21", "respijtDagen: x")
        )
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    line = LOWER[: LOWER.index("respijtDagen")].count("\n") + 1
    assert answer.json()["errors"] == [
        {
            "in": "body",
            "veld": "respijtDagen",
            "uitleg": f"Regel {line}: Schrijf dit als een geheel getal, zoals 1900.",
        }
    ]


@pytest.mark.parametrize("body", [b"", b"\xff", b"{}", b"x" * 70_000])
async def test_a_trial_of_no_file_of_settings_is_refused(dsn: str, body: bytes) -> None:
    async with asked(dsn) as api:
        answer = await api.post("/v1/instellingen/proef", content=body)
    assert answer.status_code == 400


async def test_which_settings_are_in_force_is_said_once_something_was_determined(
    billing: Billing, dsn: str
) -> None:
    async with asked(dsn) as api:
        assert (await api.get("/v1/instellingen")).status_code == 503
        await charge(billing)
        answer = (await api.get("/v1/instellingen")).json()
    assert answer == {"sinds": "2026-06-15T10:00:00Z", **standaard().content()}


@pytest.mark.parametrize(
    "seed", [*range(1, 4), *(pytest.param(seed, marks=pytest.mark.long) for seed in range(4, 41))]
)
async def test_what_a_trial_says_is_what_then_changes(billing: Billing, dsn: str, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a seed is the point
    for one in random_events(seed, 8, 12):
        agb = one["data"].get("aanbieder") if "agb" in one["source"] else None
        topic = topic_of(agb) if agb else INDICATIE if "toewijzing" in str(one) else INTAKE
        await billing.handle([(topic, one, None)])
    await billing.determine()
    before = await billing.ledger()
    text = other_settings(chance)
    said: dict[Key, Counter[str]] = defaultdict(Counter)
    async with asked(dsn) as api:
        following: str | None = f"/v1/instellingen/proef?limiet={chance.choice((1, 2, 100))}"
        touched = 0
        while following:
            answer = (await api.post(following, content=text)).json()
            touched += answer["geraakt"]
            for one in answer["verschillen"]:
                wijk = one["wijk"] and (one["wijk"]["jaar"], one["wijk"]["code"])
                said[wijk, one["maand"]].update({n: v for n, v in one.items() if isinstance(v, int)})
            following = answer["volgende"]
    await finish(copy(billing, settings(text)))
    after = await billing.ledger()
    changed = [key for key in {*before, *after} if before.get(key) != after.get(key)]
    assert changed
    assert touched == len({huishouden for huishouden, _ in changed})
    really: dict[Key, Counter[str]] = defaultdict(Counter)
    wijken = await wijk_of(billing)
    for key in changed:
        voor, na = before.get(key, 0), after.get(key, 0)
        kind = "nieuw" if not voor else "nietMeer" if not na else "meer" if na > voor else "minder"
        where = wijken(UUID(key[0]), first_day(parse_month(key[1])))
        really[where, key[1]].update({kind: 1, "voorCent": voor, "naCent": na})
    assert {key: +counts for key, counts in said.items()} == {key: +counts for key, counts in really.items()}


def other_settings(chance: random.Random) -> str:
    """The national settings with other amounts, and one or two more things otherwise."""
    text = plain().replace("landelijk-2026-1", "eigen-1")
    for cent in (1900, 2060, 2100, 2180):
        text = text.replace(
            f"bedragCent: {cent}", f"bedragCent: {chance.choice((0, cent - 500, cent + 500))}"
        )
    choices = (
        ("anders: gebruik", "anders: beschikking"),
        ('"12": levering', '"12": gebruik'),
        ("vrijeCategorieen: []", f'vrijeCategorieen: ["{chance.choice(("01", "02", "12"))}"]'),
        ("tot: 2023-12", "tot: 2023-03"),
    )
    for old, new in chance.sample(choices, chance.randint(1, 2)):
        text = text.replace(old, new)
    return text


async def wijk_of(billing: Billing) -> Any:
    """By household and first of a month the wijk, worked out slowly from what is known of members and clients."""
    lids = await billing.pool.fetch("select * from lid")
    clients = {row["client_id"]: row for row in await billing.pool.fetch("select * from client")}
    rows = await billing.pool.fetch(
        "select client_id, p ->> 'van', coalesce(p ->> 'tot', '9999-12-31'), p -> 'wijk' ->> 'jaar', p -> 'wijk' ->> 'code'"
        " from client, jsonb_array_elements(event -> 'data' -> 'perioden') p"
    )

    def end(client: UUID) -> UUID:
        path = [client]
        while (known := clients.get(path[-1])) and known["opgegaan_in"]:
            if known["opgegaan_in"] in path:
                return min(path[path.index(known["opgegaan_in"]) :])
            path.append(known["opgegaan_in"])
        return path[-1]

    def belongs(client: UUID, day: date) -> UUID | None:
        named = [
            lid
            for lid in lids
            if end(lid["client_id"]) == client and lid["van"] <= day <= (lid["tot"] or date.max)
        ]
        return min(((-lid["van"].toordinal(), lid["huishouden_id"]) for lid in named), default=(0, None))[1]

    def at(huishouden: UUID, day: date) -> tuple[int, str] | None:
        for client in sorted({end(lid["client_id"]) for lid in lids if lid["huishouden_id"] == huishouden}):
            if belongs(client, day) == huishouden:
                lived = [r for r in rows if r[0] == client and r[1] <= day.isoformat() <= r[2]]
                if lived:
                    last = max(lived, key=lambda r: r[1])
                    return int(last[3]), last[4]
        return None

    return at
