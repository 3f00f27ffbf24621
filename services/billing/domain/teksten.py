"""What is said to residents of why a month is or is not charged: every sentence, in Dutch at level B1.

In a sentence `%(name)s` stands for a value: a name that ends in `cent` for an amount, in `maand` for a month.
"""

from services.billing.domain.bijdrage import BEGUN, COUNTS, IN_TIME, IN_USE, NOT_EXEMPT, NOT_PAID_OFF, PRICED

VRAGEN = {
    IN_USE: "Was er hulp in deze maand?",
    COUNTS: "Hoort bij deze hulp een bijdrage?",
    BEGUN: "Was de bijdrage al begonnen?",
    IN_TIME: "Is de hulp op tijd doorgegeven?",
    NOT_EXEMPT: "Geldt er geen vrijstelling?",
    NOT_PAID_OFF: "Is de kostprijs nog niet helemaal betaald?",
    PRICED: "Is er een tarief voor deze maand?",
}
"""What each rule asks; the answer is yes where it is satisfied."""
NIET_NODIG = "Deze vraag is niet meer nodig."
GEEN_ZORG = "Nee. Dit huishouden had geen hulp in deze maand."
ANTWOORDEN = {
    (IN_USE, True): "Ja. Er was hulp in %(maand)s.",
    (IN_USE, False): "Nee. Er is wel hulp gemeld over %(maand)s, maar die telt niet mee.",
    (COUNTS, True): "Ja. Bij deze hulp hoort een eigen bijdrage.",
    (COUNTS, False): "Nee. Bij deze hulp hoort geen eigen bijdrage.",
    (BEGUN, True): "Ja. De hulp was al begonnen.",
    (
        BEGUN,
        False,
    ): "Nee. De hulp begon later dan de eerste dag van de maand. De bijdrage begint een maand later.",
    (IN_TIME, True): "Ja. De hulp is op tijd doorgegeven.",
    (IN_TIME, False): "Nee. De hulp is te laat doorgegeven: meer dan twaalf maanden na de maand zelf.",
    (NOT_EXEMPT, True): "Ja. Er geldt geen vrijstelling.",
    (NOT_EXEMPT, False): "Nee. Dit is vrijgesteld door de gemeente.",
    (NOT_PAID_OFF, True): "Ja. Er is geen kostprijs die een grens stelt.",
    (PRICED, True): "Ja. Het tarief is %(tarief_cent)s.",
}
KOSTPRIJS = {
    True: (
        "Ja. De kostprijs bij toewijzing %(toewijzing)s is %(kostprijs_cent)s. De maanden hiervoor tellen mee voor"
        " %(afgelost_cent)s. Er is nog %(rest_cent)s over. Dat is genoeg voor het tarief van %(tarief_cent)s."
    ),
    False: (
        "Nee. De kostprijs bij toewijzing %(toewijzing)s is %(kostprijs_cent)s. De maanden hiervoor tellen mee voor"
        " %(afgelost_cent)s. Er is nog %(rest_cent)s over. Dat is minder dan het tarief van %(tarief_cent)s."
    ),
}
"""Rule 6, where a kostprijs is followed."""
NIET_VERSCHULDIGD = "Nee. Over %(maand)s hoefde niemand een eigen bijdrage te betalen."
GEEN_TARIEF = "Nee. Er is nog geen tarief voor %(maand)s."

