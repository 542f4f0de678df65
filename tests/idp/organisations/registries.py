"""A registry for tests that implements the port: organisations it holds, outages it is told to have."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from idp.organisations import names, synthetic
from idp.organisations.registry import (
    Answer,
    Changes,
    Confirmed,
    DenialReason,
    Denied,
    OrganisationClaim,
    RegisteredState,
    Representative,
    RepresentativeMatch,
)
from idp.persons import names as person_names
from idp.persons.registry import Unavailable, UnavailableReason, Unsupported
from tests.idp.persons import people


@dataclass(frozen=True)
class Entry:
    """What a registry has on file."""

    name: str
    representative: int | None
    """The number of the person in `people`; None where it keeps no number."""
    state: RegisteredState = RegisteredState.LIVE
    valid_to: date | None = None
    division: str | None = None
    former_names: tuple[str, ...] = ()


def code(index: int = 1, **values: str) -> str:
    """A credit code that nobody has."""
    return synthetic.credit_code(index, **values)


def name(index: int = 1) -> str:
    """The name of that organisation."""
    return f"示范第{index}科技有限公司"


@dataclass
class Register:
    """Every registry in one; `away` names codes that give no answer, "" all of them."""

    held: dict[str, Entry] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)
    offline: set[str] = field(default_factory=set)
    """Codes whose registry cannot be asked online."""
    asked: list[OrganisationClaim] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    now: datetime = people.NOW

    def add(self, index: int = 1, representative: int | None = 1, **more: object) -> str:
        """Put an organisation on file; gives its code."""
        entry = Entry(name(index), representative)
        self.held[code(index)] = replace(entry, **more)  # type: ignore[arg-type]
        return code(index)

    def change(self, index: int = 1, **more: object) -> None:
        """Let the registry have something else on file."""
        self.held[code(index)] = replace(self.held[code(index)], **more)  # type: ignore[arg-type]
        self.changes.append(code(index))

    def verify(self, claim: OrganisationClaim) -> Answer:
        """As the port says."""
        self.asked.append(claim)
        if {"", claim.credit_code} & self.away:
            return Unavailable(UnavailableReason.TIMEOUT)
        if claim.credit_code in self.offline:
            return Unsupported()
        request = f"request-{len(self.asked)}"
        entry = self.held.get(claim.credit_code)
        if entry is None:
            return Denied(DenialReason.NOT_FOUND, "market_regulation", request, self.now)
        if not names.same(entry.name, claim.name):
            return Denied(DenialReason.NAME, "market_regulation", request, self.now)
        return Confirmed(
            authority="market_regulation",
            request_id=request,
            at=self.now,
            name=entry.name,
            state=entry.state,
            representative=_match(entry, claim.representative),
            former_names=entry.former_names,
            valid_to=entry.valid_to,
            division=entry.division,
        )

    def after(self, cursor: str) -> Changes | Unavailable:
        """The list of changes, two lines at a time."""
        if "" in self.away:
            return Unavailable(UnavailableReason.TIMEOUT)
        begin = int(cursor or "0")
        found: Sequence[str] = self.changes[begin : begin + 2]
        return Changes(found, str(begin + len(found)))


def _match(entry: Entry, asked: Representative | None) -> RepresentativeMatch:
    if asked is None or entry.representative is None:
        return RepresentativeMatch.UNKNOWN
    known = people.claim(entry.representative)
    same = person_names.same(known.name, asked.name) and known.number == asked.number
    return RepresentativeMatch.MATCH if same else RepresentativeMatch.MISMATCH
