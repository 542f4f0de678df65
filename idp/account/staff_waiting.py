"""What waits for an operator of a service window, as their page shows it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.persons import belongings
from idp.persons.identifiers import mask
from idp.persons.models import Document
from idp.services import current
from idp.web import languages, showing
from idp.web.request_scope import now
from idp.windows import assertions, cases, waiting
from idp.windows.assertions import NotBelieved, Presented
from idp.windows.events import Vouched
from idp.windows.models import WindowCase, WindowOperator, WindowVisit

VISITS, CASES = "visits", "cases"
SECOND_EYES = "second_eyes"
"""What a case waits for; a visit waits for what its person came for (`assertions.Purpose`)."""


@dataclass(frozen=True)
class Item:
    """Something that waits, as its operator sees it."""

    kind: str
    id: UUID
    name: str = field(repr=False)
    """As the document shows it; the page compares it with the person who stands there."""
    document: str
    number: str = field(repr=False)
    """Masked."""
    purpose: str
    device: str
    since: datetime
    until: datetime
    request_id: str
    reader: str = ""
    reason: str = ""
    has_account: bool = False
    """Whether the person showed an account of theirs."""
    opened_by: str = ""

    @property
    def masked_name(self) -> str:
        """For a list that others at the window may look at."""
        return showing.masked_name(self.name)


def visits(db: Session, operator: WindowOperator) -> Iterator[Item]:
    """Readings that name this operator."""
    for visit in waiting.of_operator(db, operator, now()):
        try:
            said = assertions.heard(current().clients, visit.assertion or "", operator, Vouched(), now())
        except NotBelieved:  # its device was suspended meanwhile: nothing is to be had of it
            continue
        yield _of_visit(visit, said)


def second_eyes(db: Session, operator: WindowOperator) -> Iterator[Item]:
    """Cases at their windows that somebody else has opened."""
    for case in waiting.for_second_eyes(db, current().clients, operator, now()):
        yield _of_case(db, case)


def _of_visit(visit: WindowVisit, said: Presented) -> Item:
    return Item(
        kind=VISITS,
        id=visit.id,
        name=said.claim.name,
        document=said.claim.kind,
        number=mask(said.claim.number),
        purpose=said.purpose,
        device=_device(said.device),
        since=visit.arrived_at,
        until=visit.expires_at,
        request_id=visit.request_id,
        reader=said.reader,
        reason=said.reason,
        has_account=visit.account_id is not None,
    )


def _of_case(db: Session, case: WindowCase) -> Item:
    claim = belongings.claim_of(db.get_one(Document, case.document_id))
    return Item(
        kind=CASES,
        id=case.id,
        name=case.name or "",
        document=claim.kind,
        number=mask(claim.number),
        purpose=SECOND_EYES,
        device=_device(case.device),
        since=case.opened_at,
        until=case.opened_at + cases.APPROVABLE,
        request_id=case.request_id,
        reason=case.reason,
        has_account=case.owner_id is not None,
        opened_by=db.get_one(WindowOperator, case.opened_by).number,
    )


def _device(client_id: str) -> str:
    client = current().clients.find(client_id)
    return showing.client_name(client, languages.of_request()) if client else ""
