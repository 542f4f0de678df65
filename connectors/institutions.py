"""
机构编制: government bodies, institutions 事业单位 and the mass organisations on the state's establishment.

No description of this registry's interface is published. What follows is an assumption, all of it in `_asked`
and `_unit`: a lookup by code, one row with name, responsible person 负责人, the unit that runs it 举办单位,
state, and the end of its certificate. Numbers are not on file, so that person's name alone is compared.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.gateway import Gateway
from connectors.organisation_records import (
    Record,
    division,
    former,
    judged,
    last_day,
    named,
    represented,
    the_one,
)
from connectors.registered_states import state_of
from connectors.registry_calls import Declined, Inquiry, answered, rows, text
from idp import clock
from idp.calling.wire import Deadline
from idp.organisations.registry import Answer, Confirmed, Denied, OrganisationClaim, Representative
from idp.persons.registry import Unsupported

AUTHORITY = "institutions"
SUCCESS = "200"


class Institutions:
    """Asks 机构编制 about codes that begin with 1."""

    def __init__(self, gateway: Gateway, sid: str, *, now: Callable[[], datetime] = clock.now) -> None:
        self._gateway = gateway
        self._sid = sid
        self._now = now

    def ask(self, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        """Find the unit of this code, and compare its name and its responsible person's."""
        if not self._sid:
            return Unsupported()
        inquiry = Inquiry(self._gateway, claim.purpose, deadline)
        return answered(inquiry, AUTHORITY, lambda: self._asked(inquiry, claim))

    def _asked(self, inquiry: Inquiry, claim: OrganisationClaim) -> Confirmed | Denied:
        asked = {"requestId": inquiry.request_id, "uscc": claim.credit_code, "name": claim.name}
        answer = inquiry.call(self._sid, asked)
        if (code := text(answer, "code")) != SUCCESS:
            raise Declined(code)
        row = the_one(rows(answer, "data"), "uscc", claim.credit_code, "status")
        record = _unit(row, claim.representative) if row else None
        return judged(record, claim, AUTHORITY, inquiry.request_id, self._now())


def _unit(row: Mapping[str, object], asked: Representative | None) -> Record:
    name = named(row, "name")
    match, spelt = represented(text(row, "responsiblePerson"), asked)
    return Record(
        name=name,
        state=state_of(text(row, "status")),
        representative=match,
        spelt=spelt,
        former_names=former(row.get("formerNames"), name),
        valid_to=last_day(row, "validTo"),
        division=division(row, "registerDivision"),
    )
