"""What follows from a believed assertion: behind the devices' route, the operators' page and the command."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.audit import trail
from idp.persons import belongings
from idp.persons.models import Person, PersonStatus
from idp.services import Services
from idp.windows import assertions, cases, proving, slips, visits, waiting
from idp.windows.assertions import NotBelieved, Presented, Purpose
from idp.windows.cases import NotPossible
from idp.windows.events import REFUSED, Vouched, WindowRefused
from idp.windows.models import WindowOperator, WindowVisit
from idp.windows.proving import NotDone, NotProven, Outcome

WAITING = "waiting"
"""The outcome of a visit that nobody has stood by yet."""


@dataclass(frozen=True)
class Visited:
    """What came of a visit, as device and operator are told; nobody's id or number is in it."""

    outcome: str
    request_id: str
    slip: str = field(default="", repr=False)
    """What is printed for the person, this once."""
    ready_at: datetime | None = None
    case: str = ""
    until: datetime | None = None
    """How long it waits for its operator."""

    def told(self) -> dict[str, str]:
        """Without what is empty."""
        moments = {"ready_at": self.ready_at, "until": self.until}
        told = {"outcome": self.outcome, "request_id": self.request_id, "slip": self.slip, "case": self.case}
        told |= {name: at.isoformat() for name, at in moments.items() if at}
        return {name: value for name, value in told.items() if value}


def visit(services: Services, assertion: str, witness: str, now: datetime) -> Visited:
    """Believe both signatures, then do what the person came for; refusals are their rules' exceptions."""
    with services.database.reading() as db:
        presented = assertions.believe(
            db, services.clients, services.state, services.settings.issuer, assertion, witness, now
        )
    account = _shown(services, presented)
    with services.database.writing() as db:
        return _carry_out(services, db, presented, account, now)


def wait(services: Services, assertion: str, now: datetime) -> Visited:
    """Believe the device, and let the visit wait until the operator it names stands by it at their page."""
    with services.database.reading() as db:
        presented = assertions.hear(
            db, services.clients, services.state, services.settings.issuer, assertion, now
        )
    account = _shown(services, presented)
    with services.database.writing() as db:
        visit = waiting.keep(db, presented, assertion, account, now)
        return Visited(WAITING, presented.request_id, until=visit.expires_at)


def stand_by(
    services: Services, visit_id: UUID, operator: WindowOperator, vouched: Vouched, now: datetime
) -> Visited | None:
    """Do what the person came for, now that their operator stands by it; None if nothing waits any more.

    It is used up by this, whatever comes of it; refusals are their rules' exceptions.
    """
    with services.database.writing() as db:
        visit = waiting.find(db, visit_id, operator, now)
        if visit is None or not waiting.take(db, visit):
            return None
        try:
            presented = assertions.heard(services.clients, visit.assertion or "", operator, vouched, now)
            return _carry_out(services, db, presented, visit.account_id, now)
        except (NotBelieved, NotProven, NotPossible) as refusal:
            _refused(db, None, str(refusal), operator, visit, vouched)
            raise


def refuse(
    services: Services, visit_id: UUID, operator: WindowOperator, vouched: Vouched, now: datetime
) -> bool:
    """Not stand by it: nothing is proven, and the trail says who refused; False if nothing waits any more."""
    with services.database.writing() as db:
        visit = waiting.find(db, visit_id, operator, now)
        if visit is None or not waiting.take(db, visit):
            return False
        _refused(db, visit.account_id, REFUSED, operator, visit, vouched)
        return True


def _refused(
    db: Session,
    person_id: UUID | None,
    reason: str,
    operator: WindowOperator,
    visit: WindowVisit,
    vouched: Vouched,
) -> None:
    refusal = WindowRefused(
        person_id=person_id,
        reason=reason,
        operator=operator.number,
        request_id=visit.request_id,
        **vars(vouched),
    )
    trail.record(db, refusal)


def _shown(services: Services, presented: Presented) -> UUID | None:
    """Whose account the person showed, if they showed one; a code of before everything ended shows none."""
    if not presented.account:
        return None
    shown = visits.take(services.state, services.vault, presented.account)
    if shown is None:
        raise NotProven(NotDone.ACCOUNT)
    with services.database.reading() as db:
        person = db.get(Person, shown.person_id)
    if person is None or (person.proofs_count_from is not None and shown.at <= person.proofs_count_from):
        raise NotProven(NotDone.ACCOUNT)
    return person.id


def _carry_out(
    services: Services, db: Session, presented: Presented, account: UUID | None, now: datetime
) -> Visited:
    hold = timedelta(seconds=services.settings.displacement_hold)
    match presented.purpose:
        case Purpose.SLIP:
            return _slip(services, db, presented, hold, now)
        case Purpose.CASE:
            case = cases.open_case(db, services.vault, presented, account, now)
            return Visited("opened", presented.request_id, case=str(case.id))
        case Purpose.PROOF:
            proven = proving.prove(
                db,
                services.vault,
                presented,
                account,
                hold,
                now,
                registers=services.settings.mode != "broker",
            )
            if proven.outcome is not Outcome.CREATED:
                return Visited(proven.outcome, presented.request_id)
            return _printed(db, presented, proven.person_id, timedelta(0), proven.outcome, now)


def _slip(services: Services, db: Session, presented: Presented, hold: timedelta, now: datetime) -> Visited:
    """For the account that has held this document for the hold; its other ways in have as long to object."""
    held = belongings.held(db, services.vault, presented.claim, now)
    person = db.get_one(Person, held.document.person_id) if held else None
    if person is None or person.status not in (PersonStatus.ACTIVE, PersonStatus.CLOSING):
        raise NotProven(NotDone.ACCOUNT)
    if held is None or (held.document.verified_at or now) > now - hold:
        raise NotProven(NotDone.RECENT)
    proving.witnessed(db, presented, person.id)
    return _printed(db, presented, person.id, hold, "slip", now)


def _printed(
    db: Session, presented: Presented, person_id: UUID, hold: timedelta, outcome: str, now: datetime
) -> Visited:
    slip, printed = slips.issue(db, person_id, presented.operator_id, presented.operator, hold, now)
    return Visited(outcome, presented.request_id, printed, slip.ready_at)
