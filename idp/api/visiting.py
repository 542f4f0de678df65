"""What follows from a believed assertion: behind the route for devices and the operators' command."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from idp.persons import belongings
from idp.persons.models import Person, PersonStatus
from idp.services import Services
from idp.windows import assertions, cases, proving, slips, visits
from idp.windows.assertions import Presented, Purpose
from idp.windows.proving import NotDone, NotProven, Outcome


@dataclass(frozen=True)
class Visited:
    """What came of a visit, as device and operator are told; nobody's id or number is in it."""

    outcome: str
    request_id: str
    slip: str = field(default="", repr=False)
    """What is printed for the person, this once."""
    ready_at: datetime | None = None
    case: str = ""

    def told(self) -> dict[str, str]:
        """Without what is empty."""
        ready = self.ready_at.isoformat() if self.ready_at else ""
        told = {"outcome": self.outcome, "request_id": self.request_id}
        told |= {"slip": self.slip, "ready_at": ready, "case": self.case}
        return {name: value for name, value in told.items() if value}


def visit(services: Services, assertion: str, witness: str, now: datetime) -> Visited:
    """Believe both signatures, then do what the person came for; refusals are their rules' exceptions."""
    with services.database.reading() as db:
        presented = assertions.believe(
            db, services.clients, services.state, services.settings.issuer, assertion, witness, now
        )
    account = None
    if presented.account:
        account = visits.take(services.state, services.vault, presented.account)
        if account is None:
            raise NotProven(NotDone.ACCOUNT)
    with services.database.writing() as db:
        return _carry_out(services, db, presented, account, now)


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
            proven = proving.prove(db, services.vault, presented, account, hold, now)
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
