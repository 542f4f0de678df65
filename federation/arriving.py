"""Judging who arrived: what is believed, whom it means, and what a registry says where that matters.

Reads only; what follows is written by whoever asked. No transaction is open while a registry is asked.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from federation import accounts, matching, trust
from federation.accounts import Said
from federation.desk import Arrival, Federation
from federation.matching import Conflict, Decision, Disagreement
from federation.trust import Believed
from idp import clock
from idp.keys.vault import Vault
from idp.persons import checking
from idp.persons.checking import Spent
from idp.persons.claim import Claim
from idp.persons.registry import Mismatch, MismatchReason, PersonRegistry, Verified
from idp.settings import Settings
from idp.storage.database import Database
from idp.storage.state import StateStore

MATTER = "federation"
"""What the registry is told it is asked for."""


class Collaborators(Protocol):
    """The little of the services that is needed."""

    @property
    def database(self) -> Database: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def registry(self) -> PersonRegistry: ...
    @property
    def state(self) -> StateStore: ...
    @property
    def settings(self) -> Settings: ...


@dataclass(frozen=True)
class Judged:
    """What is believed of an arrival, and whom it means."""

    said: Said
    decision: Decision
    claim: Claim | None
    """The document, if it is believed."""

    @property
    def believed(self) -> Believed:
        return self.said.believed


def judge(services: Collaborators, federation: Federation, arrival: Arrival, now: datetime) -> Judged:
    """Believe what the table allows, and find whom that means."""
    asserted, table = arrival.asserted, federation.tables[arrival.asserted.upstream]
    believed = trust.believe(asserted, table.trust, now)
    given = accounts.claim_of(asserted, now)
    claim = given if believed.proves_document else None
    with services.database.reading() as db:
        here = accounts.here(db, services.vault, asserted, claim)
    decision = matching.decide(
        asserted,
        believed,
        table.trust,
        here,
        key=claim.key if claim else "",
        birth_date=claim.birth_date if claim else None,
        is_child=given is not None and given.is_for_a_guardian(clock.day(now)),
    )
    return Judged(Said(asserted, believed, table.trust), decision, claim)


def ask_registry(services: Collaborators, judged: Judged, now: datetime) -> Said | Conflict:
    """
    Ask whether name and number belong together, before a document is believed by an upstream's word.

    The registry's no wins. Where it gives no answer, or knows no such document, the upstream's word stands
    as far as it is trusted: an outage here must not close a door there.
    """
    said, claim = judged.said, judged.claim
    if claim is None or not said.trust.checked:
        return said
    answer = checking.check(
        services.registry,
        services.state,
        services.vault,
        claim,
        phone=None,
        matter=MATTER,
        asker=f"{said.asserted.upstream}|{said.asserted.subject}",
        limit=services.settings.limit_verifications_per_day,
        now=now,
    ).answer
    match answer:
        case Mismatch(reason=MismatchReason.DECEASED):
            return Conflict(Disagreement.HOLDER_IS_DEAD)
        case Mismatch(reason=MismatchReason.NOT_FOUND):
            return Conflict(Disagreement.REGISTRY_KNOWS_NOBODY)
        case Mismatch() | Spent():
            return Conflict(Disagreement.REGISTRY_SAYS_NO)
        case Verified():
            return replace(said, registry=answer)
    return said
