"""What portals ask about mandates: may this person do this for this organisation now; for whom may they act?

Only about their own matters, only about people they know by a subject of theirs, and every question is kept
with its purpose. A person or organisation that is not known gets the same answer as one without a mandate.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from idp.api import callers
from idp.api.callers import Asked, like
from idp.audit import trail
from idp.clients.matters import own
from idp.clients.metadata import Client
from idp.interaction import capacity
from idp.interaction.record import Wish
from idp.mandates import ending, holdings, rules
from idp.mandates.events import MandateAsked
from idp.mandates.holdings import Holdings
from idp.mandates.rules import Path, Reason, Verdict
from idp.mandates.scope import Act
from idp.matters import catalogue as catalogues
from idp.matters.catalogue import Listed
from idp.matters.models import Action, Matter
from idp.oauth import successors
from idp.oauth.acting import of_organisation
from idp.oauth.models import Subject
from idp.organisations import history
from idp.services import current
from idp.verifications import daily
from idp.web.request_scope import now

bp = Blueprint("api_mandates", __name__, url_prefix="/api/v1/mandates")
SCOPE = "mandates"


class Question(Asked):
    """May this person do this?"""

    sub: str
    matter: str
    action: Action
    purpose: str
    organisation: str | None = None
    project: str | None = None
    region: str | None = None
    amount: int | None = None
    use: bool = False
    """Whether it is done now: a mandate for one act is used up by it."""

    model_config = like(
        {"sub": "3yJ…", "matter": "210100-gjj-004", "action": "apply", "purpose": "受理公积金缴存登记"}
    )


class Whose(Asked):
    """For whom may this person act?"""

    sub: str
    purpose: str

    model_config = like({"sub": "3yJ…", "purpose": "选择办事单位"})


@bp.post("/check")
def check() -> ResponseReturnValue:
    """Answer one question, and keep it."""
    client = callers.caller(SCOPE)
    asked = callers.sent(Question)
    matter = callers.own_matter(client, asked.matter)
    _count(client)
    return callers.answer(_checked(client, asked, matter))


@bp.post("/organisations")
def organisations() -> ResponseReturnValue:
    """List whom somebody may act for in this client's own matters."""
    client = callers.caller(SCOPE)
    asked = callers.sent(Whose)
    _count(client)
    return callers.answer({"organisations": _listed(client, asked)})


def _count(client: Client) -> None:
    """Whatever the answer will be, it is one of today's; raises Refused after the last."""
    services, most = current(), current().settings.limit_client_mandate_questions_per_day
    if daily.admit(services.database, services.state, "mandate", client.id, most, now()) is None:
        raise callers.spent_today(most)


def _checked(client: Client, asked: Question, matter: Listed) -> dict[str, object]:
    person_id = _person(client, asked.sub)
    if person_id is None:
        return _told(Verdict(Reason.NO_MANDATE), None, matter)
    wish = Wish(asked.matter, asked.action, asked.project, asked.region, asked.amount)
    act = capacity.act_of(wish, callers.matters())
    if asked.organisation is None:
        reason = Reason.MATTER_UNKNOWN if act is None else rules.unoffered(act) or Reason.ALLOWED
        return _told(Verdict(reason), None, matter)
    known = holdings.towards_code(current().prepared, person_id, asked.organisation, now())
    verdict = rules.may(known.towards_code(asked.organisation), known.sides, act, now())
    verdict = _used(verdict, asked) if asked.use and verdict.allowed else verdict
    _keep(client, asked, person_id, verdict)
    return _told(verdict, known, matter)


def _used(verdict: Verdict, asked: Question) -> Verdict:
    """Of several at once, one uses up a mandate for one act; the others are late."""
    if verdict.path is None or asked.action is Action.QUERY:
        return verdict
    lowest = (next((power for power in link if power.scope.once), None) for link in verdict.path.links)
    once = [power.id for power in lowest if power is not None]
    if not once:
        return verdict
    with current().database.writing() as db:
        used = ending.use(db, once, asked.matter, now())
    return verdict if used else Verdict(Reason.USED_UP, verdict.path)


