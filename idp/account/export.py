"""Taking home everything that is kept of oneself (PIPL Art. 45): JSON for programs, HTML for reading."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import partial

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from sqlalchemy import select
from werkzeug.wrappers import Response

from idp import clock
from idp.account import documents, everything, own, timeline
from idp.account.everything import Sections
from idp.account.methods.guard import freshly_proven
from idp.audit import trail
from idp.audit.events import DataExported
from idp.consents import texts
from idp.moving.models import ImportSource
from idp.notices.telling import keep
from idp.persons import hold
from idp.persons.models import Person
from idp.services import current
from idp.sign_in import arrivals, upstreams
from idp.web import downloads, languages
from idp.web.request_scope import now
from idp.web.signed_in import who

bp = Blueprint("export", __name__, url_prefix="/account/export")
PAGE = "/account/export"
STEP = "export"
FORMATS = {"json": "application/json", "html": "text/html; charset=utf-8"}


@bp.get("")
@freshly_proven
def offer() -> ResponseReturnValue:
    """Say what the file holds, and until when it waits."""
    return _page("")


@bp.post("")
@freshly_proven
def export() -> ResponseReturnValue:
    """Make the file, and record that it was made."""
    kind = request.form.get("format", "")
    if not own.token_fits(STEP):
        return _page("form_stale", 400)
    if kind not in FORMATS:
        return _page("choose_one", 400)
    if _held_until():
        return _page("held")
    person_id = who().person_id
    with current().database.reading() as db:
        sections = everything.of_person(db, person_id)
    with current().database.writing() as db:
        trail.record(db, DataExported(person_id=person_id, session_id=who().session_id, kind=kind))
        keep(db, person_id, "data.exported", now())
    body = _as_json(sections) if kind == "json" else _as_page(sections, _systems())
    return downloads.attachment(body, f"yitong-{clock.day(now())}.{kind}", FORMATS[kind])


def _as_json(sections: Sections) -> bytes:
    whole = {"issuer": current().settings.issuer, "made_at": now(), **sections}
    return json.dumps(whole, default=everything.written, ensure_ascii=False, indent=1).encode()


def _as_page(sections: Sections, systems: Mapping[str, str]) -> bytes:
    """One file that opens without us: its style is inside, and it has no scripts and no links."""
    language = languages.of_request()
    with force_locale(languages.LOCALES[language]):
        page = render_template(
            "account/everything.html",
            language=language,
            sections=sections,
            made_at=now(),
            is_moment=partial(_is, datetime),
            service_name=own.service_name,
            claims_of=timeline.claims_of,
            text_title=partial(_text_title, language),
            elsewhere=partial(_elsewhere, systems),
            country_name=documents.country_name,
            languages=languages.LANGUAGES,
        )
    return page.encode()


def _systems() -> Mapping[str, str]:
    """What people call the older systems that accounts came from, by code."""
    with current().database.reading() as db:
        return {source.code: source.name for source in db.scalars(select(ImportSource))}


def _elsewhere(systems: Mapping[str, str], code: str) -> str:
    desk = arrivals.federation()
    return systems.get(code) or (upstreams.title(desk, code) if desk else code)


def _text_title(language: str, key: str) -> str | None:
    text = texts.TEXTS.get(key)
    return text.title_in(language) if text else None


def _is(kind: type, value: object) -> bool:
    return isinstance(value, kind)


def _held_until() -> datetime | None:
    with current().database.reading() as db:
        return hold.until(db.get_one(Person, who().person_id), now())


def _page(refusal: str, status: int = 200) -> Response:
    return own.show(
        "account/export.html",
        status=status,
        refusal=refusal,
        held_until=_held_until(),
        csrf_token=own.token(STEP),
        action=PAGE,
    )
