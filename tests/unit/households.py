"""The table of worked cases: join, split, death, move, merger, exemption, kostprijs, and when a bijdrage begins and ends."""

from tests.unit.cases import (
    BEGIN,
    GEEN_BIJDRAGE,
    HELE_MAAND,
    IN_GEBRUIK,
    KOSTPRIJS,
    TARIEF,
    TEZAMEN,
    VRIJ,
    Case,
    again,
    exempt,
    home,
    lives,
    person,
    pgb,
    started,
    taken_back,
    used,
)
from tests.unit.wire import ANNA, BERT, HOME, OTHER_HOME, given_to, stop, use

AID = given_to(ANNA, 1, "12")
CARE, CARE_OF_BERT = given_to(ANNA, 1), given_to(BERT, 2)
REMOVED = again(1, "2026-04-01T12:00:00Z", "13")

CASES = (
    # Who owes: the household, once.
    Case(
        "one person with care",
        TEZAMEN,
        (home(ANNA), CARE, *used("02", "03")),
        {HOME: {"2026-02..2026-03": TARIEF}},
    ),
    Case(
        "a couple with care for both owes one bijdrage",
        TEZAMEN,
        (home(ANNA, BERT), CARE, CARE_OF_BERT, *used("03"), *used("03", nummer=2)),
        {HOME: {"2026-03": TARIEF}},
    ),
    Case(
        "two provisions of one person, of two kinds, owe one bijdrage",
        TEZAMEN,
        (home(ANNA), CARE, given_to(ANNA, 2, "12"), *used("03"), *used("03", nummer=2, categorie="12")),
        {HOME: {"2026-03..2026-06": TARIEF}},
    ),
    Case(
        "two people join in March: from April they owe together",
        TEZAMEN,
        (
            lives(HOME, ("2019-01-01", "2026-03-14", (ANNA,)), ("2026-03-15", None, (ANNA, BERT))),
            lives(OTHER_HOME, ("2019-01-01", "2026-03-14", (BERT,))),
            *(CARE, CARE_OF_BERT, *used("03", "04"), *used("03", "04", nummer=2)),
        ),
        {HOME: {"2026-03..2026-04": TARIEF}, OTHER_HOME: {"2026-03": TARIEF}},
    ),
    Case(
        "they join on the first of a month: from that month",
        TEZAMEN,
        (
            lives(HOME, ("2019-01-01", None, (ANNA,)), ("2026-04-01", None, (ANNA, BERT))),
            lives(OTHER_HOME, ("2019-01-01", "2026-03-31", (BERT,))),
            *(CARE, CARE_OF_BERT, *used("03", "04"), *used("03", "04", nummer=2)),
        ),
        {HOME: {"2026-03..2026-04": TARIEF}, OTHER_HOME: {"2026-03": TARIEF}},
    ),
    Case(
        "a couple splits in March: March is owed once, April by each",
        TEZAMEN,
        (
            home(ANNA, BERT),
            *(CARE, CARE_OF_BERT, *used("03", "04"), *used("03", "04", nummer=2)),
            lives(HOME, ("2019-01-01", "2026-03-14", (ANNA, BERT)), ("2026-03-15", None, (ANNA,)), versie=2),
            lives(OTHER_HOME, ("2026-03-15", None, (BERT,))),
        ),
        {HOME: {"2026-03..2026-04": TARIEF}, OTHER_HOME: {"2026-04": TARIEF}},
    ),
    Case(
        "moving to another household begins no care anew",
        BEGIN,
        (
            lives(HOME, ("2019-01-01", "2026-03-31", (ANNA,))),
            lives(OTHER_HOME, ("2026-04-01", None, (ANNA,))),
            pgb("2026-02-10"),
        ),
        {HOME: {"2026-02": "regel 3", "2026-03": TARIEF}, OTHER_HOME: {"2026-04..2026-06": TARIEF}},
    ),
    Case(
        "two households name one person: the one since the latest day",
        TEZAMEN,
        (home(ANNA), lives(OTHER_HOME, ("2026-03-02", None, (ANNA,))), CARE, *used("03", "04")),
        {HOME: {"2026-03": TARIEF}, OTHER_HOME: {"2026-04": TARIEF}},
    ),
    Case(
        "death in April ends what is used daily; April is owed in full",
        HELE_MAAND,
        (home(ANNA, BERT), AID, *used("02", categorie="12"), person(ANNA, uitgeschrevenPer="2026-04-11")),
        {HOME: {"2026-02..2026-04": TARIEF}},
    ),
    Case(
        "after a death the care of who is left is owed",
        TEZAMEN,
        (
            lives(HOME, ("2019-01-01", "2026-03-10", (ANNA, BERT)), ("2026-03-11", None, (BERT,))),
            *(CARE, CARE_OF_BERT, *used("03"), *used("03", "04", nummer=2)),
            person(ANNA, uitgeschrevenPer="2026-03-11"),
        ),
        {HOME: {"2026-03..2026-04": TARIEF}},
    ),
    Case(
        "moving out of the municipality on the first of March: February is the last month",
        IN_GEBRUIK,
        (home(ANNA), pgb("2026-01-01"), person(ANNA, uitgeschrevenPer="2026-03-01")),
        {HOME: {"2026-01..2026-02": TARIEF}},
    ),
    Case(
        "two files of one person are merged: one household, one bijdrage",
        TEZAMEN,
        (
            *(home(ANNA), home(BERT, huishouden=OTHER_HOME), CARE, CARE_OF_BERT),
            *(*used("03"), *used("03", "04", nummer=2)),
            lives(OTHER_HOME, versie=2),
            person(BERT, opgegaanIn=ANNA),
        ),
        {HOME: {"2026-03..2026-04": TARIEF}},
    ),
    # When it begins and ends.
    Case(
        "a start on the first owes that month",
        BEGIN,
        (home(ANNA), CARE, use(1, "2026-03-01", "2026-03-31")),
        {HOME: {"2026-03": TARIEF}},
    ),
    Case(
        "a start on the second owes from the next month",
        BEGIN,
        (home(ANNA), CARE, use(1, "2026-03-02", "2026-03-31"), *used("04")),
        {HOME: {"2026-03": "regel 3", "2026-04": TARIEF}},
    ),
    Case(
        "a start told apart moves the first day of an aid",
        BEGIN,
        (home(ANNA), AID, started(1, "2026-03-20"), *used("03", categorie="12")),
        {HOME: {"2026-03": "regel 3", "2026-04..2026-06": TARIEF}},
    ),
    Case(
        "care that follows on other care began with it",
        BEGIN,
        (
            *(home(ANNA), given_to(ANNA, 1, einddatum="2026-04-09"), given_to(ANNA, 2)),
            *(*used("03"), use(2, "2026-04-10", "2026-04-30")),
        ),
        {HOME: {"2026-03..2026-04": TARIEF}},
    ),
    Case(
        "the month of a stop is owed in full, and the last",
        HELE_MAAND,
        (home(ANNA), AID, *used("01", categorie="12"), stop(1, "2026-03-10")),
        {HOME: {"2026-01..2026-03": TARIEF}},
    ),
    Case(
        "use recorded twelve months after its month is owed",
        BEGIN,
        (home(ANNA), CARE, use(1, "2025-01-01", "2025-01-31", time="2026-01-31T12:00:00Z")),
        {HOME: {"2025-01": 2100}},
    ),
    Case(
        "use recorded thirteen months after its month is not",
        BEGIN,
        (home(ANNA), CARE, use(1, "2025-01-01", "2025-01-31", time="2026-02-01T12:00:00Z")),
        {HOME: {"2025-01": "regel 4"}},
    ),
    Case(
        "use that is taken back is not owed",
        IN_GEBRUIK,
        (home(ANNA), CARE, *used("03", "04"), taken_back("03")),
        {HOME: {"2026-03": "regel 1", "2026-04": TARIEF}},
    ),
    Case(
        "a toewijzing that was removed was never given",
        IN_GEBRUIK,
        (home(ANNA), CARE, *used("03"), REMOVED),
        {HOME: {"2026-03": "regel 1"}},
    ),
    Case(
        "a toewijzing removed and given again is owed again",
        IN_GEBRUIK,
        (home(ANNA), CARE, *used("03"), REMOVED, again(1, "2026-05-01T12:00:00Z", "04")),
        {HOME: {"2026-03": TARIEF}},
    ),
    # What is free.
    Case(
        "a wheelchair alone owes nothing",
        GEEN_BIJDRAGE,
        (home(ANNA), given_to(ANNA, 1, "11"), *used("03", categorie="11")),
        {HOME: {"2026-03": "regel 2"}},
    ),
    Case(
        "a wheelchair beside other care takes nothing off",
        GEEN_BIJDRAGE,
        (
            home(ANNA),
            given_to(ANNA, 1, "11"),
            given_to(ANNA, 2),
            *used("03", categorie="11"),
            *used("03", nummer=2),
        ),
        {HOME: {"2026-03": TARIEF}},
    ),
    Case(
        "an activity for youth bears no bijdrage",
        GEEN_BIJDRAGE,
        (home(ANNA), given_to(ANNA, 1, "J01"), *used("03", categorie="J01")),
        {HOME: {"2026-03": "regel 2"}},
    ),
    Case(
        "sheltered living has a regime of its own",
        GEEN_BIJDRAGE,
        (home(ANNA), given_to(ANNA, 1, "15"), *used("03", categorie="15")),
        {HOME: {"2026-03": "regel 2"}},
    ),
    Case(
        "an 18th birthday in March: owed from April",
        VRIJ,
        (home(ANNA), exempt("2025-01", "2026-03", for_="client"), CARE, *used("03", "04")),
        {HOME: {"2026-03": "regel 5", "2026-04": TARIEF}},
    ),
    Case(
        "a partner under AOW age frees the whole household",
        VRIJ,
        (home(ANNA, BERT), exempt("2026-01"), CARE, CARE_OF_BERT, *used("03"), *used("03", nummer=2)),
        {HOME: {"2026-03": "regel 5"}},
    ),
    Case(
        "an exemption of one person leaves the other's care",
        VRIJ,
        (
            home(ANNA, BERT),
            exempt("2026-01", for_="client"),
            CARE,
            CARE_OF_BERT,
            *used("03", "04"),
            *used("03", nummer=2),
        ),
        {HOME: {"2026-03": TARIEF, "2026-04": "regel 5"}},
    ),
    Case(
        "an exemption granted afterwards takes back its months",
        VRIJ,
        (home(ANNA), pgb("2026-01-01"), exempt("2026-02", "2026-03", huishoudenId=HOME)),
        {HOME: {"2026-01": TARIEF, "2026-02..2026-03": "regel 5", "2026-04..2026-06": TARIEF}},
    ),
    Case(
        "an exemption that is taken back gives them back",
        VRIJ,
        (
            *(home(ANNA), pgb("2026-04-01"), exempt("2026-01", huishoudenId=HOME)),
            exempt("2026-01", "2026-04", versie=2, huishoudenId=HOME),
        ),
        {HOME: {"2026-04": "regel 5", "2026-05..2026-06": TARIEF}},
    ),
    Case(
        "what a thing cost is the most that is asked for it, in whole months",
        KOSTPRIJS,
        (home(ANNA), given_to(ANNA, 1, "12", kostprijsCent=5000), *used("01", categorie="12")),
        {HOME: {"2026-01..2026-02": TARIEF, "2026-03..2026-06": "regel 6"}},
    ),
    Case(
        "a kostprijs sets no limit while other care is in use",
        KOSTPRIJS,
        (
            *(home(ANNA), given_to(ANNA, 1, "12", kostprijsCent=2180), given_to(ANNA, 2)),
            *(*used("01", categorie="12"), *used("03", nummer=2)),
        ),
        {
            HOME: {
                "2026-01": TARIEF,
                "2026-02": "regel 6",
                "2026-03": TARIEF,
                "2026-04..2026-06": "regel 6",
            }
        },
    ),
    Case(
        "April and May 2020 are not due",
        "Uitvoeringsbesluit Wmo 2015 art. 3.8 lid 3 onder i",
        (home(ANNA), pgb("2020-03-01", einddatum="2020-06-30")),
        {HOME: {"2020-03": 1900, "2020-04..2020-05": "regel 7", "2020-06": 1900}},
    ),
    Case(
        "a month without a tariff is undetermined",
        "Wmo 2015 art. 2.1.4a lid 4",
        (home(ANNA), pgb("2019-12-01", einddatum="2020-01-31")),
        {HOME: {"2019-12": None, "2020-01": 1900}},
    ),
)
