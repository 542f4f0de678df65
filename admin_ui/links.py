"""Agents whom operators link on paper, at `/admin/links`: what waits, one case and its letter, deciding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from flask import Blueprint, abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from admin_ui import divisions, mandated, papers
from admin_ui.access import HOME, Permission, needs, who
from admin_ui.deciding import Decision, decider
from admin_ui.events import LetterRead
from admin_ui.showing import show
from idp.audit import trail
from idp.mandates import linking, roster, statement
from idp.mandates.linking import LinkRefused
from idp.mandates.models import LinkCase, Mandate, Role, State
from idp.mandates.statement import Terms
from idp.organisations.models import Organisation
from idp.organisations.reviews import Decider
from idp.services import current
from idp.web import languages
from idp.web.request_scope import now

bp = Blueprint("links", __name__, url_prefix=f"{HOME}/links")
PAGE = f"{HOME}/links"
LATELY = timedelta(days=30)
READ = Permission.READ_ORGANISATIONS
DECIDE = Permission.DECIDE_CASES


@dataclass(frozen=True)
class Case:
    """A case as the pages show it."""

    id: UUID
    organisation: Organisation
    mandate: mandated.Row
    opened_by: str
    opened_at: datetime
    is_own: bool
    """Whether the administrator who looks has opened it."""
    reason: str
    grade: str
    media_type: str
    digest: str
    settled_at: datetime | None
    settled_by: str
    second_reason: str

    @property
    def waits(self) -> bool:
        """Whether a second operator must still decide."""
        return self.settled_at is None


@bp.get("")
@needs(READ)
def cases() -> ResponseReturnValue:
    """What waits, and what was decided of late."""
    begins = divisions.seen_by(who(), READ)
    with current().database.reading() as db:
        return show(
            "links",
            waiting=_shown(db, linking.undecided(db, begins)),
            decided=_shown(db, linking.decided(db, begins, now() - LATELY)),
            may_open=who().may(Permission.OPEN_CASES),
        )


@bp.get("/<uuid:case_id>")
@needs(READ)
def see(case_id: UUID) -> ResponseReturnValue:
    """One case: the sentence, the letter, who decided what."""
    with current().database.reading() as db:
        return _page(db, "link", found(db, case_id, READ))


@bp.get("/<uuid:case_id>/letter")
@needs(DECIDE)
def letter(case_id: UUID) -> ResponseReturnValue:
    """The letter itself; that somebody looked is recorded."""
    with current().database.writing() as db:
        case = found(db, case_id, DECIDE)
        content = linking.content_of(current().vault, case)
        if content is None:
            abort(404)
        trail.record(db, _reading(case))
        return papers.shown(content, case.media_type, case.file_sha256)


@bp.route("/<uuid:case_id>/approve", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def approve(case_id: UUID) -> ResponseReturnValue:
    """Be the second pair of eyes, which have looked at the letter and at the agent's document."""
    return _decide(case_id, "link_approve", linking.approve)


@bp.route("/<uuid:case_id>/refuse", methods=["GET", "POST"])
@needs(DECIDE, fresh=True)
def refuse(case_id: UUID) -> ResponseReturnValue:
    """Say no; whoever opened it may, too."""
    return _decide(case_id, "link_refuse", linking.refuse)


def _decide(
    case_id: UUID, page: str, rule: Callable[[Session, UUID, Decider, str, datetime], object]
) -> ResponseReturnValue:
    form = Decision(request.form)
    with current().database.reading() as db:
        case = found(db, case_id, DECIDE)
        if request.method == "GET":
            return _page(db, page, case, form=form)
        if not form.validate():
            return _page(db, page, case, form=form, status=400)
        if rule is linking.approve and (unseen := _unseen(db, case)):
            return _page(db, page, case, form=form, refusal=unseen, status=409)
    try:
        with current().database.writing() as db:
            rule(db, case_id, decider(db), form.reason.data, now())
    except LinkRefused as refused:
        with current().database.reading() as db:
            case = found(db, case_id, DECIDE)
            return _page(db, page, case, form=form, refusal=f"link_{refused.reason}", status=409)
    return redirect(f"{PAGE}/{case_id}", 303)


def _unseen(db: Session, case: LinkCase) -> str:
    """What the second operator has not looked at; the first has had both in hand, and may not approve."""
    if case.opened_by == who().person_id:
        return ""
    if not papers.was_opened(db, _reading(case), case.opened_at):
        return "link_unread"
    return "" if papers.was_compared(db, str(case.id), case.opened_at) else "link_uncompared"


def _reading(case: LinkCase) -> LetterRead:
    return LetterRead(case=str(case.id), digest=case.file_sha256)


def found(db: Session, case_id: UUID, permission: Permission) -> LinkCase:
    """A case of the administrator's own part of the country; anything else is not there."""
    case = db.get(LinkCase, case_id)
    if case is None or not divisions.sees(who(), permission, case.division):
        abort(404)
    return case


def _shown(db: Session, found: Sequence[LinkCase]) -> list[Case]:
    mandates = [db.get_one(Mandate, case.mandate_id) for case in found]
    rows = mandated.rows(db, mandates, languages.of_request())
    staff = roster.people(db, [*(case.opened_by for case in found), *(case.approved_by for case in found)])
    companies = roster.organisations(db, (one.organisation_id for one in mandates))
    return [
        Case(
            id=case.id,
            organisation=companies[mandate.organisation_id],
            mandate=row,
            opened_by=staff.get(case.opened_by, "") if case.opened_by else "",
            opened_at=case.opened_at,
            is_own=case.opened_by == who().person_id,
            reason=case.reason,
            grade=case.grade,
            media_type=case.media_type,
            digest=case.file_sha256,
            settled_at=case.settled_at,
            settled_by=staff.get(case.approved_by, "") if case.approved_by else "",
            second_reason=case.second_reason,
        )
        for case, mandate, row in zip(found, mandates, rows, strict=True)
    ]


def _page(
    db: Session,
    page: str,
    case: LinkCase,
    *,
    form: Decision | None = None,
    refusal: str = "",
    status: int = 200,
) -> Response:
    (one,) = _shown(db, [case])
    mandate = db.get_one(Mandate, case.mandate_id)
    names = roster.names(db, [mandate.scope])
    terms = Terms(one.organisation.name, Role.AGENT, mandate.scope, mandate.valid_until)
    return show(
        page,
        status=status,
        case=one,
        form=form,
        refusal=refusal,
        sentence=statement.sentence(terms, names, languages.CHINESE, one.mandate.agent),
        sentence_in_english=statement.sentence(terms, names, "en", one.mandate.agent),
        may_decide=divisions.sees(who(), DECIDE, case.division),
        cools=mandate.state == State.COOLING,
        url=f"{PAGE}/{case.id}",
        action=request.path,
    )