IN_GEBRUIK = {
    ("gebruik", "zin"): "De hulp is geleverd in %(maand)s.",
    ("levering", "zin"): "De voorziening is geleverd, en was er nog in %(maand)s.",
    ("beschikking", "zin"): "De beschikking voor deze hulp gold in %(maand)s.",
    ("beschikking", "pgb"): "Het persoonsgebonden budget liep in %(maand)s.",
}
"""By grondslag and leveringsvorm, why care is in use; a pgb is never in use by what was delivered."""
VERWIJDERD = "De gemeente heeft de toewijzing ingetrokken."
PAST_NIET = "De hulp is wel gemeld, maar daarna ingetrokken, of zij past niet bij de toewijzing."
TELT = "Bij deze hulp hoort een eigen bijdrage."
TELT_NIET = {
    "rolstoel": "Voor een rolstoel betaalt niemand een eigen bijdrage.",
    "eigen-regime": "Voor deze hulp geldt een andere regeling.",
    "jeugd": "Voor hulp aan jeugd betaalt niemand een eigen bijdrage.",
    "gemeente": "De gemeente vraagt voor deze hulp geen eigen bijdrage.",
}
BEGONNEN = "De hulp ging in op %(begin)s. De bijdrage begint in %(eerste_maand)s."
OP_TIJD = {
    True: "De hulp is vastgelegd in %(vastgelegd_maand)s. Dat is op tijd: het kon tot en met %(laatste_maand)s.",
    False: "De hulp is vastgelegd in %(vastgelegd_maand)s. Dat is te laat: het kon tot en met %(laatste_maand)s.",
}
VRIJ = {True: "Hiervoor geldt geen vrijstelling.", False: "Vrijgesteld door de gemeente."}

UITKOMST = {
    "bijdrage": "De eigen bijdrage over %(maand)s is %(bedrag_cent)s. Dat is één bedrag voor het hele huishouden.",
    "geen-bijdrage": "Over %(maand)s is er geen eigen bijdrage.",
    "onbepaald": "De eigen bijdrage over %(maand)s is nog niet bepaald, want er is nog geen tarief.",
    "geen-zorg": "Dit huishouden had geen hulp in %(maand)s. Daarom is er geen eigen bijdrage.",
    "later": "Over %(maand)s is nog niets bepaald: die maand is nog niet begonnen.",
}
STAND = {
    "bij": "Dit bedrag staat zo in de administratie van de gemeente.",
    "wordt-bepaald": (
        "Er is iets veranderd. In de administratie staat nog %(grootboek_cent)s. De gemeente werkt dat bij."
    ),
    "bevroren": (
        "Van dit huishouden zijn gegevens gewist. De uitleg kan daarom onvolledig zijn. Het bedrag van deze maand blijft"
        " zoals het was: %(grootboek_cent)s."
    ),
}
"""How the ledger stands to what the rule says now."""

SOORTEN = {
    "01": "Hulp bij het huishouden",
    "02": "Begeleiding",
    "03": "Persoonlijke verzorging",
    "04": "Kortdurend verblijf",
    "05": "Woondienst",
    "06": "Andere hulp voor één persoon of gezin",
    "07": "Dagbesteding",
    "08": "Vervoer",
    "09": "Andere hulp in een groep",
    "10": "Hulp op maat",
    "11": "Rolstoel",
    "12": "Hulpmiddel voor vervoer",
    "13": "Hulpmiddel of aanpassing voor het wonen",
    "14": "Ander hulpmiddel",
    "15": "Beschermd wonen",
    "16": "Opvang",
    "17": "Spoedopvang",
    "18": "Andere opvang",
}
"""Kinds of support (iWmo WMO020), as residents call them."""
SOORT_ANDERS = "Hulp aan jeugd"
"""Any other kind: a local code `J…`."""


def alle() -> set[str]:
    """Every sentence."""
    found = {
        SOORT_ANDERS,
        NIET_NODIG,
        GEEN_ZORG,
        NIET_VERSCHULDIGD,
        GEEN_TARIEF,
        VERWIJDERD,
        PAST_NIET,
        TELT,
        BEGONNEN,
    }
    tables = (VRAGEN, ANTWOORDEN, KOSTPRIJS, IN_GEBRUIK, TELT_NIET, OP_TIJD, VRIJ, UITKOMST, STAND, SOORTEN)
    return found.union(*(table.values() for table in tables))
