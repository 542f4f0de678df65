"""What a person's own pages share: who they are, the tokens of their forms, the names of services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import wizards
from idp.account.stay import stay
from idp.clients.metadata import Client, client_of
from idp.clients.models import ClientRow, ClientStatus
from idp.evidence import levels
from idp.notices import inbox
from idp.persons import hold, pending
from idp.persons.models import Person, Realm
from idp.services import current
from idp.web import csrf, languages, showing
from idp.web.pages import Me, render
from idp.web.request_scope import now
from idp.web.signed_in import who

SIGN_OUT = "sign-out"


@dataclass(frozen=True)
class Standing:
    """How well a person is known at this moment, and whether that is about to change."""

    level: int
    pending: bool


def show(template: str, *, status: int = 200, **values: Any) -> Response:
    """One of the person's own pages."""
    with current().database.reading() as db:
        me = me_of(db)
    values.setdefault("ui_locales", wizards.ui_locales(wizards.asked_interaction()))
    return render(template, status=status, me=me, stay=stay(), connects=True, **values)


def me_of(db: Session) -> Me:
    """The person of this request, as their pages greet them."""
    user = who()
    person = db.get_one(Person, user.person_id)
    return Me(
        name=person.name or person.login_name or (wizards.masked(person.phone) if person.phone else ""),
        level=max(1, levels.identity_level(db, person.id, now())),
        sign_out_token=csrf.form_token(current().csrf_key, user.session_id.hex, SIGN_OUT),
        sign_out_url="/sign-out",
        unread=inbox.unread(db, person.id),
        has_phone=person.phone is not None,
    )


def held_until(db: Session) -> datetime | None:
    """Until when important changes wait for the person of this request; None when they need not."""
    return hold.until(db.get_one(Person, who().person_id), now())


def entrances(db: Session) -> list[Client]:
    """The services that citizens may enter and that have a page of their own to begin at."""
    rows = db.scalars(select(ClientRow).where(ClientRow.status == ClientStatus.ONLINE))
    return [one for one in map(client_of, rows) if one.homepage and Realm.CITIZEN in one.realms]


def standing(db: Session) -> Standing:
    """The level of the person of this request."""
    person_id = who().person_id
    return Standing(levels.identity_level(db, person_id, now()), pending.is_waiting(db, person_id))


def token(step: str) -> str:
    """The token of a form on an own page, bound to the session."""
    return csrf.form_token(current().csrf_key, who().session_id.hex, f"account.{step}")


def token_fits(step: str) -> bool:
    """Whether the posted form was shown in this session."""
    posted = request.form.get("csrf_token")
    return csrf.token_matches(posted, current().csrf_key, who().session_id.hex, f"account.{step}")


def service(client_id: str | None) -> Client | None:
    """The client of an id, online or not."""
    return None if client_id is None else current().clients.find(client_id)


def service_name(client_id: str | None) -> str | None:
    """Its name in the reader's language; ids are shown to nobody."""
    client = service(client_id)
    return None if client is None else showing.client_name(client, languages.of_request())
