"""What an upstream's word does to accounts here: one comes into being, a document is believed, a level kept.

Every belief is a record of evidence that names the upstream and ends by itself; a registry's answer stands
beside it and weighs more (`idp.evidence`).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from federation import linking
from federation.events import UpstreamBelieved
from federation.linking import How
from federation.matching import Here
from federation.matching import Person as Known
from federation.trust import Believed
from idp import clock
from idp.audit import trail
from idp.audit.events import PersonRegistered
from idp.evidence.models import Evidence, Method
from idp.interaction.upstream import AssertedIdentity
from idp.keys.vault import Vault
from idp.persons import belongings, cert_keys, enrolment, identifiers, locking, lookup
from idp.persons.belongings import Proof
from idp.persons.claim import Claim
from idp.persons.identifiers import MalformedNumber
from idp.persons.models import Document, Person
from idp.persons.registry import Verified
from idp.settings_upstreams import Trust

ORIGIN = "upstream"


@dataclass(frozen=True)
class Said:
    """An assertion, what of it is believed, and what a registry answered about it."""

    asserted: AssertedIdentity
    believed: Believed
    trust: Trust
    registry: Verified | None = None


def claim_of(asserted: AssertedIdentity, now: datetime) -> Claim | None:
    """The document that is asserted, as a claim; None where there is none."""
    if asserted.kind is None or not asserted.number or not asserted.name:
        return None
    try:
        parsed = identifiers.parse(asserted.kind, asserted.number, clock.day(now))
    except MalformedNumber:
        return None
    return Claim(parsed.kind, parsed.value, asserted.name, birth_date=parsed.birth_date, sex=parsed.sex)


def here(db: Session, vault: Vault, asserted: AssertedIdentity, claim: Claim | None) -> Here:
    """Whom the upstream's account is linked to, and who holds the document (`claim` only if believed)."""
    link = linking.find(db, vault, asserted.upstream, asserted.subject)
    linked = db.get(Person, link.person_id) if link else None
    holder = lookup.by_document(db, vault, claim.kind, claim.number, claim.country) if claim else None
    return Here(_known(linked) if linked else None, _known(holder) if holder else None)


def create(db: Session, vault: Vault, said: Said, claim: Claim | None, locale: str, now: datetime) -> Person:
    """
    A person by an upstream's word, linked to their account there.

    `claim` is None unless the document is believed. A phone is not taken over: it belongs to whoever proves
    it here. Raises `linking.Taken` or `enrolment.Taken` where somebody was quicker.
    """
    asserted = said.asserted
    person = Person(locale=locale, origin=ORIGIN, created_at=now)
    db.add(person)
    db.flush()
    linking.link(db, vault, asserted.upstream, asserted.subject, person.id, How.CREATED, now)
    trail.record(db, PersonRegistered(person_id=person.id, origin=f"{ORIGIN}:{asserted.upstream}"))
    if claim is None:
        person.name = asserted.name or None
        refresh(db, person, said, now)
    else:
        believe_document(db, vault, person, said, claim, now)
    db.flush()
    return person


def believe_document(
    db: Session, vault: Vault, person: Person, said: Said, claim: Claim, now: datetime
) -> None:
    """Make the document the person's own, by the registry's word if it was asked and by the upstream's."""
    if belongings.held(db, vault, claim, now) is not None:
        raise enrolment.Taken
    document = enrolment.claim_document(db, person, claim, now)
    proof = enrolment.proof_of(said.registry) if said.registry else _proof(said)
    enrolment.confirm(db, vault, person, document, proof, now, timedelta())
    _note(db, person, said, now)
    _keep_cert_key(db, person, said, now)
    _set_evidence(db, person, said, document, now)


def refresh(db: Session, person: Person, said: Said, now: datetime) -> None:
    """Keep what the upstream's word gives its person, as it stands today: it may give less than last time."""
    _note(db, person, said, now)
    _keep_cert_key(db, person, said, now)
    believed, asserted = said.believed, said.asserted
    document = next((one for one in person.documents if _is(one, asserted)), None)
    if believed.proves_document and document is None:
        return
    kept = _evidence(db, person.id, asserted.upstream, now)
    half = timedelta(days=said.trust.evidence_days) / 2
    if kept and kept.level == believed.ial and kept.expires_at and kept.expires_at > now + half:
        return
    if kept is None or kept.level != believed.ial:
        person.version += 1
    _set_evidence(db, person, said, document if believed.proves_document else None, now)


def entered(
    db: Session, vault: Vault, asserted: AssertedIdentity, person_id: UUID, now: datetime
) -> Person | None:
    """Whom the upstream means, noted as come through it just now; None if their link was ended meanwhile."""
    person = locking.first(db, person_id)
    link = linking.find(db, vault, asserted.upstream, asserted.subject)
    if person is None or link is None or link.person_id != person.id:
        return None
    link.last_at = now
    return person


def _note(db: Session, person: Person, said: Said, now: datetime) -> None:
    believed = said.believed
    trail.record(
        db,
        UpstreamBelieved(
            person_id=person.id,
            upstream=said.asserted.upstream,
            level=believed.ial,
            aal=believed.aal,
            doubts=" ".join(sorted(believed.doubts)),
        ),
    )


def _keep_cert_key(db: Session, person: Person, said: Said, now: datetime) -> None:
    """The national hash, as far as the upstream is believed to know the name and number it is of."""
    asserted = said.asserted
    if said.believed.proves_document and asserted.kind and "cert_key" not in said.trust.ignored:
        of = (asserted.kind.value, asserted.number, asserted.name)
        cert_keys.keep(db, person.id, asserted.cert_key, of, asserted.upstream, now)


def _set_evidence(db: Session, person: Person, said: Said, document: Document | None, now: datetime) -> None:
    linking.withdraw(db, person.id, said.asserted.upstream, "renewed", now)
    if said.believed.ial == 0:
        return
    db.add(
        Evidence(
            person_id=person.id,
            document_id=document.id if document else None,
            method=Method.UPSTREAM,
            authority=said.asserted.upstream,
            level=said.believed.ial,
            at=said.asserted.at,
            expires_at=now + timedelta(days=said.trust.evidence_days),
        )
    )


def _evidence(db: Session, person_id: UUID, upstream: str, now: datetime) -> Evidence | None:
    return db.scalar(
        select(Evidence).where(
            Evidence.person_id == person_id,
            Evidence.method == Method.UPSTREAM,
            Evidence.authority == upstream,
            Evidence.withdrawn_at.is_(None),
        )
    )


def _proof(said: Said) -> Proof:
    return Proof(Method.UPSTREAM, said.believed.ial, said.asserted.upstream, "", said.asserted.at)


def _is(document: Document, asserted: AssertedIdentity) -> bool:
    return (
        document.verified_at is not None
        and document.displaced_at is None
        and ((document.kind, document.number) == (asserted.kind, asserted.number))
    )


def _known(person: Person) -> Known:
    proven = [one for one in person.documents if one.verified_at and not one.displaced_at]
    return Known(
        person.id,
        person.name or "",
        date.fromisoformat(person.birth_date) if person.birth_date else None,
        frozenset(belongings.claim_of(one).key for one in proven),
        frozenset(one.kind for one in proven),
    )
