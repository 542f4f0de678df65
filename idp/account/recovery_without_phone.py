"""A forgotten password without the phone: a recovery code or an app's code, and the person's own document.

Everything is judged together, under the counters of every guess, and nothing says which part was wrong or
whether there is an account.
"""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import documents, recovery, wizards
from idp.account.records import Recovery
from idp.account.recovery import WIZARD
from idp.authenticators import guesses, recovery_codes, throttle, totp
from idp.authenticators.throttle import Wait
from idp.persons import belongings, checking, lookup
from idp.persons.claim import Claim
from idp.persons.models import Person
from idp.services import current
from idp.storage.base import new_id
from idp.web import forms
from idp.web.pages import render
from idp.web.request_scope import may_enter, now, source

bp = Blueprint("recovery_without_phone", __name__, url_prefix="/recover/without-phone")
STEP = "without-phone"


@dataclass(frozen=True)
class Matched:
    """Whose password may be set, and by which kind of code (`amr`)."""

    person_id: UUID
    means: frozenset[str]


@bp.get("")
def ask() -> ResponseReturnValue:
    """Ask for the login, the document and one code."""
    return _page(forms.RecoveryWithoutPhone(), "")


@bp.post("")
def judge() -> ResponseReturnValue:
    """Go on to the new password if everything is right; any fault is one answer."""
    form = forms.RecoveryWithoutPhone(request.form)
    if not WIZARD.token_fits(WIZARD.handle, STEP):
        return _page(form, "form_stale", 400)
    claim = documents.read(form)
    if claim is None:
        return _page(form, "", 400)
    found = matching(form.login.data, claim, form.code.data)
    if isinstance(found, Wait):
        return _page(form, "throttled", 429)
    if found is None:
        return _page(form, "recovery_mismatch")
    return WIZARD.keep(WIZARD.to("password"), go_on(found, wizards.asked_interaction()))


def matching(login: str, claim: Claim, code: str) -> Matched | Wait | None:
    """Who this is, if login, document and code belong to one person; the same work is done for strangers."""
    services = current()
    who = lookup.who(services.vault, lookup.read(login, now()))
    wait = throttle.pace(services.state, source(), "recover", services.limits) or throttle.admit(
        services.state, f"recover|{who}", source(), services.limits
    )
    if wait is not None:
        return wait
    with services.database.reading() as db:
        person = lookup.by_login(db, services.vault, login, now())
        theirs = belongings.is_theirs(db, person, claim)
        able = theirs and person is not None and may_enter(person)
        person_id = person.id if person is not None and able else new_id()
    limit = services.settings.limit_verifications_per_day
    matches = checking.compare(services.state, services.vault, claim, able, asker=who, limit=limit, now=now())
    codes = guesses.of_person(services.state, f"totp|{person_id.hex}", source(), totp.WRONG_A_DAY, now())
    guess = guesses.admit((codes,))
    with services.database.writing() as db:
        means = totp.AMR if totp.accept(db, person_id, code, now()) else frozenset[str]()
        if not means and recovery_codes.spend(db, services.vault, person_id, code, now()):
            means = recovery_codes.AMR
    return Matched(person_id, means) if means and guess is not None and matches is True else None


def go_on(found: Matched, interaction: str | None) -> str:
    """From here on it is the recovery that everybody knows: a new password. Gives its handle."""
    with current().database.reading() as db:
        phone = db.get_one(Person, found.person_id).phone or ""
    record = Recovery(
        phone=phone,
        locale=wizards.language(interaction),
        started_at=now(),
        code_sent_at=now(),
        interaction=interaction,
        phone_proven=True,
        means=found.means,
    )
    return WIZARD.records.add(recovery.begun(record, found.person_id))


def _page(form: forms.RecoveryWithoutPhone, refusal: str, status: int = 200) -> Response:
    handle, interaction = WIZARD.begin(), wizards.asked_interaction()
    page = render(
        "recover/without_phone.html",
        status=status,
        form=form,
        refusal=refusal,
        phone_url=f"/recover{wizards.carried(interaction)}",
        csrf_token=WIZARD.token(handle, STEP),
        action=f"/recover/without-phone{wizards.carried(interaction)}",
        **documents.choices(),
        **wizards.surroundings(interaction),
    )
    return WIZARD.keep(page, handle)
