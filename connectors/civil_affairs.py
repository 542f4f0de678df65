"""
Civil affairs 民政: the certificates of 社会团体, 民办非企业单位 and 基金会.

The ministries' style: ``biz_content`` is JSON in a text, ``"1"`` is success, and rows lie in ``biz_data``.
There is one service for each kind; village and residents' committees have none. The representative's number
is not on file, so their name alone is compared.

Assumption, in `_certificate`: the state comes as ``org_status`` and former names as ``used_name``. A row
without a state is `UNKNOWN`, not live.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.gateway import Gateway
from connectors.organisation_records import Record, former, judged, last_day, named, represented, the_one
from connectors.registered_states import state_of
from connectors.registry_calls import Declined, Inquiry, answered, part, rows, text
from idp import clock
from idp.calling.wire import Deadline
from idp.organisations.registry import Answer, Confirmed, Denied, OrganisationClaim, Representative
from idp.persons.registry import Unsupported

AUTHORITY = "civil_affairs"
SUCCESS = "1"


class CivilAffairs:
    """Asks civil affairs about codes that begin with 5."""

    def __init__(
        self, gateway: Gateway, services: Mapping[str, str], *, now: Callable[[], datetime] = clock.now
    ) -> None:
        """`services` are the service codes by category: 1 社会团体, 2 民办非企业单位, 3 基金会."""
        self._gateway = gateway
        self._services = {category: sid for category, sid in services.items() if sid}
        self._now = now

    def ask(self, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        """Find the certificate of this code, and compare the names on it."""
        sid = self._services.get(claim.credit_code[1:2])
        if sid is None:
            return Unsupported()
        inquiry = Inquiry(self._gateway, claim.purpose, deadline)
        return answered(inquiry, AUTHORITY, lambda: self._asked(inquiry, claim, sid))

    def _asked(self, inquiry: Inquiry, claim: OrganisationClaim, sid: str) -> Confirmed | Denied:
        content = json.dumps({"usc_code": claim.credit_code, "org_name": claim.name})
        answer = inquiry.call(
            sid,
            {"request_id": inquiry.request_id, "version": "1.0", "format": "json", "biz_content": content},
        )
        if (code := text(answer, "code")) != SUCCESS:
            raise Declined(code)
        row = the_one(rows(part(answer, "biz_data"), "rows"), "usc_code", claim.credit_code, "org_status")
        record = _certificate(row, claim.representative) if row else None
        return judged(record, claim, AUTHORITY, inquiry.request_id, self._now())


def _certificate(row: Mapping[str, object], asked: Representative | None) -> Record:
    name = named(row, "org_name")
    match, spelt = represented(text(row, "legal_name"), asked)
    return Record(
        name=name,
        state=state_of(text(row, "org_status")),
        representative=match,
        spelt=spelt,
        former_names=former(row.get("used_name"), name),
        valid_to=last_day(row, "valid_to"),
    )
