"""The organisations of the sandbox, brought into being by the product's own rules, and what is told of them.

Each is registered by its representative with the registry's word, and every mandate is offered and accepted.
What a registry says otherwise today, it said first: the simulator is told to, for as long as needed.
"""

import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.simulator.registered import RegisteredOrganisation, organisations
from idp import clock
from idp.account.organisations import registrar_of
from idp.cli.sandbox.firms import FIRMS, Firm, Granted
from idp.cli.sandbox.people import Told
from idp.mandates import ending, founding, granting, holdings, refresh, roster, statement
from idp.mandates.founding import Outcome
from idp.mandates.granting import Offer, Somebody
from idp.mandates.models import Mandate
from idp.mandates.rules import Path
from idp.mandates.scope import Scope
from idp.mandates.statement import Terms
from idp.matters import catalogue
from idp.organisations.claim import Typed, by_code
from idp.organisations.models import Organisation
from idp.persons import lookup
from idp.persons.models import Person
from idp.services import Services

REGISTER = {one.key: one for one in organisations()}
DONE = frozenset({Outcome.REGISTERED, Outcome.KNOWN})
CONTROL_SECONDS = 5.0


class NotFounded(Exception):
    """A registry of the sandbox did not confirm one of its own organisations."""


@dataclass(frozen=True)
class Inhabitant:
    """Somebody who may act, and how they are invited."""

    id: UUID
    phone: str
    name: str


def settle(
    services: Services, control: str, people: Sequence[Told], told: Mapping[str, Any]
) -> Sequence[Firm]:
    """
    Make those that `told`, the last `sandbox.json`, did not have; gives all that are there.

    `control` is where the simulated registries are ordered about. Raises NotFounded.
    """
    known = {one.get("uscc") for one in told.get("organisations", [])}
    founding_of = Founder(services, control, _inhabitants(services, people))
    for firm in FIRMS:
        if REGISTER[firm.key].credit_code not in known:
            founding_of.found(firm)
    with services.database.writing() as db:
        ending.expire(db, clock.now())
    return FIRMS


