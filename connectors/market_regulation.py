"""
Market regulation 市场监管: companies, cooperatives and individual businesses.

Companies are looked up by their code (query), or, where a province offers no query, compared by name and code
(verify); individual businesses have a query of their own, with other field names. The representative's number
is compared by the four-element service 企业四要素, which answers 01 to 04 for each field. A query names
the representative, and a comparison gives away the true value of what was asked wrongly: see
`organisation_records`.

Assumptions, each in one place: former names come as ``usedname`` and the authority's code as ``regorg``
(`_company`); an answer of the four-element service repeats our ``userTransId`` (`_fields`), because nothing
else in it says whom it is about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
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
from connectors.registry_calls import Broken, Declined, Inquiry, Untrusted, answered, part, rows, text
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
from idp.persons import names as person_names
from idp.persons.registry import Unsupported

AUTHORITY = "market_regulation"
INDIVIDUAL_BUSINESS = "2"
"""The category with a service of its own."""
FOUND = "2000"
SAME, DIFFERENT, NOT_ON_FILE, OUT_OF_ORDER = "01", "02", "03", "04"
FIELDS = ("enterpriseName", "enterpriseMark", "legalPerson", "legalPersonNo")


@dataclass(frozen=True)
class Services:
    """Service codes at the platform; an empty one is not connected."""

    query: str = ""
    individual: str = ""
    verify: str = ""
    four_elements: str = ""
    authcode: str = field(default="", repr=False)
    """Issued by the registry to those who may query."""


Look = Callable[[Inquiry, OrganisationClaim], Record | None]


class MarketRegulation:
    """Asks market regulation about codes that begin with 9."""

    def __init__(
        self, gateway: Gateway, services: Services, *, now: Callable[[], datetime] = clock.now
    ) -> None:
        self._gateway = gateway
        self._services = services
        self._now = now

    def ask(self, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        """Find the organisation, compare its name and, if asked, its representative's name and number."""
        look = self._way(claim)
        if look is None:
            return Unsupported()
        inquiry = Inquiry(self._gateway, claim.purpose, deadline)
        return answered(inquiry, AUTHORITY, lambda: self._asked(inquiry, claim, look))

    def _way(self, claim: OrganisationClaim) -> Look | None:
        """How this organisation is looked up, if the service for it is connected."""
        if claim.credit_code[1:2] == INDIVIDUAL_BUSINESS:
            return self._individual if self._services.individual else None
        if self._services.query:
            return self._queried
        return self._verified if self._services.verify else None

    def _asked(self, inquiry: Inquiry, claim: OrganisationClaim, look: Look) -> Confirmed | Denied:
        record, asked = look(inquiry, claim), claim.representative
        verdict = judged(record, claim, AUTHORITY, inquiry.request_id, self._now())
        if isinstance(verdict, Denied) or record is None or asked is None or not self._services.four_elements:
            return verdict
        if record.representative is RepresentativeMatch.MISMATCH:
            return verdict
        return replace(verdict, representative=self._compared(inquiry, claim, record, asked))

    def _queried(self, inquiry: Inquiry, claim: OrganisationClaim) -> Record | None:
        """A company or cooperative, by its code."""
        row = self._row(inquiry, claim.credit_code, self._services.query)
        return _company(row, claim.representative) if row else None

    def _individual(self, inquiry: Inquiry, claim: OrganisationClaim) -> Record | None:
        """An individual business, by its code."""
        row = self._row(inquiry, claim.credit_code, self._services.individual)
        return _individual_business(row, claim.representative) if row else None

    def _row(self, inquiry: Inquiry, code: str, sid: str) -> Mapping[str, object] | None:
        """The record of this code; names are compared here, where a wrong one is not yet a wrong code."""
        answer = inquiry.call(
            sid, {"requestId": inquiry.request_id, "uniscid": code, "authcode": self._services.authcode}
        )
        _require_success(answer)
        found = [_lower(row) for row in rows(answer, "data")]
        return the_one(found, "uniscid", code, "regstatecn")

    def _verified(self, inquiry: Inquiry, claim: OrganisationClaim) -> Record | None:
        """A company or cooperative whose registry says only which of our values are not its own."""
        asked, record = claim.representative, None
        for spelling in person_names.spellings(asked.name) if asked else ("",):
            record = self._differences(inquiry, claim, {"name": spelling} if asked else {})
            if record is None or record.representative is not RepresentativeMatch.MISMATCH:
                break
        return record

    def _differences(
        self, inquiry: Inquiry, claim: OrganisationClaim, more: Mapping[str, str]
    ) -> Record | None:
        asked = {"requestId": inquiry.request_id, "uniscid": claim.credit_code, "entname": claim.name}
        answer = inquiry.call(self._services.verify, {**asked, **more})
        _require_success(answer)
        return _compared_record(answer, claim)

    def _compared(
        self, inquiry: Inquiry, claim: OrganisationClaim, record: Record, asked: Representative
    ) -> RepresentativeMatch:
        """Have name and number compared, in the registry's spelling or in each that is possible."""
        spellings = (record.spelt,) if record.spelt else person_names.spellings(asked.name)
        outcome = RepresentativeMatch.UNKNOWN
        for spelling in spellings:
            status, said = self._fields(
                inquiry,
                {
                    "enterpriseName": record.name,
                    "enterpriseMark": claim.credit_code,
                    "legalPerson": spelling,
                    "legalPersonNo": asked.number,
                },
            )
            outcome = _match(status, said)
            if said["legalPerson"] != DIFFERENT:
                break
        return outcome

    def _fields(self, inquiry: Inquiry, elements: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """What the four-element service says in all and of each field."""
        asked = {"version": "1.0", "userTransId": inquiry.request_id, **elements}
        answer = inquiry.call(self._services.four_elements, asked)
        status, found = text(answer, "status"), part(answer, "data")
        if status == OUT_OF_ORDER:
            raise Broken(status)
        if status not in (SAME, DIFFERENT, NOT_ON_FILE):
            raise Declined(status)
        said = {name: text(part(found, "items"), name) for name in FIELDS}
        if text(found, "userTransId") != inquiry.request_id:
            raise Untrusted("userTransId")
        if not {SAME, DIFFERENT, NOT_ON_FILE}.issuperset(said.values()):
            raise Untrusted("items")
        return status, said


def _match(status: str, said: Mapping[str, str]) -> RepresentativeMatch:
    """All four must be the same; a field that is not on file neither confirms nor denies."""
    if status == SAME and set(said.values()) == {SAME}:
        return RepresentativeMatch.MATCH
    if DIFFERENT in (said["legalPerson"], said["legalPersonNo"]):
        return RepresentativeMatch.MISMATCH
    return RepresentativeMatch.UNKNOWN


def _company(row: Mapping[str, object], asked: Representative | None) -> Record:
    name = named(row, "entname")
    match, spelt = represented(text(row, "name"), asked)
    return Record(
        name=name,
        state=state_of(text(row, "regstatecn")),
        representative=match,
        spelt=spelt,
        former_names=former(row.get("usedname"), name),
        valid_to=last_day(row, "opto"),
        division=division(row, "regorg"),
    )


def _individual_business(row: Mapping[str, object], asked: Representative | None) -> Record:
    """One without a trade name goes by the name of who runs it 经营者."""
    match, spelt = represented(text(row, "name"), asked)
    return Record(
        name=named(row, "traname" if text(row, "traname") else "name"),
        state=state_of(text(row, "regstatecn")),
        representative=match,
        spelt=spelt,
    )


def _compared_record(answer: Mapping[str, object], claim: OrganisationClaim) -> Record | None:
    """Read ``diff_list`` for its keys alone: ``out_val`` in it is the registry's own value."""
    found = part(answer, "ent_idx")
    if not found:
        return None
    if text(found, "uniscid").upper() != claim.credit_code or "diff_list" not in answer:
        raise Untrusted("ent_idx")
    different = {text(one, "chk_key") for one in rows(answer, "diff_list")}
    mismatch = claim.representative is not None and "name" in different
    return Record(
        name="" if "entname" in different else text(found, "entname") or claim.name,
        state=state_of(text(answer, "regstateCn")),
        representative=RepresentativeMatch.MISMATCH if mismatch else RepresentativeMatch.UNKNOWN,
    )


def _require_success(answer: Mapping[str, object]) -> None:
    if (code := text(answer, "code")) != FOUND:
        raise Declined(code)


def _lower(row: Mapping[str, object]) -> dict[str, object]:
    """The two queries spell the same fields with other capitals."""
    return {key.lower(): value for key, value in row.items()}
