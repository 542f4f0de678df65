"""
The provincial base of legal persons 法人库: a copy of what all departments registered, and the second source.

Calls carry an application key and a signature, ``md5(appKey + secret + requestTime)``, inside the platform's
own; the algorithm is the base's choice. Its rows hold the representative's number in the clear: it is
compared where it is read, if it belongs to the same kind of document, and goes no further.

Assumptions, in `_legal_person`: the present authority's division comes as ``areaCode``, former names as
``usedName``, the end of term or certificate as ``operatingPeriodTo``.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

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
from connectors.registry_calls import Broken, Declined, Inquiry, answered, rows, text
from idp import clock
from idp.calling.wire import Deadline
from idp.organisations.registry import (
    Answer,
    Confirmed,
    Denied,
    OrganisationClaim,
    Representative,
    RepresentativeMatch,
)
from idp.persons.identifiers import DocumentType, normalise
from idp.persons.registry import Unsupported

AUTHORITY = "legal_person_base"
SUCCESS, FAILURE = "00", "99"
INDIVIDUAL_BUSINESS = "92"
"""How the code of what the base calls type P begins; everybody else is type E."""
PAPERS: Mapping[str, frozenset[DocumentType]] = MappingProxyType(
    {
        "51": frozenset({DocumentType.RESIDENT_ID}),
        "111": frozenset({DocumentType.RESIDENT_ID}),
        "414": frozenset({DocumentType.PRC_PASSPORT, DocumentType.FOREIGN_PASSPORT}),
        "511": frozenset({DocumentType.TAIWAN_TRAVEL_PERMIT}),
        "516": frozenset({DocumentType.HK_MACAO_TRAVEL_PERMIT}),
        "553": frozenset({DocumentType.FOREIGN_PERMANENT_RESIDENT}),
        "810": frozenset({DocumentType.HK_RESIDENCE_PERMIT}),
        "820": frozenset({DocumentType.MACAO_RESIDENCE_PERMIT}),
        "830": frozenset({DocumentType.TAIWAN_RESIDENCE_PERMIT}),
    }
)
"""What ``legalPersonPaperType`` stands for; the last three are internal codes, for the list predates them."""


@dataclass(frozen=True)
class Account:
    """Who we are at the base."""

    app_key: str
    secret: str = field(repr=False)

    def signed(self, request_time: str) -> dict[str, str]:
        """What every call carries; `request_time` is epoch milliseconds."""
        return {
            "appKey": self.app_key,
            "requestTime": request_time,
            "sign": sign(self.app_key, self.secret, request_time),
        }


def sign(app_key: str, secret: str, request_time: str) -> str:
    """The base's signature, in lower-case hexadecimal."""
    return hashlib.md5(f"{app_key}{secret}{request_time}".encode(), usedforsecurity=False).hexdigest()


class LegalPersonBase:
    """Asks the base about any code."""

    def __init__(
        self, gateway: Gateway, sid: str, account: Account, *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._gateway = gateway
        self._sid = sid
        self._account = account
        self._now = now

    def ask(self, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        """Find the record of this code, and compare its name and its representative's name and number."""
        if not self._sid:
            return Unsupported()
        inquiry = Inquiry(self._gateway, claim.purpose, deadline)
        return answered(inquiry, AUTHORITY, lambda: self._asked(inquiry, claim))

    def _asked(self, inquiry: Inquiry, claim: OrganisationClaim) -> Confirmed | Denied:
        asked = {
            "requestId": inquiry.request_id,
            "uniscId": claim.credit_code,
            "entType": "P" if claim.credit_code.startswith(INDIVIDUAL_BUSINESS) else "E",
        }
        signed = self._account.signed(str(int(self._now().timestamp() * 1000)))
        answer = inquiry.call(self._sid, {**asked, **signed})
        code = text(answer, "code")
        if code != SUCCESS:
            raise Broken(code) if code == FAILURE else Declined(code)
        row = the_one(rows(answer, "datas"), "uniscId", claim.credit_code, "operatingStatus")
        record = _legal_person(row, claim.representative) if row else None
        return judged(record, claim, AUTHORITY, inquiry.request_id, self._now())


def _legal_person(row: Mapping[str, object], asked: Representative | None) -> Record:
    name = named(row, "companyName")
    match, spelt = represented(text(row, "legalPerson"), asked)
    return Record(
        name=name,
        state=state_of(text(row, "operatingStatus")),
        representative=_number_compared(row, asked) if asked and spelt else match,
        former_names=former(row.get("usedName"), name),
        valid_to=last_day(row, "operatingPeriodTo"),
        division=division(row, "areaCode"),
    )


def _number_compared(row: Mapping[str, object], asked: Representative) -> RepresentativeMatch:
    """
    Compare the numbers of two documents of the same kind; another kind says nothing.

    Nor does a number of another length: it is masked in part, or one from before there were eighteen digits.
    """
    on_file = normalise(text(row, "legalPersonPaperNo"))
    if asked.kind not in PAPERS.get(text(row, "legalPersonPaperType"), frozenset()):
        return RepresentativeMatch.UNKNOWN
    if len(on_file) != len(asked.number) or "*" in on_file:
        return RepresentativeMatch.UNKNOWN
    same = hmac.compare_digest(on_file.encode(), asked.number.encode())
    return RepresentativeMatch.MATCH if same else RepresentativeMatch.MISMATCH
