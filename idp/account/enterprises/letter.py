"""授权委托书 to print: in Chinese with English below, with the code by which anybody verifies it."""

from uuid import UUID

import segno
from flask import Blueprint, abort, redirect
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST, Acting
from idp.mandates import letters, roster, statement
from idp.mandates.models import Letter, Mandate, Role, State
from idp.organisations.models import Organisation
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint(
    "letter", __name__, url_prefix=f"{LIST}/<uuid:organisation_id>/mandates/<uuid:mandate_id>/letter"
)
VERIFY = "/verify/mandate"


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def show(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """The letter; or, before one was made of this version, the button that makes it."""
    with current().database.reading() as db:
        here, mandate = _found(db, organisation_id, mandate_id)
        letter = letters.of(db, mandate)
        agent = roster.agents(db, [mandate])[mandate.id]
        names, terms = acting.names_of(db, mandate), acting.terms_of(here.organisation, mandate)
        agency = mandate.agent_organisation_id and db.get_one(Organisation, mandate.agent_organisation_id)
        code, picture = _code(letter) if letter else ("", None)
    url = f"{here.url}/mandates/{mandate.id}"
    return own.show(
        "account/enterprises/letter.html",
        organisation=here.organisation,
        agent=agent,
        agency_code=agency.credit_code if agency else "",
        role=Role(mandate.role),
        sentence=statement.sentence(terms, names, agent=agent.name),
        sentence_in_english=statement.sentence(terms, names, "en", agent.name),
        last_day=statement.last_day(mandate.valid_until),
        signed_at=mandate.signed_at,
        accepted_at=mandate.accepted_at,
        letter=letter,
        verify_url=f"{current().settings.issuer}{VERIFY}",
        csrf_token=own.token(f"letter|{mandate.id}"),
        action=f"{url}/letter",
        back_url=url,
        code=code,
        picture=picture,
    )


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def issue(organisation_id: UUID, mandate_id: UUID) -> ResponseReturnValue:
    """Make it."""
    with current().database.writing() as db:
        here, mandate = _found(db, organisation_id, mandate_id)
        if own.token_fits(f"letter|{mandate.id}") and not letters.issue(db, mandate, who().person_id, now()):
            abort(404)
    return redirect(f"{here.url}/mandates/{mandate_id}/letter", 303)


def _found(db: Session, organisation_id: UUID, mandate_id: UUID) -> tuple[Acting, Mandate]:
    """A mandate in force, for its agent and those who administer the organisation."""
    here = acting.acting_for(db, organisation_id)
    mandate = acting.mandate_of(db, here, mandate_id)
    if mandate.state != State.ACTIVE or mandate.role == Role.REPRESENTATIVE:
        abort(404)
    return here, mandate


def _code(letter: Letter) -> tuple[str, Markup]:
    """The code as text, and the address that fills it in as a picture: its fragment reaches no server."""
    spelled = letters.spelled(letter.code or "")
    picture = segno.make(f"{current().settings.issuer}{VERIFY}#{spelled}", error="m")
    return spelled, Markup(picture.svg_inline(omitsize=True, border=2))  # noqa: S704 – made here, of modules only
