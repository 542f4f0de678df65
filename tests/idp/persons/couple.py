"""Two accounts that one person may have, two operators, two clients: to be joined and taken apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from idp.account import merging as accounts
from idp.authenticators import password
from idp.authenticators.models import Credential
from idp.clients import onboarding
from idp.clients.directory import Clients
from idp.clients.metadata import client_of
from idp.clients.models import ClientClass
from idp.consents import rules as consents
from idp.consents import texts
from idp.consents.models import Consent, ConsentKind
from idp.evidence import levels
from idp.keys.vault import Vault
from idp.mandates.models import Mandate
from idp.oauth import subjects
from idp.oauth.models import Subject
from idp.organisations.reviews import Decider
from idp.persons import claim as claims
from idp.persons import enrolment, local_staff, lookup, merging, synthetic
from idp.persons.identifiers import DocumentType
from idp.persons.models import Guardianship, Merge, MergeStatus, Person
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from tests.idp.mandates.office import Office, scope
from tests.idp.persons import people

NOW = people.NOW
NUMBERS = count(1)
STAYS, GOES = 0, 1
REASON = "two registrations, seen at the counter"


@dataclass
class Couple:
    """Somebody with a citizen number here, and with a passport there."""

    office: Office
    clients: Clients
    stays: UUID
    goes: UUID
    numbers: tuple[int, int]
    """How the office calls them."""
    operators: list[Decider] = field(default_factory=list)
    sectors: dict[str, str] = field(default_factory=dict)
    """Client → sector."""

    @property
    def database(self) -> Database:
        return self.office.database

    @property
    def vault(self) -> Vault:
        return self.office.vault

    @property
    def prepared(self) -> Prepared:
        return self.office.prepared

    @property
    def now(self) -> datetime:
        return self.office.now

    def wait(self, time: timedelta) -> None:
        self.office.now += time

    def propose(self, by: int = 0, reason: str = REASON) -> UUID:
        with self.database.writing() as db:
            return merging.propose(
                db, self.stays, self.goes, reason, self.now, proposer=self.operators[by]
            ).id

    def approve(self, case: UUID, by: int = 1) -> None:
        with self.database.writing() as db:
            merging.approve(db, case, self.operators[by], REASON, self.now)

    def go_round(self) -> int:
        """What the worker does."""
        with self.database.reading() as db:
            due = list(merging.due(db, self.now))
        for case in due:
            with self.database.writing() as db:
                accounts.carry_out(db, self.vault, self.clients, case, self.now) or merging.finish(
                    db, case, self.now
                )
        return len(due)

    def merged(self) -> UUID:
        """Through all of it, without an objection."""
        case = self.propose()
        self.approve(case)
        self.wait(merging.COOLING)
        self.go_round()
        assert self.status(case) == MergeStatus.MERGED
        return case

    def undo(self, case: UUID, by: int = 0) -> None:
        with self.database.writing() as db:
            accounts.undo(
                db, self.vault, self.clients, case, self.operators[by], "they are two people", self.now
            )

    def status(self, case: UUID) -> str:
        with self.database.reading() as db:
            return db.get_one(Merge, case).status

    def person(self, person_id: UUID) -> Person:
        with self.database.reading() as db:
            return db.get_one(Person, person_id)

    def phone(self, person_id: UUID) -> str | None:
        with self.database.reading() as db:
            return db.get_one(Person, person_id).phone

    def sub(self, person_id: UUID, client: str) -> str:
        """What this client is told of them; makes it."""
        return subjects.ensure(self.prepared, self.sectors[client], person_id, self.now)

    def agree(self, person_id: UUID, client: str, *scopes: str) -> None:
        with self.database.writing() as db:
            consents.record(
                db,
                person_id,
                ConsentKind.PROVISION,
                texts.said("provision"),
                purpose="sign_in",
                now=self.now,
                client_id=client,
                scopes=scopes,
            )

    def credential(self, person_id: UUID, kind: str) -> None:
        with self.database.writing() as db:
            if kind == "password":
                password.set_hash(db, person_id, f"hash-{next(NUMBERS)}", "registration", self.now)
                return
            handle = f"handle-{next(NUMBERS)}" if kind == "passkey" else None
            row = Credential(person_id=person_id, kind=kind, handle=handle, details={"amr": ["hwk"]})
            row.created_at = row.changed_at = self.now
            db.add(row)

    def may(self, person_id: UUID) -> Mapping[str, Any]:
        """Everything that makes a difference to what a person may do, and to whom."""
        with self.database.reading() as db:
            return may(db, self.vault, person_id, self.now)


def may(db: Session, vault: Vault, person_id: UUID, now: datetime) -> Mapping[str, Any]:
    """What opens doors, gives levels, stands for organisations and is known to clients."""
    person = db.get_one(Person, person_id)
    guarded = select(Guardianship.ward_id, Guardianship.digest).where(
        Guardianship.guardian_id == person_id, Guardianship.ended_at.is_(None)
    )
    mandates = select(Mandate.id, Mandate.state).where(Mandate.agent_person_id == person_id)
    found = lookup.by_phone(db, vault, person.phone) if person.phone else None
    agreed = consents.current(db, person_id)
    known = select(Subject.sector, Subject.sub).where(Subject.person_id == person_id)
    ways = select(Credential.id).where(Credential.person_id == person_id, Credential.ended_at.is_(None))
    return {
        "status": person.status,
        "level": levels.identity_level(db, person_id, now),
        "least_aal": person.least_aal,
        "facts": (person.name, person.birth_date, person.sex, person.address, person.phone),
        "login": person.login_name,
        "found_by_phone": found.id if found else None,
        "ways": frozenset(db.scalars(ways)),
        "documents": frozenset(
            one.id for one in person.documents if one.verified_at and not one.displaced_at
        ),
        "mandates": frozenset(db.execute(mandates)),
        "consents": frozenset((one.client_id, one.scopes) for one in agreed),
        "guards": frozenset(db.execute(guarded)),
        "subjects": frozenset(db.execute(known)),
    }


def couple_of(office: Office, *, passport: bool = True, phone: bool = True) -> Couple:
    """Somebody's two accounts, two operators who are no namesakes, a government client and a utility."""
    number = next(NUMBERS)
    one, other = 1000 + 2 * number, 1001 + 2 * number
    stays = office.person(one)
    with office.database.writing() as db:
        who = people.applicant(other, phone=people.phone(other) if phone else None)
        if passport:
            read = claims.read(
                DocumentType.PRC_PASSPORT, synthetic.prc_passport(number), "林晓云", None, NOW.date()
            )
            who = replace(who, claim=read)
        else:
            who = replace(who, claim=people.claim(one), answer=people.UNKNOWN_KIND)
        goes = enrolment.enrol(db, office.vault, who, office.now, people.HOLD).id
        office.people[other] = goes
        operators = [
            Decider(
                local_staff.open_account(db, f"op-{number}-{i}", f"值班{i}号", None, office.now).person_id
            )
            for i in (1, 2)
        ]
        made = {}
        for kind in (ClientClass.GOVERNMENT, ClientClass.UTILITY):
            details = {
                "client_name": f"系统{number}",
                "redirect_uris": [f"https://{kind.value.replace('_', '')}{number}.example.cn/callback"],
            }
            client, _ = onboarding.create(db, details, kind, office.now)
            made[client.id] = client_of(client).sector
    couple = Couple(office, Clients(office.database), stays, goes, (one, other), operators)
    couple.sectors = made
    return couple


def grant(couple: Couple, to: int, representative: int) -> UUID:
    """A company's representative lets one of the two accounts do something; `to` is STAYS or GOES."""
    company = 1 + max(couple.office.companies, default=0)
    couple.office.company(company, representative)
    return couple.office.grant(representative, couple.numbers[to], scope("A1"), company=company)


def rows(db: Session, kind: type[Any]) -> int:
    return db.scalar(select(func.count()).select_from(kind)) or 0


def agreed(couple: Couple, person_id: UUID, client: str) -> list[Consent]:
    with couple.database.reading() as db:
        return consents.current(db, person_id, client)
