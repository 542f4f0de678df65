"""Authenticator apps of people in the sandbox, whose seeds anybody may have: tools can show their codes."""

from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from idp import clock
from idp.authenticators import totp

HOLDERS = frozenset({"man"})
"""Personas with an app from the beginning; it is asked for where a service wants two factors."""


def settle(db: Session, person_id: UUID, told: str) -> str:
    """The seed that was told before, or that of a new app; empty if they have taken one of their own."""
    app = totp.of(db, person_id)
    if app is not None:
        return told if app.seed == told else ""
    seed = pyotp.random_base32()
    totp.enrol(db, person_id, seed, 0, "", clock.now())
    return seed
