"""授权委托书: a mandate on paper, and the code by which whoever is shown it asks whether it still holds.

A letter is of what a mandate said when it was made: one that was narrowed since says something else, one that
rested for a while and goes on does not. The code has eighty random bits; it is found by its digest, and kept
sealed so that the same letter can be printed again.
"""

import json
import secrets
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.crypto.handles import digest
from idp.mandates import events, holdings, rules, states
from idp.mandates.models import Letter, Mandate, State
from idp.mandates.rules import Reason
from idp.organisations.models import Organisation
from idp.storage.prepared import Prepared

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without letters that are read as others (Crockford)."""
LENGTH = 16
LOOK_ALIKES = str.maketrans("OIL", "011")


class Answer(StrEnum):
    """What somebody who was shown a letter is told."""

    VALID = "valid"
    CHANGED = "changed"
    """The mandate holds, but says something else than when the letter was made."""
    ENDED = "ended"


def of(db: Session, mandate: Mandate) -> Letter | None:
    """The letter of a mandate as it is now, if one was made."""
    query = select(Letter).where(Letter.mandate_id == mandate.id).order_by(Letter.issued_at.desc())
    return next((one for one in db.scalars(query) if is_of(one, mandate)), None)


def is_of(letter: Letter, mandate: Mandate) -> bool:
    """Whether the letter says what the mandate says now."""
    return letter.terms == terms(mandate) if letter.terms else letter.version == mandate.version


def terms(mandate: Mandate) -> str:
    """Digest of everything a letter says of a mandate, whatever state it is in."""
    named = (mandate.matters, mandate.groups, mandate.actions, mandate.regions, mandate.projects)
    said = (
        mandate.role,
        mandate.everything,
        *(" ".join(sorted(one)) for one in named),
        mandate.amount,
        mandate.once,
        mandate.may_delegate,
        mandate.valid_from.isoformat(),
        mandate.valid_until.isoformat(),
        mandate.grace_until.isoformat() if mandate.grace_until else "",
    )
    return digest(json.dumps(said))


def issue(db: Session, mandate: Mandate, person_id: UUID, now: datetime) -> Letter | None:
    """Make the letter of a mandate that is in force, once for whatever it says; None for others."""
    states.hold(db, mandate.organisation_id)
    db.refresh(mandate)
    if mandate.state != State.ACTIVE or now >= mandate.valid_until:
        return None
    known = of(db, mandate)
    if known is not None:
        return known
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    letter = Letter(
        mandate_id=mandate.id,
        version=mandate.version,
        terms=terms(mandate),
        code_digest=digest(code),
        issued_by=person_id,
        issued_at=now,
    )
    db.add(letter)
    letter.code = code
    db.flush()
    states.record(db, events.LetterIssued, mandate, now, by=person_id)
    return letter


def find(db: Session, typed: str) -> Letter | None:
    """The letter of a code, however it was typed."""
    code = "".join(c for c in typed.upper() if c.isalnum()).translate(LOOK_ALIKES)
    if len(code) != LENGTH:
        return None
    return db.scalar(select(Letter).where(Letter.code_digest == digest(code)))


def judge(db: Session, prepared: Prepared, letter: Letter, now: datetime) -> Answer:
    """Whether what the letter says holds at this moment, by the rules that hold for acting."""
    mandate = db.get_one(Mandate, letter.mandate_id)
    agent = mandate.agent_person_id
    if agent is None and mandate.agent_organisation_id is not None:
        agent = db.get_one(Organisation, mandate.agent_organisation_id).representative_id
    if agent is None:
        return Answer.ENDED
    known = holdings.towards(prepared, agent, mandate.organisation_id, now)
    ways = [one for one in known.towards(mandate.organisation_id) if one.outer.id == mandate.id]
    if not any(rules.stands(one, known.sides, now) is Reason.ALLOWED for one in ways):
        return Answer.ENDED
    return Answer.VALID if is_of(letter, mandate) else Answer.CHANGED


def spelled(code: str) -> str:
    """A code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
