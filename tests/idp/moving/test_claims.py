"""A login that an enterprise shared becomes a claim, and a mandate makes it an agent's."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.keys.vault import Vault
from idp.mandates.models import Basis, Mandate, Role
from idp.mandates.models import State as MandateState
from idp.moving import claims
from idp.moving.models import ImportedAccount, ImportedClaim, Kind, State
from idp.organisations.models import Organisation
from idp.persons.models import Person
from idp.storage.database import Database
from tests.idp.mandates.office import organisation
from tests.idp.moving.old_accounts import imported, written
from tests.idp.persons.people import HOLD, NOW, person


def claimed(db: Session, vault: Vault) -> tuple[ImportedAccount, Person]:
    """Somebody who is known typed the shared password."""
    account, someone = db.scalars(select(ImportedAccount)).one(), person(db, vault)
    assert claims.follow(db, vault, account.id, someone, NOW)
    return account, someone


def brought(database: Database, vault: Vault, folder: Path) -> str:
    """An organisation of ours had a shared login elsewhere."""
    with database.writing() as db:
        company = organisation(1, NOW)
        db.add(company)
        code = company.credit_code
    shared = {"id": "e-1", "kind": "organisation", "login": "hongda", "credit_code": code}
    imported(database, vault, written(folder, [shared]))
    return code


def test_a_shared_login_lets_nobody_act(database: Database, vault: Vault, tmp_path: Path) -> None:
    """It is a claim, made once however often it is typed."""
    brought(database, vault, tmp_path)
    with database.writing() as db:
        account, someone = claimed(db, vault)
        again = claims.follow(db, vault, account.id, someone, NOW)
    claims.settle(database, vault, 10, NOW)

    with database.reading() as db:
        assert [] == list(db.scalars(select(Mandate)))
        assert [None] == list(db.scalars(select(ImportedClaim.settled_at)))
    assert not again


def test_a_mandate_settles_the_claim_and_ends_the_shared_login(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    """However the mandate came about: an administrator's invitation, or two operators."""
    code = brought(database, vault, tmp_path)
    with database.writing() as db:
        account, someone = claimed(db, vault)
        db.add(mandate(account, someone, db))
    claims.settle(database, vault, 10, NOW)

    with database.reading() as db:
        stored = db.scalars(select(ImportedAccount)).one()
        assert [NOW] == list(db.scalars(select(ImportedClaim.settled_at)))
    assert (State.JOINED, Kind.ORGANISATION, code) == (stored.state, stored.kind, stored.credit_code)
    assert (None, None) == (stored.secret, stored.login_digest)


def mandate(account: ImportedAccount, agent: Person, db: Session) -> Mandate:
    company = db.scalars(select(Organisation).where(Organisation.credit_code == account.credit_code)).one()
    return Mandate(
        organisation_id=company.id,
        agent_person_id=agent.id,
        role=Role.AGENT,
        state=MandateState.ACTIVE,
        basis=Basis.WINDOW,
        created_at=NOW,
        valid_from=NOW,
        valid_until=NOW + HOLD,
    )