@dataclass(frozen=True)
class Founder:
    """Plays everybody's part; what is there already, from a start that was broken off, is left as it is."""

    services: Services
    control: str
    people: Mapping[str, Inhabitant]

    def found(self, firm: Firm) -> None:
        """One organisation and its mandates."""
        at, heard = (clock.now() - timedelta(days=ago) for ago in (firm.days_ago, firm.heard_days_ago))
        organisation_id = self._made(firm)
        if organisation_id is None:
            with self._said_first(firm):
                organisation_id = self._registered(firm, firm.representative, at)
                for one in firm.granted:
                    self._granted(organisation_id, firm, one, at)
        if firm.first:
            registry = registrar_of(self.services).registry
            refresh.refresh(self.services.database, registry, organisation_id, heard)
        if firm.then:
            self._registered(firm, firm.then, clock.now())

    def _made(self, firm: Firm) -> UUID | None:
        """Its id, if it is there with everybody."""
        with self.services.database.reading() as db:
            organisation = by_code(db, REGISTER[firm.key].credit_code)
            if organisation is None:
                return None
            invited = [self._invitee(db, one).id for one in firm.granted]
            return organisation.id if all(_has(db, organisation.id, one) for one in invited) else None

    def _registered(self, firm: Firm, persona: str, at: datetime) -> UUID:
        record, person = REGISTER[firm.key], self.people[persona]
        typed = Typed(record.credit_code, record.name)
        founded = founding.register(registrar_of(self.services), person.id, typed, at)
        if founded.outcome not in DONE or founded.organisation_id is None:
            raise NotFounded(f"{firm.key}: registering it came to {founded.outcome}")
        return founded.organisation_id

    def _granted(self, organisation_id: UUID, firm: Firm, one: Granted, at: datetime) -> None:
        """Offer and acceptance, each a transaction of its own, as on the pages."""
        with self.services.database.writing() as db:
            invitee = self._invitee(db, one)
            if _has(db, organisation_id, invitee.id):
                return
            offering = self._path(one.by or firm.representative, organisation_id, at)
            offer = _offer(db, organisation_id, one, at)
            whom = Somebody(invitee.phone, invitee.name) if isinstance(invitee, Inhabitant) else invitee
            offered = granting.offer(db, self.services.vault, offering, whom, offer, _groups(db, one), at)
            mandate_id = offered.mandate.id
        with self.services.database.writing() as db:
            if isinstance(invitee, Inhabitant):
                granting.accept(db, self.services.vault, mandate_id, db.get_one(Person, invitee.id), at)
            else:
                accepting = self._path(_firm(one.to).representative, invitee.id, at)
                granting.accept_for(db, mandate_id, accepting, at)

    def _invitee(self, db: Session, one: Granted) -> Inhabitant | Organisation:
        if one.to in self.people:
            return self.people[one.to]
        organisation = by_code(db, REGISTER[one.to].credit_code)
        if organisation is None:
            raise NotFounded(f"{one.to}: it is the agent of another and is not there")
        return organisation

    def _path(self, persona: str, organisation_id: UUID, at: datetime) -> Path:
        """By which somebody acts for an organisation directly."""
        person = self.people[persona]
        known = holdings.towards(self.services.prepared, person.id, organisation_id, at)
        return next(path for path in known.towards(organisation_id) if len(path.links) == 1)

    @contextmanager
    def _said_first(self, firm: Firm) -> Iterator[None]:
        """Let the registry say what it said while the people came, then again what it says today."""
        if not firm.first:
            yield
            return
        record = REGISTER[firm.key]
        today = {"state": record.state.value, "representative": {"persona": record.representative}}
        self._order(record, firm.first)
        try:
            yield
        finally:
            self._order(record, {what: today[what] for what in firm.first})

    def _order(self, record: RegisteredOrganisation, change: Mapping[str, object]) -> None:
        body = json.dumps({"credit_code": record.credit_code, **change}).encode()
        url = f"{self.control}/organisations"
        call = urllib.request.Request(url, body)  # noqa: S310 – our own loopback addresses
        urllib.request.urlopen(call, timeout=CONTROL_SECONDS).close()  # noqa: S310


def _inhabitants(services: Services, people: Sequence[Told]) -> Mapping[str, Inhabitant]:
    found = {}
    with services.database.reading() as db:
        for one in people:
            person = lookup.by_login(db, services.vault, one.login, clock.now())
            if person is not None:
                found[one.persona.key] = Inhabitant(person.id, one.persona.phone, person.name or "")
    return found


def _firm(key: str) -> Firm:
    return next(firm for firm in FIRMS if firm.key == key)


def _has(db: Session, organisation_id: UUID, invitee_id: UUID) -> bool:
    """Whether the organisation ever let them do anything."""
    theirs = (Mandate.agent_person_id == invitee_id) | (Mandate.agent_organisation_id == invitee_id)
    query = select(Mandate.id).where(Mandate.organisation_id == organisation_id, theirs)
    return db.scalar(query.limit(1)) is not None


def _offer(db: Session, organisation_id: UUID, one: Granted, at: datetime) -> Offer:
    """With the sentence that is signed."""
    scope, until = _scope(one), at + timedelta(days=one.days)
    name = db.get_one(Organisation, organisation_id).name
    said = statement.sentence(Terms(name, one.role, scope, until), roster.names(db, [scope]))
    return Offer(one.role, scope, at, until, statement=said)


def _scope(one: Granted) -> Scope:
    return Scope(
        everything=one.everything,
        matters=one.matters,
        groups=one.groups,
        actions=one.actions,
    )


def _groups(db: Session, one: Granted) -> Mapping[str, str]:
    found = (catalogue.find(db, code) for code in one.matters)
    return {matter.code: matter.group_code for matter in found if matter is not None}
