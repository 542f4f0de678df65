"""An organisation in the small world, and people who act for it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from idp import clock
from idp.mandates import ending, states, succession
from idp.mandates.models import Basis, Mandate, Role, State
from idp.mandates.scope import Scope
from idp.matters.models import Matter, MatterGroup
from idp.organisations.models import Organisation
from idp.storage.configuration import touch
from tests.idp.mandates.office import organisation
from tests.idp.oauth.world import Registered, SignedIn, World

MATTERS = {"S-1": "A", "S-2": "A", "T-1": "B"}
MATTER = "urn:yitong:matter"


@dataclass
class Enterprise:
    """A company with a representative, in a world with a small catalogue."""

    world: World
    id: UUID = field(init=False)
    code: str = field(init=False)
    representative: SignedIn = field(init=False)

    def __post_init__(self) -> None:
        now = clock.now()
        with self.world.oauth.database.writing() as db:
            for group in sorted(set(MATTERS.values())):
                db.add(MatterGroup(code=group, name=group, position=1))
            db.flush()
            for code, group in MATTERS.items():
                db.add(_matter(code, group, now))
            touch(db)
            made = organisation(1, now)
            db.add(made)
            self.id, self.code = made.id, made.credit_code
        self.representative = self.world.sign_in()
        with self.world.oauth.database.writing() as db:
            succession.appoint(db, states.hold(db, self.id), self.representative.person_id, None, now)

    def portal(self, **metadata: Any) -> Registered:
        """A client that lets people act."""
        details = {
            "capacities": ["person", "organisation"],
            "authorization_details_types": [MATTER],
            "matters": list(MATTERS),
        }
        return self.world.client(**{**details, **metadata})

    def agent(self, *matters: str, actions: str = "apply query", **values: Any) -> SignedIn:
        """Somebody signed in with a mandate for these matters."""
        signed_in = self.world.sign_in()
        self.mandate(signed_in.person_id, *matters, actions=actions, **values)
        return signed_in

    def mandate(self, person_id: UUID, *matters: str, actions: str = "apply", **values: Any) -> UUID:
        """A mandate under the representative's."""
        now = clock.now()
        with self.world.oauth.database.writing() as db:
            above = succession.representative(db, self.id)
            assert above is not None
            row: dict[str, Any] = {
                "organisation_id": self.id,
                "agent_person_id": person_id,
                "role": Role.AGENT,
                "state": State.ACTIVE,
                "granted_under": above.id,
                "basis": Basis.GRANT,
                "created_at": now,
                "signed_at": now,
                "valid_from": now - timedelta(minutes=1),
                "valid_until": now + timedelta(days=30),
            }
            mandate = Mandate(**{**row, **values})
            scope = Scope(matters=frozenset(matters), actions=frozenset(actions.split()), once=mandate.once)
            mandate.allow(scope)
            db.add(mandate)
            return mandate.id

    def revoke(self, mandate_id: UUID) -> None:
        """End a mandate as the representative does."""
        with self.world.oauth.database.writing() as db:
            ending.end(db, db.get_one(Mandate, mandate_id), State.REVOKED, "test", clock.now())

    def use(self, mandate_id: UUID) -> None:
        """The one act it was for is done."""
        with self.world.oauth.database.writing() as db:
            assert ending.use(db, [mandate_id], "S-1", clock.now())

    def change(self, **values: Any) -> None:
        """Change the organisation's row."""
        with self.world.oauth.database.writing() as db:
            row = db.get_one(Organisation, self.id)
            for name, value in values.items():
                setattr(row, name, value)


def _matter(code: str, group: str, now: datetime) -> Matter:
    long_ago = now - timedelta(days=365)
    return Matter(
        code=code,
        name=f"事项{code}",
        group_code=group,
        actions=frozenset({"apply", "query", "pay"}),
        listed_since=long_ago,
        grouped_since=long_ago,
        changed_at=now,
    )
