"""Explain this euro: rule by rule why a household does or does not owe something for a month.

Each rule is asked of the functions that determine (`bijdrage.Bepaler`); there is no second rule here. Nobody is named:
care is the number of its toewijzing, and of an exemption only that the municipality has given it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from uuid import UUID

from services.billing.domain import teksten
from services.billing.domain.bijdrage import (
    BEGUN,
    COUNTS,
    IN_TIME,
    IN_USE,
    NOT_PAID_OFF,
    PRICED,
    RECORDING_MONTHS,
    WET,
    Bepaler,
    Zorgmaand,
    followed,
)
from services.billing.domain.feiten import Feiten, Zorg
from services.billing.domain.regels import Grondslag, Regels
from shared.kalender import Month

Uitkomst = Literal["bijdrage", "geen-bijdrage", "onbepaald", "geen-zorg", "later"]


@dataclass(frozen=True, slots=True)
class Reden:
    """A sentence of `teksten`, and the values in it: a name that ends in `cent` is an amount, in `maand` a month."""

    tekst: str
    waarden: Mapping[str, int | date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ZorgUitleg:
    """Whether one care satisfies a rule, and why."""

    toewijzing: int
    categorie: str
    grondslag: Grondslag
    voldaan: bool
    reden: Reden


@dataclass(frozen=True, slots=True)
class RegelUitleg:
    """Whether a rule is satisfied, by any care; None where it was not looked at, because no care came so far."""

    regel: int
    voldaan: bool | None
    reden: Reden
    zorg: tuple[ZorgUitleg, ...] = ()
    eigen_wet: str | None = None

    @property
    def wet(self) -> str:
        """The article of law behind the rule, or that by which this month differs."""
        return self.eigen_wet or WET[self.regel]


@dataclass(frozen=True, slots=True)
class Uitleg:
    """Why a household owes `bedrag_cent` for a month (None: undetermined); `zorg` is the care that satisfied rules 1-5."""

    huishouden_id: UUID
    maand: Month
    bedrag_cent: int | None
    uitkomst: Uitkomst
    regels: tuple[RegelUitleg, ...] = ()
    zorg: tuple[Zorg, ...] = ()

    @property
    def regel(self) -> int | None:
        """The rule that is not satisfied, and so decides; None where all are."""
        return next((one.regel for one in self.regels if one.voldaan is False), None)

    @property
    def reden(self) -> Reden:
        """The outcome in one sentence."""
        tekst = teksten.UITKOMST[self.uitkomst]
        if self.uitkomst == "bijdrage":
            return _reden(tekst, maand=self.maand, bedrag_cent=self.bedrag_cent or 0)
        return _reden(tekst, maand=self.maand)


class Uitlegger:
    """Explains months of one closed circle of facts, up to the horizon."""

    def __init__(self, feiten: Feiten, horizon: Month, regels: Regels) -> None:
        self._horizon, self._regels = horizon, regels
        self._bepaler = Bepaler(feiten, horizon, regels)
        self._bepaler.bepalingen()  # every month before one can lie behind what is left of its kostprijs

    def uitleg(self, huishouden_id: UUID, maand: Month) -> Uitleg:
        """Why this household does or does not owe something for this month."""
        if maand > self._horizon:
            return Uitleg(huishouden_id, maand, 0, "later")
        zorg = self._bepaler.zorg_in(huishouden_id, maand)
        owing = tuple(one.zorg for one in zorg if one.regel is None)
        tarief = self._bepaler.tarief(huishouden_id, maand) if owing else 0
        regels = (
            *(self._of_care(regel, zorg, maand) for regel in range(IN_USE, NOT_PAID_OFF)),
            self._paid_off(owing, maand, tarief),
            self._priced(owing, maand, tarief),
        )
        owes = all(one.voldaan for one in regels)
        uitkomst: Uitkomst = "bijdrage" if owes else "geen-bijdrage"
        if tarief is None:
            uitkomst = "onbepaald"
        elif not zorg:
            uitkomst = "geen-zorg"
        bedrag = tarief if owes or tarief is None else 0
        return Uitleg(huishouden_id, maand, bedrag, uitkomst, regels, owing)

    def _of_care(self, regel: int, zorg: Sequence[Zorgmaand], maand: Month) -> RegelUitleg:
        """One of the rules 1-5: satisfied where any care is that came so far."""
        if not zorg and regel == IN_USE:
            return RegelUitleg(regel, False, _reden(teksten.GEEN_ZORG))
        reached = [one for one in zorg if one.regel is None or one.regel >= regel]
        if not reached:
            return RegelUitleg(regel, None, _reden(teksten.NIET_NODIG))
        voldaan = any(one.regel != regel for one in reached)
        each = tuple(self._one(regel, one, maand) for one in reached)
        return RegelUitleg(regel, voldaan, _reden(teksten.ANTWOORDEN[regel, voldaan], maand=maand), each)

    def _one(self, regel: int, zorgmaand: Zorgmaand, maand: Month) -> ZorgUitleg:
        zorg = zorgmaand.zorg
        return ZorgUitleg(
            toewijzing=zorg.nummer,
            categorie=zorg.categorie,
            grondslag=self._regels.grondslag(zorg.categorie, zorg.leveringsvorm),
            voldaan=zorgmaand.regel != regel,
            reden=self._why(regel, zorgmaand, maand),
        )

    def _why(self, regel: int, zorgmaand: Zorgmaand, maand: Month) -> Reden:
        """Why one care does or does not satisfy one of the rules 1-5."""
        zorg, voldaan = zorgmaand.zorg, zorgmaand.regel != regel
        if regel == IN_USE and not voldaan:
            return _reden(teksten.VERWIJDERD if zorg.verwijderd else teksten.PAST_NIET)
        if regel == IN_USE:
            grondslag = self._regels.grondslag(zorg.categorie, zorg.leveringsvorm)
            return _reden(teksten.IN_GEBRUIK[grondslag, zorg.leveringsvorm], maand=maand)
        if regel == COUNTS:
            why_free = self._regels.why_free(zorg.categorie, zorg.productcode)
            return _reden(teksten.TELT if why_free is None else teksten.TELT_NIET[why_free])
        if regel == BEGUN:
            begin, eerste = self._bepaler.begonnen[zorg.nummer], self._bepaler.eerste_maand[zorg.nummer]
            return _reden(teksten.BEGONNEN, begin=begin, eerste_maand=eerste)
        if regel == IN_TIME:
            recorded, last = zorgmaand.vastgelegd or maand, maand + RECORDING_MONTHS
            return _reden(teksten.OP_TIJD[voldaan], vastgelegd_maand=recorded, laatste_maand=last)
        return _reden(teksten.VRIJ[voldaan])

    def _paid_off(self, owing: Sequence[Zorg], maand: Month, tarief: int | None) -> RegelUitleg:
        """Rule 6, with the amounts where a kostprijs is followed."""
        if not tarief:
            return RegelUitleg(NOT_PAID_OFF, None, _reden(teksten.NIET_NODIG))
        gevolgd = followed(owing)
        if gevolgd is None:
            return RegelUitleg(NOT_PAID_OFF, True, _reden(teksten.ANTWOORDEN[NOT_PAID_OFF, True]))
        kostprijs, rest = gevolgd.kostprijs_cent or 0, self._bepaler.left_cent(gevolgd, maand)
        why = _reden(
            teksten.KOSTPRIJS[tarief <= rest],
            toewijzing=gevolgd.nummer,
            kostprijs_cent=kostprijs,
            afgelost_cent=kostprijs - rest,
            rest_cent=max(rest, 0),
            tarief_cent=tarief,
        )
        return RegelUitleg(NOT_PAID_OFF, tarief <= rest, why)

    def _priced(self, owing: Sequence[Zorg], maand: Month, tarief: int | None) -> RegelUitleg:
        """Rule 7; not looked at where no care satisfies 1-5."""
        if not owing:
            return RegelUitleg(PRICED, None, _reden(teksten.NIET_NODIG))
        tekst = teksten.GEEN_TARIEF if tarief is None else teksten.NIET_VERSCHULDIGD
        why = _reden(tekst, maand=maand)
        if tarief:
            why = _reden(teksten.ANTWOORDEN[PRICED, True], tarief_cent=tarief)
        return RegelUitleg(PRICED, bool(tarief), why, eigen_wet=self._regels.eigen_wet.get(maand))


def _reden(tekst: str, **waarden: int | date) -> Reden:
    return Reden(tekst, waarden)
