"""这不是我: somebody else was here. End everything at once, then go through what to look at."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.account import own
from idp.account.ending import end_everything
from idp.audit import trail
from idp.audit.events import IntrusionReported
from idp.notices.models import Notice
from idp.notices.telling import tell
from idp.services import current
from idp.sessions import devices
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("not_me", __name__, url_prefix="/account/not-me")
TOPIC = "intrusion.reported"
CHECKLIST = (
    ("password", "/account/security/password"),
    ("methods", "/account/methods"),
    ("profile", "/account/profile"),
    ("consents", "/account/consents"),
    ("activity", "/account/activity"),
    ("call", ""),
)
"""What to look at afterwards, and where."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def ask() -> ResponseReturnValue:
    """Say what will happen."""
    return own.show("account/not_me.html", csrf_token=own.token("not-me"), action="/account/not-me")


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def end() -> ResponseReturnValue:
    """Everybody is out but this browser: sessions, what portals were given, offline access too."""
    if not own.token_fits("not-me"):
        return redirect("/account/not-me", 303)
    user, here = who(), current().cookies.device(request.environ)
    with current().database.writing() as db:
        end_everything(db, user.person_id, TOPIC, now(), but=user.session_id)
        devices.forget(db, user.person_id, but=here)
        trail.record(db, IntrusionReported(person_id=user.person_id, session_id=user.session_id))
        tell(db, user.person_id, TOPIC, now())
    return redirect("/account/not-me/checklist", 303)


@bp.get("/checklist")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def checklist() -> ResponseReturnValue:
    """What to look at now, with what was ticked before."""
    with current().database.reading() as db:
        report = _report(db)
        ticked = frozenset(report.details.get("ticked", ())) if report else frozenset()
    if report is None:
        return redirect("/account/not-me", 303)
    return own.show(
        "account/not_me_checklist.html",
        points=[(name, url, name in ticked) for name, url in CHECKLIST],
        saved="saved" in request.args,
        done=len(ticked) == len(CHECKLIST),
        csrf_token=own.token("not-me"),
        action="/account/not-me/checklist",
    )


@bp.post("/checklist")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def tick() -> ResponseReturnValue:
    """Remember what has been looked at."""
    names = {name for name, _ in CHECKLIST}
    if own.token_fits("not-me"):
        with current().database.writing() as db:
            report = _report(db)
            if report is not None:
                report.details = {"ticked": sorted(names & set(request.form.getlist("ticked")))}
                return redirect("/account/not-me/checklist?saved=yes", 303)
    return redirect("/account/not-me/checklist", 303)


def _report(db: Session) -> Notice | None:
    """The last time this person said so."""
    return db.scalar(
        select(Notice)
        .where(Notice.person_id == who().person_id, Notice.topic == TOPIC)
        .order_by(Notice.at.desc())
        .limit(1)
    )