def _keep(client: Client, asked: Question, person_id: UUID, verdict: Verdict) -> None:
    """In the trail, and in the history that the organisation's own people read."""
    with current().database.writing() as db:
        trail.record(
            db,
            MandateAsked(
                person_id=person_id,
                client_id=client.id,
                matter=asked.matter,
                action=asked.action,
                purpose=asked.purpose[:64],
                reason=verdict.reason.value,
            ),
        )
        if verdict.path is None:
            return
        history.note(
            db,
            verdict.path.organisation_id,
            _line(asked, verdict),
            now(),
            person_id=person_id,
            mandate_id=verdict.path.outer.id,
            client_id=client.id,
            matter=asked.matter,
            action=asked.action,
            reason=verdict.reason.value,
        )


def _line(asked: Question, verdict: Verdict) -> str:
    """What the history calls it: whoever only asks has done nothing."""
    if asked.use:
        return "act.permitted" if verdict.allowed else "act.refused"
    return "act.asked" if verdict.allowed else "act.asked_in_vain"


def _told(verdict: Verdict, known: Holdings | None, matter: Listed) -> dict[str, object]:
    said: dict[str, object] = {
        "allowed": verdict.allowed,
        "reason": verdict.reason.value,
        "minimum_acr": matter.minimum.acr,
    }
    if verdict.allowed and verdict.path is not None and known is not None:
        said |= _by(verdict.path, known)
    return said


def _by(path: Path, known: Holdings) -> dict[str, object]:
    side = known.sides[path.organisation_id]
    return {
        "organisation": of_organisation(side.code, side.name, side.state),
        "mandate": {
            "id": str(path.outer.id),
            "version": path.outer.version,
            "role": path.own.role.value,
            "until": _moment(path.ends_at),
            "chain": [str(power.id) for power in path.powers],
        },
    }


def _listed(client: Client, asked: Whose) -> list[dict[str, object]]:
    person_id = _person(client, asked.sub)
    if person_id is None:
        return []
    known = holdings.everywhere(current().prepared, person_id, now())
    with current().database.writing() as db:
        own = list(_own_matters(catalogues.listed(db), client))
        asked_for = MandateAsked(
            person_id=person_id,
            client_id=client.id,
            matter="",
            action="",
            purpose=asked.purpose[:64],
            reason="listed",
        )
        trail.record(db, asked_for)
    found = []
    for paths in known.paths.values():
        allowed = _allowed(paths, known, own)
        if allowed:
            best = next(path for path in paths if rules.stands(path, known.sides, now()) is Reason.ALLOWED)
            found.append(_by(best, known) | {"matters": allowed})
    return found


def _own_matters(rows: Iterable[Matter], client: Client) -> Iterable[Listed]:
    found = (own(client, callers.matters(), row.code) for row in rows)
    return (matter for matter in found if matter is not None)


def _allowed(paths: Iterable[Path], known: Holdings, own: Iterable[Listed]) -> list[dict[str, object]]:
    ways = list(paths)
    found: list[dict[str, object]] = []
    for matter in own:
        actions = [
            action.value
            for action in Action
            if rules.may(ways, known.sides, Act(matter, action), now()).allowed
        ]
        if actions:
            found.append({"matter": matter.code, "actions": actions})
    return found


def _person(client: Client, sub: str) -> UUID | None:
    """Whom this client's sector knows by that subject, or knew by it before two accounts became one."""
    with current().database.reading() as db:
        known = (Subject.sub == successors.now_known_as(db, sub), Subject.sector == client.sector)
        return db.scalar(select(Subject.person_id).where(*known))


def _moment(at: datetime) -> str | None:
    """None for as long as the registry says so."""
    return None if at.year >= 2900 else at.isoformat(timespec="seconds")
