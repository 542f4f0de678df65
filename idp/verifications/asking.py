"""A department's question: reuse a fresh answer, else ask the registry under its matter; the trail has it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from idp.audit import trail
from idp.evidence.models import Evidence
from idp.keys.vault import Vault
from idp.organisations.claim import by_code
from idp.organisations.registry import Confirmed, Denied, OrganisationClaim, OrganisationRegistry
from idp.persons import attempts
from idp.persons.claim import Claim
from idp.persons.registry import (
    IdentityClaim,
    Mismatch,
    MismatchReason,
    PersonRegistry,
    Purpose,
    Unavailable,
    Unsupported,
    Verified,
)
from idp.storage.database import Database
from idp.storage.state import StateStore
from idp.storage.tally import Tally
from idp.verifications import daily, reuse
from idp.verifications.events import VerificationAsked
from idp.verifications.reuse import Known

SYSTEM = "yitong"


class Outcome(StrEnum):
    """What a department is told; of a no, nothing but that it is one."""

    CONFIRMED = "confirmed"
    MISMATCH = "mismatch"
    UNAVAILABLE = "unavailable"
    UNSUPPORTED = "unsupported"
    SPENT = "attempts_spent"
    """Too many wrong names for this number today, whoever asked."""
    DAILY_LIMIT = "daily_limit"
    """Whoever asks has asked all they may today."""


@dataclass(frozen=True)
class Why:
    """Who asks, for which matter, to what end, and how old an answer may be."""

    client_id: str
    matter: str
    purpose: str
    max_age: timedelta


@dataclass(frozen=True)
class Answered:
    """What came of it."""

    outcome: Outcome
    known: Known | None = None
    reused: bool = False
    person_id: UUID | None = field(default=None, repr=False)
    """The account of whoever it is about; for their timeline, and never told."""


@dataclass(frozen=True)
class Asking:
    """What a question needs."""

    database: Database
    vault: Vault
    state: StateStore
    limit: int
    """Wrong names of one number in a day."""
    most: int
    """Questions of one client in a day that a registry is asked, about people and organisations each."""

    def person(self, registry: PersonRegistry, claim: Claim, why: Why, now: datetime) -> Answered:
        """Whether this name and number are one living person's."""
        key, since = reuse.key_of(claim), now - why.max_age
        with self.database.reading() as db:
            holder = reuse.holder(db, self.vault, claim)
            person_id = holder.id if holder else None
            known = reuse.found(db, self.vault, key, since)
            if known is None and person_id is not None:
                records = db.scalars(select(Evidence).where(Evidence.person_id == person_id))
                known = reuse.proven_by(records, since, now)
        if known is not None:
            answered = Answered(Outcome.CONFIRMED, known, reused=True, person_id=person_id)
        else:
            answered = self._of_registry(registry, claim, key, why, person_id, now)
        if answered.outcome is Outcome.DAILY_LIMIT:
            return answered
        self._note("person", why, answered)
        return answered

    def organisation(
        self, registry: OrganisationRegistry, credit_code: str, name: str, why: Why, now: datetime
    ) -> Answered:
        """Whether this code and name are one organisation, and in which state it is registered."""
        key, since = reuse.key_of_organisation(credit_code, name), now - why.max_age
        with self.database.reading() as db:
            known = reuse.found(db, self.vault, key, since)
            known = known or reuse.registered(by_code(db, credit_code), name, since)
        answered = Answered(Outcome.CONFIRMED, known, reused=True)
        if known is None:
            today = self._today("organisation", why, now)
            if today is None:
                return Answered(Outcome.DAILY_LIMIT)
            answer = registry.verify(OrganisationClaim(credit_code, name, Purpose(SYSTEM, why.matter)))
            if isinstance(answer, Unavailable):
                today.give_back()
            answered = self._kept(key, _of_organisation(answer))
        self._note("organisation", why, answered)
        return answered

    def _today(self, about: str, why: Why, now: datetime) -> Tally | None:
        return daily.admit(self.database, self.state, about, why.client_id, self.most, now)

    def _of_registry(
        self,
        registry: PersonRegistry,
        claim: Claim,
        key: str,
        why: Why,
        person_id: UUID | None,
        now: datetime,
    ) -> Answered:
        """Ask, under counters of mistakes: a list of names must not be tried out on a number."""
        today = self._today("person", why, now)
        if today is None:
            return Answered(Outcome.DAILY_LIMIT)
        mistakes = attempts.tally(self.state, self.vault, "department-check", claim.key, now)
        if mistakes.enter() > self.limit:
            today.give_back()
            return Answered(Outcome.SPENT, person_id=person_id)
        question = IdentityClaim(claim.kind, claim.number, claim.name, Purpose(SYSTEM, why.matter), None)
        answer = registry.verify(question)
        if not isinstance(answer, Mismatch) or answer.reason is MismatchReason.DECEASED:
            mistakes.give_back()
        if isinstance(answer, Unavailable):
            today.give_back()
        answered = _of_person(answer)
        return self._kept(key, Answered(answered.outcome, answered.known, person_id=person_id))

    def _kept(self, key: str, answered: Answered) -> Answered:
        if answered.outcome is Outcome.CONFIRMED and answered.known is not None:
            with self.database.writing() as db:
                reuse.keep(db, self.vault, key, answered.known)
        return answered

    def _note(self, about: str, why: Why, answered: Answered) -> None:
        with self.database.writing() as db:
            trail.record(
                db,
                VerificationAsked(
                    person_id=answered.person_id,
                    client_id=why.client_id,
                    about=about,
                    matter=why.matter,
                    purpose=why.purpose[:64],
                    outcome=answered.outcome.value,
                    reused=answered.reused,
                    registry_request_id=answered.known.request_id if answered.known else "",
                ),
            )


def _of_person(answer: Verified | Mismatch | Unavailable | Unsupported) -> Answered:
    match answer:
        case Verified(authority=authority, request_id=request_id, at=at):
            return Answered(Outcome.CONFIRMED, Known(authority, request_id, at))
        case Mismatch():
            return Answered(Outcome.MISMATCH)
        case Unavailable():
            return Answered(Outcome.UNAVAILABLE)
        case Unsupported():
            return Answered(Outcome.UNSUPPORTED)


def _of_organisation(answer: Confirmed | Denied | Unavailable | Unsupported) -> Answered:
    match answer:
        case Confirmed(authority=authority, request_id=request_id, at=at, state=state):
            return Answered(Outcome.CONFIRMED, Known(authority, request_id, at, state.value))
        case Denied():
            return Answered(Outcome.MISMATCH)
        case Unavailable():
            return Answered(Outcome.UNAVAILABLE)
        case Unsupported():
            return Answered(Outcome.UNSUPPORTED)
