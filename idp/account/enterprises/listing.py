"""我的企业: the organisations one may act for, and what one has been invited to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own
from idp.account.enterprises import acting
from idp.account.enterprises.acting import LIST
from idp.mandates import granting, holdings, roster, rules, statement
from idp.mandates.holdings import Holdings
from idp.mandates.models import Mandate, Role
from idp.mandates.rules import Path, Reason
from idp.organisations import applications
from idp.organisations.models import Organisation
from idp.persons.models import Person
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

bp = Blueprint("enterprises", __name__, url_prefix=LIST)


@dataclass(frozen=True)
class Entry:
    """An organisation as its line in the list shows it."""

    id: UUID
    name: str
    credit_code: str
    standing: str
    role: Role
    through: str
    """The organisation one belongs to, where that is the agent."""
    reason: Reason
    """`allowed`, or why one may not act for it at this moment, or not begin anything."""
    last_day: date | None
    """The last day on which one may; None without end."""
    url: str | None
    """None where there is nothing to see any more."""

    @property
    def administered(self) -> bool:
        """Whether it is one's own to look after, and not one that one works for."""
        return not self.through and self.role in (Role.REPRESENTATIVE, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Invitation:
    """What waits for an answer."""

    id: UUID
    organisation: str
    role: Role
    last_day: date | None
    answer_by: datetime
    invited: str
    """The organisation that is invited; empty where it is the person."""


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def organisations() -> ResponseReturnValue:
    """List both."""
    known = holdings.everywhere(current().prepared, who().person_id, now())
    with current().database.reading() as db:
        entries = entries_of(db, known)
        invitations = invitations_of(db, entries)
        waiting = applications.of_person(db, who().person_id)
    return own.show(
        "account/enterprises/list.html",
        administered=[one for one in entries if one.url and one.administered],
        acted_for=[one for one in entries if one.url and not one.administered],
        over=[one for one in entries if not one.url],
        invitations=invitations,
        applications=waiting,
        said=request.args.get("said", ""),
    )


def entries_of(db: Session, known: Holdings) -> list[Entry]:
    """Every organisation one may act for, or might until a while ago, by name."""
    ids = {power.organisation_id for paths in known.paths.values() for path in paths for power in path.powers}
    found = roster.organisations(db, ids)
    entries = [_entry(found, known, key, paths) for key, paths in known.paths.items() if key in found]
    return sorted(entries, key=lambda one: (list(Role).index(one.role), one.name))


def invitations_of(db: Session, entries: Iterable[Entry]) -> list[Invitation]:
    """What is offered to oneself, then to the organisations one speaks for."""
    person = db.get_one(Person, who().person_id)
    mine = [(one, "") for one in granting.invitations(db, current().vault, person, now())]
    theirs = [
        (one, entry.name)
        for entry in entries
        if entry.administered and entry.url
        for one in granting.offered_to(db, entry.id, now())
    ]
    givers = roster.organisations(db, (one.organisation_id for one, _ in (*mine, *theirs)))
    return [_invitation(one, givers[one.organisation_id], invited) for one, invited in (*mine, *theirs)]


def _entry(found: Mapping[UUID, Organisation], known: Holdings, key: UUID, paths: Sequence[Path]) -> Entry:
    living, organisation = acting.way(known, key), found[key]
    path = living or paths[0]
    direct = len(path.links) == 1
    return Entry(
        id=key,
        name=organisation.name,
        credit_code=organisation.credit_code,
        standing=organisation.standing,
        role=path.own.role if direct else Role.AGENT,
        through="" if direct else found[path.own.organisation_id].name,
        reason=_standing(path, known, paths),
        last_day=statement.last_day(path.ends_at),
        url=f"{LIST}/{key}" if living else None,
    )


def _standing(path: Path, known: Holdings, paths: Sequence[Path]) -> Reason:
    """What may be done at all; where each way only finishes what was begun, the list says so."""
    reason = rules.stands(path, known.sides, now())
    open_ways = [one for one in paths if rules.stands(one, known.sides, now()) is Reason.ALLOWED]
    if reason is Reason.ALLOWED and all(map(rules.only_finishes, open_ways)):
        return Reason.ONLY_OPEN_CASES
    return reason


def _invitation(mandate: Mandate, giver: Organisation, invited: str) -> Invitation:
    assert mandate.settles_at is not None
    return Invitation(
        id=mandate.id,
        organisation=giver.name,
        role=Role(mandate.role),
        last_day=statement.last_day(mandate.valid_until),
        answer_by=mandate.settles_at,
        invited=invited,
    )
