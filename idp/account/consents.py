"""What the person was told or agreed to, a receipt of each act, and taking it back (PIPL Art. 15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account import own
from idp.account.ending import end_authorizations
from idp.clients.metadata import GOVERNMENT
from idp.clients.scopes import SCOPES
from idp.consents import rules, texts
from idp.consents.models import Consent, ConsentKind
from idp.consents.texts import Text
from idp.persons.models import Person
from idp.services import current
from idp.sessions import logout
from idp.web import languages, showing
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("consents", __name__, url_prefix="/account/consents")


@dataclass(frozen=True)
class ConsentShown:
    """One act of agreeing or being told."""

    id: UUID
    client_id: str | None
    service: str | None
    department: str | None
    kind: str
    claims: list[str]
    purpose: str
    at: datetime
    withdrawn_at: datetime | None
    text: Text
    text_version: str
    superseded_at: datetime | None
    """A later act towards the same service took over what was agreed."""
    shared_subject: bool
    """Whether the service knows the person by the subject that all government departments share."""


@dataclass(frozen=True)
class Towards:
    """What was said to one service, or to the platform itself (`client_id` None), the latest first."""

    client_id: str | None
    acts: list[ConsentShown]

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether anything in force was agreed to; what was merely told stays."""
        agreed = (act for act in self.acts if act.kind != ConsentKind.NOTICE)
        return self.client_id is not None and any(act.withdrawn_at is None for act in agreed)


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def consents() -> ResponseReturnValue:
    """List them, the latest first; what a newer act took over is not repeated."""
    query = (
        select(Consent)
        .where(Consent.person_id == who().person_id, Consent.superseded_at.is_(None))
        .order_by(Consent.at.desc(), Consent.id.desc())
    )
    with current().database.reading() as db:
        rows = [_shown(consent) for consent in db.scalars(query)]
    return own.show(
        "account/consents.html",
        services=[one for one in by_service(rows) if one.client_id],
        platform=[row for row in rows if row.client_id is None],
        printed_at=now(),
        csrf_token=own.token("consents"),
        action="/account/consents",
    )


def by_service(rows: Sequence[ConsentShown]) -> list[Towards]:
    """The acts by whom they were towards; who heard of the person last comes first."""
    found: dict[str | None, Towards] = {}
    for row in rows:
        found.setdefault(row.client_id, Towards(row.client_id, [])).acts.append(row)
    return list(found.values())


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def withdraw() -> ResponseReturnValue:
    """Take back what was agreed towards one client, and end what that gave it; notices stay."""
    client_id, person_id = request.form.get("withdraw", ""), who().person_id
    if own.token_fits("consents"):
        with current().database.writing() as db:
            agreed = {consent.kind for consent in rules.current(db, person_id, client_id)}
            if agreed - {ConsentKind.NOTICE}:
                ended = end_authorizations(db, person_id, "consent_withdrawn", now(), client_id)
                rules.withdraw(db, person_id, client_id, now(), ended)
                logout.dismiss(db, person_id, client_id)
    return redirect("/account/consents", 303)


@bp.get("/<uuid:consent_id>")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def receipt(consent_id: UUID) -> ResponseReturnValue:
    """One act as a receipt: who, what for, which data, when, and the very text, if it is still the same."""
    with current().database.reading() as db:
        consent = db.get(Consent, consent_id)
        if consent is None or consent.person_id != who().person_id:
            abort(404)
        shown, digest, channel = _shown(consent), consent.text_digest, consent.channel
        earlier = [_shown(one) for one in _towards(db, consent)]
        person = db.get_one(Person, who().person_id)
        name = person.name or person.login_name or ""
    return own.show(
        "account/receipt.html",
        consent=shown,
        earlier=earlier,
        name=name,
        digest=digest,
        channel=channel,
        wording=_wording(shown, digest),
        printed_at=now(),
    )


def _towards(db: Session, consent: Consent) -> Sequence[Consent]:
    """Every other act towards the same service, latest first."""
    query = select(Consent).where(
        Consent.person_id == consent.person_id,
        Consent.client_id == consent.client_id,
        Consent.id != consent.id,
    )
    return db.scalars(query.order_by(Consent.at.desc())).all() if consent.client_id else []


def _wording(shown: ConsentShown, digest: str) -> list[tuple[str, str | list[str]]]:
    """The Chinese wording, which is the one that counts; nothing if it has changed since."""
    key = shown.text.key
    return list(texts.blocks(texts.text(key))) if texts.digest(key) == digest else []


def _shown(consent: Consent) -> ConsentShown:
    client, language = own.service(consent.client_id), languages.of_request()
    chinese = language == languages.CHINESE
    claims = (claim for scope in SCOPES if scope in consent.scopes for claim in SCOPES[scope] or (scope,))
    return ConsentShown(
        id=consent.id,
        client_id=consent.client_id,
        service=own.service_name(consent.client_id),
        department=showing.department_name(client, language) if client else None,
        kind=consent.kind,
        claims=[claim for claim in claims if not claim.endswith("_verified")],
        purpose=(client.purpose if chinese else client.purpose_en) if client else "",
        at=consent.at,
        withdrawn_at=consent.withdrawn_at,
        text=texts.TEXTS[consent.text_key],
        text_version=consent.text_version,
        superseded_at=consent.superseded_at,
        shared_subject=client is not None and client.sector == GOVERNMENT,
    )
