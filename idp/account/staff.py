"""A civil servant's own page at `/staff`: who they are here, their second factors, signing out. No more."""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.account import staff_passkeys, wizards
from idp.account.sign_in import OwnPages
from idp.account.staff_guard import also_proven, for_staff, freshly, page, token, token_fits
from idp.assurance import Level
from idp.authenticators import recovery_codes, throttle, totp
from idp.departments.models import Department
from idp.interaction.record import Demand, Interaction
from idp.persons import local_staff, staff
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.models import SignInSession
from idp.web import forms, languages, seeds, showing, signed_out
from idp.web.pages import keep_choices
from idp.web.request_scope import now, signed_in, source
from idp.web.signed_in import local_path
from idp.windows import operators

bp = Blueprint("staff", __name__, url_prefix="/staff")


class StaffPages(OwnPages):
    """A civil servant's own page, as the interaction calls it back."""

    def restart(self, interaction: Interaction) -> str:
        """The same wish once more."""
        return f"/staff/sign-in?{urlencode({'next': local_path(interaction.request.get('next'))})}"


@bp.get("/sign-in")
def begin() -> ResponseReturnValue:
    """Begin an interaction of the staff realm; whoever is signed in goes on, unless asked `again`."""
    wanted, again = local_path(request.args.get("next", "/staff")), "again" in request.args
    with current().database.reading() as db:
        if not again and signed_in(db, Realm.STAFF) is not None:
            return redirect(wanted, 303)
    prompt = frozenset({"login"}) if again else frozenset()
    demand = Demand(level=Level(aal=staff.LEAST_AAL), prompt=prompt, realms=(Realm.STAFF,))
    interaction = Interaction(demand, "staff", {"next": wanted}, now(), realm=Realm.STAFF)
    handle = current().interactions.add(interaction)
    response = redirect(f"/interaction/{handle}", 303)
    response.headers.add("Set-Cookie", current().cookies.keep_interaction(handle))
    return keep_choices(response)


@bp.get("")
@for_staff
def home() -> ResponseReturnValue:
    """Who they are here."""
    waits = wizards.asked_interaction()
    with current().database.reading() as db:
        person = db.get_one(Person, g.staff_person)
        known = staff.of(db, person.id)
        return page(
            "home",
            name=person.name,
            login=known.login if known else "",
            in_directory=known is not None and not local_staff.is_local(known),
            is_linked=known is not None and known.citizen_id is not None,
            post=known.post if known else "",
            department=_department(db, known.department_id) if known else None,
            codes_left=recovery_codes.left(db, person.id),
            passkeys=staff_passkeys.shown(db, person.id),
            add_url=staff_passkeys.add_url(db, person.id),
            is_operator=operators.of_person(db, person.id) is not None,
            interaction_url=f"/interaction/{waits}" if waits else None,
            tokens={step: token(step) for step in ("sign-out", "codes")},
        )


@bp.post("/sign-out")
@for_staff
def sign_out() -> ResponseReturnValue:
    """End the session of this realm, and no other."""
    if not token_fits("sign-out"):
        return redirect("/staff", 303)
    with current().database.writing() as db:
        lifecycle.end(db, [db.get_one(SignInSession, g.staff_session)], lifecycle.SIGNED_OUT, now())
    last = signed_out.page(g.staff_session, "/staff/sign-in")
    last.headers.add("Set-Cookie", current().cookies.forget_session(Realm.STAFF))
    return last


@bp.post("/recovery-codes")
@freshly
def renew_codes() -> ResponseReturnValue:
    """Ten new ones; those before are worth nothing any more."""
    if not token_fits("codes"):
        return redirect("/staff", 303)
    with current().database.writing() as db:
        codes = recovery_codes.renew(db, current().vault, g.staff_person, now())
        known = staff.of(db, g.staff_person)
    whose = showing.masked_login(known.login) if known else ""
    return page("codes", codes=codes, made_at=now(), whose=whose)


@bp.route("/app", methods=["GET", "POST"])
@freshly
def replace_app() -> ResponseReturnValue:
    """Another authenticator app in place of the one before."""
    form = forms.AppCode(request.form)
    if request.method == "GET":
        return _app_page(form, "")
    if not token_fits("app") or not form.validate():
        return _app_page(form, "" if form.errors else "form_stale", 400)
    services, person_id = current(), g.staff_person
    if throttle.admit(services.state, f"totp-new|{person_id.hex}", source(), services.limits):
        return _app_page(form, "throttled", 429)
    seed = _seed()
    step = totp.step_of(seed, form.code.data, now())
    if step is None:
        forms.refuse(form.code, "totp_wrong")
        return _app_page(form, "", 400)
    with services.database.writing() as db:
        totp.enrol(db, person_id, seed, step, "", now())
        cookie = also_proven(db, totp.AMR)
    response = redirect("/staff", 303)
    response.headers.add("Set-Cookie", cookie)
    return response


def _seed() -> str:
    with current().database.reading() as db:
        return totp.offered(db, current().vault, g.staff_person, g.staff_session)


def _app_page(form: forms.AppCode, refusal: str, status: int = 200) -> Response:
    with current().database.reading() as db:
        known = staff.of(db, g.staff_person)
        login = known.login if known else ""
    shown = seeds.shown(_seed(), current().settings.name, login)
    return page("app", status, form=form, refusal=refusal, csrf_token=token("app"), **shown)


def _department(db: Session, department_id: Any) -> str | None:
    department = db.get(Department, department_id) if department_id else None
    if department is None:
        return None
    english = None if languages.of_request() == languages.CHINESE else department.name_en
    return english or department.name
