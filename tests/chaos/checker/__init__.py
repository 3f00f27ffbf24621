"""Whether the promises hold, by what the topics hold and the APIs answer, beside what the generator knows.

Of the promises of ARCHITECTURE it checks:

1. Once: billing answers one line a household and month, which was told as one charge under one id and its corrections.
2. Order does not matter: verdicts with their reasons, amounts, and all figures of reporting are those that the
   generator worked out.
3. Nothing is lost: what was sent is on its topic; each record has one current verdict, the right one, about that very
   record, by topic and by API alike; all that was asked of intake and indicatie was told as it was asked.
4. Nothing is rewritten, in part: no versie of a verdict, a line or a fact, and no fact without versie, was told with two
   contents; each line goes on from the total before it.
5. Every cent explains itself: each line has a rule that leads to its total, the article of that rule, and causes, all
   of them events about those whose lives hang together with that household; lines add up.
6. Effect and outgoing event commit together: the lines of the ledger are those that were told, and no others; nothing
   was told that nobody asked, or of a client or household that the city does not have.
7. A bad message blocks nothing and never disappears: billing has put apart the records that cannot be read and no
   others, and the other services none.
9. Nothing that identifies a person leaves intake: no record, key or header of our own topics and nothing that is read
   here of billing and reporting holds a name, birth date or postcode of the city, or what looks like a BSN, an e-mail
   address or a phone number; no fact or line has a field that its contract has not. The city has no streets, and a
   house number alone is like any number.

It does not check:

- a replay (8), but for restored databases, which come to all of the above;
- that a month never changes once it is closed (4): no month is closed, and none may say that it is;
- whether a correction that was itself corrected was needed on the way: from outside nobody can say in which order
  facts came, so that both have to explain themselves, and no more;
- of a cause that it is about the month of its line, only that it is about those people;
- the vrijstellingen and huishoudens that intake works out itself, but for whose they are and what is owed by them;
- erasure, capacity, contracts and pluspakket: they are not in the play.

What a service finds wrong in its own database counts too. `evidence.gather` reads, `judge` compares: so that faults of
evidence can be planted (`tests/chaos/planted.py`).
"""

from tests.chaos import wijken
from tests.chaos.checker import ledger, private, told, verdicts
from tests.chaos.checker.findings import Findings
from tests.chaos.evidence import Evidence
from tests.chaos.truth import Truth

__all__ = ["Findings", "judge"]


def judge(evidence: Evidence, known: Truth) -> Findings:
    """Everything that differs from what is known, or that two sources say differently."""
    found = Findings()
    verdicts.judge(found, evidence, known)
    told.judge(found, evidence.told, known)
    ledger.judge(found, evidence, known)
    private.judge(found, evidence, known)
    _judge_figures(found, evidence, known)
    _judge_dead(found, evidence, known)
    for service in evidence.dead:
        checks = evidence.controls.get(service, [])
        if not checks:
            found.wrong.append(f"{service} says nothing of its own database")
        found.wrong += [
            f"{service} says of its {one['naam']}: {one['uitleg']}" for one in checks if not one["goed"]
        ]
    return found


def _judge_figures(found: Findings, evidence: Evidence, known: Truth) -> None:
    answered: dict[wijken.Cell, int] = {}
    for cell, number in wijken.answered(evidence.wijken):
        if cell in answered:
            found.double.append(f"reporting gives {cell.wat} of {cell.where} in {cell.maand} twice")
        answered[cell] = number
    for cell in sorted(answered.keys() | known.figures.keys()):
        there, right = answered.get(cell, 0), known.figures[cell]
        if there != right:
            found.wrong.append(
                f"reporting has {there} {cell.wat} of {cell.where} in {cell.maand}, and should have {right}"
            )


def _judge_dead(found: Findings, evidence: Evidence, known: Truth) -> None:
    """Of all services billing alone has dead letters: the records that cannot be read, each once."""
    right = sorted(known.unreadable)
    for service, letters in evidence.dead.items():
        dead = sorted((letter["topic"].rpartition(".")[2], letter["plaats"]) for letter in letters)
        if dead != (right if service == "billing" else []):
            found.wrong.append(
                f"{service} has {len(dead)} dead letters, which are not the {len(right)} unreadable records of providers"
                if service == "billing"
                else f"{service} has {len(dead)} dead letters, and should have none"
            )
