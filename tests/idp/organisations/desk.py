"""A desk at which organisations register, for tests: people at their levels, a registry, a moment."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.evidence.models import Evidence, Method
from idp.keys.vault import Vault
from idp.mandates import founding, refresh, succession
from idp.mandates.founding import Founded, Registrar
from idp.mandates.models import Mandate
from idp.mandates.refresh import Refreshed
from idp.notices.models import Notice
from idp.organisations.claim import Typed
from idp.organisations.models import Organisation, OrganisationApplication
from idp.outbox.models import Message
from idp.outbox.queue import open_payload
from idp.outbox.worker import Leased
from idp.persons.models import Person
from idp.storage.database import Database
from idp.storage.prepared import Prepared
from idp.storage.state import StateStore
from tests.idp.mandates.office import Office
from tests.idp.organisations import registries
from tests.idp.organisations.registries import Register
from tests.idp.persons import people


@dataclass
class Desk:
    """A database, its registry, and the people who come."""

    database: Database
    state: StateStore
    prepared: Prepared
    registry: Register = field(default_factory=Register)
    now: datetime = people.NOW
    people: dict[int, UUID] = field(default_factory=dict)

    @property
    def vault(self) -> Vault:
        vault = self.database.vault
        assert isinstance(vault, Vault)
        return vault

    @property
    def registrar(self) -> Registrar:
        return Registrar(self.database, self.vault, self.state, self.registry, limit=5)

    def office(self, *companies: int) -> Office:
        """The people of organisations that have registered, to grant mandates to each other."""
        known = {index: self.organisation(index).id for index in companies or (1,)}  # type: ignore[union-attr]
        return Office(self.database, self.prepared, self.now, self.people, known)

    def refresh(self, index: int = 1) -> Refreshed:
        """Ask the registry about one."""
        organisation = self.organisation(index)
        assert organisation is not None
        return refresh.refresh(self.database, self.registry, organisation.id, self.now)

    def person(self, index: int, level: int = 4) -> UUID:
        """Somebody at this level, the same for the same number."""
        if index not in self.people:
            with self.database.writing() as db:
                self.people[index] = people.person(db, self.vault, index).id
                if level >= 4:
                    prove(db, self.people[index], self.now)
        return self.people[index]

    def rise(self, index: int) -> None:
        """Let somebody show their face."""
        with self.database.writing() as db:
            prove(db, self.people[index], self.now)

    def pass_time(self, by: timedelta) -> None:
        """Later, for registry and desk alike."""
        self.now += by
        self.registry.now = self.now

    def register(self, person: int, index: int = 1, level: int = 4, **typed: object) -> Founded:
        """Register an organisation as it is on file, unless told otherwise."""
        values: dict[str, object] = {
            "number": registries.code(index),
            "name": registries.name(index),
        }
        wanted = Typed(**{**values, **typed})  # type: ignore[arg-type]
        return founding.register(self.registrar, self.person(person, level), wanted, self.now)

    def organisation(self, index: int = 1) -> Organisation | None:
        with self.database.reading() as db:
            query = select(Organisation).where(Organisation.credit_code == registries.code(index))
            return db.scalar(query)

    def representative(self, index: int = 1) -> Mandate | None:
        found = self.organisation(index)
        assert found is not None
        with self.database.reading() as db:
            return succession.representative(db, found.id)

    def applications(self) -> list[OrganisationApplication]:
        with self.database.reading() as db:
            return list(db.scalars(select(OrganisationApplication)))

    def told(self, person: int) -> list[str]:
        """The topics somebody has in their inbox, oldest first."""
        with self.database.reading() as db:
            query = select(Notice.topic).where(Notice.person_id == self.people[person])
            return list(db.scalars(query.order_by(Notice.at, Notice.id)))

    def waiting(self, topic: str) -> list[Leased]:
        """The messages of a topic that have not been delivered."""
        with self.database.reading() as db:
            query = select(Message).where(Message.topic == topic, Message.settled_at.is_(None))
            rows = db.scalars(query.order_by(Message.created_at)).all()
            return [Leased(m.id, m.topic, open_payload(db, m), 1, m.created_at) for m in rows]


def prove(db: Session, person_id: UUID, now: datetime) -> None:
    """Level 4 on the document that a person holds."""
    document = db.get_one(Person, person_id).documents[0]
    db.add(
        Evidence(
            person_id=person_id,
            document_id=document.id,
            method=Method.REAL_PERSON,
            authority="likeness",
            level=4,
            at=now,
            expires_at=now + timedelta(days=365),
        )
    )
