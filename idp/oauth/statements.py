"""Signed identity statements: what was verified, for one matter and purpose, to be filed with the case.

For systems that people never sign in to (R0-12). A statement outlives the session it was made in; it is no
token: it has a type of its own, opens nothing, and no endpoint of ours takes it. Our published keys verify it
as long as it lives, for it lives no longer than a retired key is kept.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients.metadata import Client
from idp.crypto import jose
from idp.evidence import levels
from idp.keys.rotation import KEPT
from idp.oauth import liveness
from idp.oauth.collaborators import OAuth
from idp.oauth.models import Authorization
from idp.organisations.models import Organisation
from idp.persons.models import Person, PersonStatus
from idp.storage.prepared import Prepared

TYPE = "identity-statement+jwt"
LONGEST = KEPT
ALG = "ES256"
MOST_LOOKED_AT = 20
"""Of the authorizations one subject has at one client, the newest."""


def signed(
    oauth: OAuth,
    client: Client,
    matter: str,
    purpose: str,
    said: Mapping[str, Any],
    lasts: timedelta,
    now: datetime,
) -> tuple[str, str]:
    """The statement and its id."""
    statement_id = secrets.token_urlsafe(16)
    claims = {
        "iss": oauth.issuer,
        "aud": client.id,
        "iat": int(now.timestamp()),
        "exp": int((now + min(lasts, LONGEST)).timestamp()),
        "jti": statement_id,
        "matter": matter,
        "purpose": purpose,
        **said,
    }
    return jose.sign(claims, oauth.keyring.signing(ALG), TYPE), statement_id


def about_question(key: str) -> dict[str, str]:
    """
    Which question was confirmed, for whoever has it before them: a salted SHA-256 of it.

    The number itself is not repeated in a text that is copied and filed.
    """
    salt = secrets.token_urlsafe(16)
    return {"salt": salt, "sha256": sha256(f"{salt}\0{key}".encode()).hexdigest()}


def about_subject(
    db: Session, prepared: Prepared, client: Client, sub: str, now: datetime
) -> tuple[Person, dict[str, Any]] | None:
    """
    What may be said of somebody who is signed in to this client; None without a living authorization.

    Alive as for every token: the session has not ended, and whoever acts for an organisation still may. A
    statement outlives both, so it is not begun after either.
    """
    query = select(Authorization).where(
        Authorization.client_id == client.id, Authorization.sub == sub, Authorization.ended_at.is_(None)
    )
    newest = db.scalars(query.order_by(Authorization.created_at.desc()).limit(MOST_LOOKED_AT))
    alive = (
        one for one in newest if liveness.level_if_alive(prepared, one.id, client.id, "", now) is not None
    )
    found = next(alive, None)
    person = db.get(Person, found.person_id) if found else None
    if found is None or person is None or person.status != PersonStatus.ACTIVE:
        return None
    said: dict[str, Any] = {
        "sub": sub,
        "level": f"ial{levels.identity_level(db, person.id, now)}.aal{found.aal}",
        "auth_time": int(found.authenticated_at.timestamp()),
    }
    if found.organisation_id is not None:
        organisation = db.get_one(Organisation, found.organisation_id)
        said["organisation"] = {"credit_code": organisation.credit_code, "name": organisation.name}
        said["act"] = {"sub": found.act_sub}
    elif "profile" in found.scopes:
        said["name"] = person.name
    return person, said
