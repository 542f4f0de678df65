"""Who says they act for an enterprise, at `/admin/imports/claims`: they knew a login it shared elsewhere.

A claim is settled by a mandate, which two operators may make on paper (`links`), or closed with a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_ui import citizens, deciding, divisions, joining
from admin_ui.access import HOME, Me, Permission, needs, who
from admin_ui.citizens import Citizen
from admin_ui.deciding import Decision
from admin_ui.joining import OPEN
from admin_ui.showing import show
from idp.moving import claims
from idp.moving.claims import ClaimRefused, Waiting
from idp.moving.models import ImportedAccount, ImportedClaim, ImportSource
from idp.organisations.models import Organisation
from idp.services import current
from idp.web.request_scope import now

bp = Blueprint("claims", __name__, url_prefix=f"{HOME}/imports/claims")
PAGE = f"{HOME}/imports/claims"
READ = Permission.READ_ORGANISATIONS


@dataclass(frozen=True)
class Claim:
    """One claim as the pages show it."""

    person: Citizen
    source: str
    at: datetime
    close_url: str


@dataclass(frozen=True)
class Claimed:
    """What is claimed of one enterprise."""

    code: str
    organisation: Organisation | None
    """None where it has not registered here."""
    claims: Sequence[Claim]


@bp.get("")
@needs(READ)
def waiting() -> ResponseReturnValue:
    """What nobody has settled or closed, enterprise by enterprise."""
    with current().database.reading() as db:
        found = seen(db, who(), READ)
        return show("claims", claimed=_by_organisation(db, found), may_open=who().may(OPEN), most=claims.MOST)


@bp.route("/<uuid:claimed_account>/<uuid:claimant>/close", methods=["GET", "POST"])
@needs(OPEN, fresh=True)
def close(claimed_account: UUID, claimant: UUID) -> ResponseReturnValue:
    """Find that there is nothing to do, and say why; the claimant is told that it was not recognised."""
    form = Decision(request.form)
    with current().database.reading() as db:
        found = _found(db, claimed_account, claimant)
        if request.method == "GET" or not form.validate():
            return _page(db, found, form, status=200 if request.method == "GET" else 400)
    try:
        with current().database.writing() as db:
            claims.close(db, claimed_account, claimant, deciding.decider(db), form.reason.data, now())
    except ClaimRefused as refused:
        with current().database.reading() as db:
            found = _found(db, claimed_account, claimant)
            return _page(db, found, form, f"claim_{refused.reason}", 409)
    return redirect(PAGE, 303)


def seen(db: Session, me: Me, permission: Permission) -> list[Waiting]:
    """The claims that wait, of an administrator's own part of the country."""
    return claims.waiting(db, divisions.seen_by(me, permission))


def _found(db: Session, account_id: UUID, person_id: UUID) -> Waiting:
    claim, account = db.get(ImportedClaim, (account_id, person_id)), db.get(ImportedAccount, account_id)
    if claim is None or account is None:
        abort(404)
    if not divisions.sees(who(), OPEN, (account.credit_code or "")[2:8]):
        abort(404)
    return claim, account


def _by_organisation(db: Session, found: Sequence[Waiting]) -> list[Claimed]:
    codes = {account.credit_code for _, account in found if account.credit_code}
    query = select(Organisation).where(Organisation.credit_code.in_(codes))
    organisations = {one.credit_code: one for one in db.scalars(query)}
    return [
        Claimed(code, organisations.get(code), [_shown(db, claim, account) for claim, account in group])
        for code, group in groupby(found, key=lambda one: one[1].credit_code or "")
    ]


def _shown(db: Session, claim: ImportedClaim, account: ImportedAccount) -> Claim:
    source = db.get_one(ImportSource, account.source).name
    return Claim(
        citizens.shown(db, claim.person_id),
        source,
        claim.at,
        f"{PAGE}/{claim.account_id}/{claim.person_id}/close",
    )


def _page(db: Session, found: Waiting, form: Decision, refusal: str = "", status: int = 200) -> Response:
    claim, _ = found
    return show(
        "claim_close",
        status=status,
        claimed=_by_organisation(db, [found])[0],
        closed_by=joining.staff_name(db, claim.closed_by),
        form=form,
        refusal=refusal,
        action=request.path,
        back_url=PAGE,
    )
