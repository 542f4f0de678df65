"""Passkeys 通行密钥: a key on a person's device, unlocked by them, that signs for nobody but us.

Whoever unlocks one shows to have the device and to be its person, so it is two factors in one: `swk` where
the key may be copied to other devices of its person, `hwk` where it cannot leave its own. Which of the two it
is, is the word of that device.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, and_, literal, or_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from idp.audit import trail
from idp.audit.events import PasskeyDoubted
from idp.authenticators import base, ceremonies, credentials
from idp.authenticators.base import Denied, Proven
from idp.authenticators.ceremonies import Fault, New, RelyingParty, Signed
from idp.authenticators.models import Credential
from idp.crypto.handles import digest
from idp.notices.telling import tell
from idp.persons import locking
from idp.persons.models import Person
from idp.storage.database import Database

KIND = "passkey"
SYNCED, BOUND = "swk", "hwk"
MOST = 10
"""How many one person may have."""


@dataclass(frozen=True)
class Asked:
    """In which sign-in an answer was given, and who must have given it (None: anybody of the realm)."""

    bound_to: str
    realm: str
    person_id: UUID | None = None
    client_id: str | None = None


def of(db: Session, person_id: UUID) -> Sequence[Credential]:
    """The person's own, oldest first."""
    return credentials.living(db, person_id, KIND)


def ids(own: Sequence[Credential]) -> list[str]:
    """Their ids, as browsers know them."""
    return [one.details["id"] for one in own]


def keep(db: Session, person_id: UUID, new: New, name: str, now: datetime) -> Credential | None:
    """Add one to the person's own; None if anybody has one of this id already (§7.1, step 26)."""
    if credentials.find(db, KIND, digest(new.id)) is not None:
        return None
    credential = Credential(
        person_id=person_id,
        kind=KIND,
        name=name,
        handle=digest(new.id),
        used=new.count,
        details={
            "id": new.id,
            "public_key": new.public_key,
            "aaguid": new.aaguid,
            "transports": list(new.transports),
            "backed_up": new.backed_up,
            "amr": [SYNCED if new.synced else BOUND],
        },
    )
    try:
        with db.begin_nested():
            return credentials.add(db, credential, now)
    except IntegrityError:
        return None


def prove(
    database: Database, party: RelyingParty, posted: str, asked: Asked, now: datetime
) -> Proven | Denied:
    """Judge an answer: read, verify without a transaction, spend the challenge, write what follows.

    An unknown passkey, one of another realm and one that was removed get the same words.
    """
    answer = ceremonies.read(posted)
    if answer is None:
        return _denied(database, asked, Fault.WRONG)
    if not ceremonies.is_open(party, answer.challenge, asked.bound_to):
        return Denied(Fault.STALE)
    credential = _find(database, answer.id, asked.realm)
    if credential is None:
        return _denied(database, asked, "passkey_unknown")
    if asked.person_id not in {None, credential.person_id}:
        return _denied(database, asked, "other_person", credential.person_id)
    signed = ceremonies.verified(party, answer, credential.details["public_key"])
    if signed is None or answer.user not in _made_for(credential) or not _kin(signed, credential):
        return _denied(database, asked, Fault.WRONG, credential.person_id)
    challenge = ceremonies.spend(party, answer.challenge)
    if challenge is None:
        return Denied(Fault.STALE)
    return _let_in(database, asked, credential, signed, now, challenge.at)


def _find(database: Database, id: str, realm: str) -> Credential | None:
    with database.reading() as db:
        credential = credentials.find(db, KIND, digest(id))
        if credential is None or db.get_one(Person, credential.person_id).realm != realm:
            return None
        db.expunge(credential)
        return credential


def _made_for(credential: Credential) -> set[bytes]:
    """Whom an answer may name: nobody, its person, or the account it was made for before that was joined."""
    earlier = credential.details.get("made_for")
    return {b"", credential.person_id.bytes} | ({bytes.fromhex(earlier)} if earlier else set())


def _kin(signed: Signed, credential: Credential) -> bool:
    """A key that could not leave its device never can (§7.2, backup eligibility)."""
    return bool(credential.details["amr"] == [SYNCED if signed.synced else BOUND])


def _let_in(
    database: Database, asked: Asked, credential: Credential, signed: Signed, now: datetime, since: datetime
) -> Proven | Denied:
    """Move the counter forward; one that stands or goes back is a copy's, and its person hears of it."""
    details = credential.details | {"backed_up": signed.backed_up}
    with database.writing() as db:
        person = locking.first(db, credential.person_id)
        moved = db.execute(
            update(Credential)
            .where(Credential.id == credential.id, Credential.ended_at.is_(None), _goes_on(signed.count))
            .values(used=signed.count, used_at=now, details=details)
        )
        if person is None or not (isinstance(moved, CursorResult) and moved.rowcount == 1):
            trail.record(db, PasskeyDoubted(person_id=credential.person_id, count=signed.count))
            tell(db, credential.person_id, "passkey.doubted", now)
            return base.deny(db, KIND, "passkey_copied", credential.person_id, asked.client_id)
        amr = frozenset(details["amr"])
        return base.let_in(db, person, amr, since) if asked.person_id is None else Proven(person.id, amr)


def _goes_on(count: int) -> ColumnElement[bool]:
    """The counter is greater than ever before, or the device keeps none and always says zero (§6.1.1)."""
    return or_(Credential.used < count, and_(Credential.used == 0, literal(count) == 0))


def _denied(database: Database, asked: Asked, reason: str, person_id: UUID | None = None) -> Denied:
    with database.writing() as db:
        return base.deny(db, KIND, reason, person_id, asked.client_id)
