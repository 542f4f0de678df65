"""What upstreams and older systems have left with a county: links, cases, sources, runs, claims."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from admin_ui.upstream_links import UpstreamVisitor
from federation import cases, linking
from federation.linking import How
from federation.matching import Conflict, Disagreement
from idp import clock
from idp.assurance import Level
from idp.clients import onboarding
from idp.clients.models import ClientClass, ClientRow
from idp.departments import tree
from idp.interaction.upstream import AssertedIdentity
from idp.moving import claims, runs, sealing
from idp.moving.files import Accounts
from idp.moving.models import ImportedAccount, ImportRun
from idp.moving.returned import Returned
from idp.moving.runs import Counts, Importing
from idp.persons import synthetic
from idp.persons.identifiers import DocumentType
from idp.persons.models import Person
from tests.admin_ui.hall import Hall
from tests.admin_ui.stage import HERE
from tests.idp.moving.old_accounts import MD5, written

ASSERTED_NAME = "欧阳清和"
PORTAL = {
    "client_name": "公积金网厅",
    "client_name#en": "Housing Fund",
    "purpose": "办事",
    "purpose#en": "services",
    "redirect_uris": ["https://fund.example.gov.cn/back"],
    "token_endpoint_auth_method": "client_secret_basic",
}


def linked(hall: Hall, person_id: UUID) -> UUID:
    """An account at the province that is this person's."""
    services = hall.console.services
    with services.database.writing() as db:
        subject = f"there-{person_id.hex}"
        made = linking.link(db, services.vault, "province", subject, person_id, How.OWN_PAGE, clock.now())
        return made.id


def visitor(hall: Hall, person_id: UUID) -> str:
    """Somebody whose links an operator of the county is looking at."""
    operator, place = hall.console.civil_servant(department=HERE), hall.console.department(HERE)
    kept = hall.console.services.extras["upstream_visitors"]
    return str(kept.add(UpstreamVisitor(operator, place.path if place else None, person_id)))


def asserted(index: int) -> AssertedIdentity:
    number, now = synthetic.resident_id_at(9000 + index), clock.now()
    return AssertedIdentity(
        "province", f"somebody-{index}", Level(3, 1), now, ASSERTED_NAME, DocumentType.RESIDENT_ID, number
    )


def disagreed(
    hall: Hall,
    person_id: UUID | None = None,
    other_id: UUID | None = None,
    why: Disagreement = Disagreement.OTHER_NAME,
) -> UUID:
    """The province says of somebody what is not true here."""
    services = hall.console.services
    hall.companies += 1
    with services.database.writing() as db:
        conflict = Conflict(why, person_id, other_id)
        return cases.open_case(db, services.vault, asserted(hall.companies), conflict, clock.now()).id


def portal(hall: Hall, division: str = HERE) -> str:
    """A portal of this county."""
    with hall.console.services.database.writing() as db:
        county, client_id = tree.find(db, division), f"fund-{division}"
        if db.get(ClientRow, client_id) is None:
            onboarding.create(
                db, PORTAL, ClientClass.GOVERNMENT, clock.now(), department=county, client_id=client_id
            )
        return client_id


def brought(
    hall: Hall, folder: Path, rows: list[dict[str, str]], source: str = "fund", client: str | None = None
) -> UUID:
    """A file that was read to its end; gives the run."""
    services, path = hall.console.services, written(folder, rows, f"{source}.csv")
    accounts = Accounts(path)
    with services.database.writing() as db:
        found = runs.source(db, services.vault, source, "公积金旧网厅", client)
        run = runs.begin(db, found, sealing.file_digest(path), again=True)
        run_id, generation = run.id, found.generation
    returned = Returned(path.with_name(f"{source}.faults.csv"), accounts, 0)
    Importing(
        services.database, services.vault, run_id, source, generation, accounts, returned, workers=0
    ).run(Counts(0, 0, 0, 0, 0), lambda _: None)
    return run_id


def faulty(index: int) -> dict[str, str]:
    """A row with a name and an old password, whose document's number is none."""
    told = {"id": f"old-{index}", "name": "慕容远山", "id_type": "111", "id_number": "11010119900101123"}
    return told | {"scheme": "md5-salt-first", "hash": MD5}


def unfinished(hall: Hall, run_id: UUID) -> None:
    """As if the run were still going on."""
    with hall.console.services.database.writing() as db:
        run = db.get_one(ImportRun, run_id)
        run.finished_at, run.seen_at = None, clock.now()


def claimed(hall: Hall, folder: Path, code: str, person_id: UUID, source: str = "hall") -> UUID:
    """Somebody knew the password of this organisation's shared login; gives the account."""
    shared = {
        "id": f"shared-{code}",
        "kind": "organisation",
        "login": f"firm{code[-6:]}",
        "credit_code": code,
    }
    brought(hall, folder, [shared], source)
    services = hall.console.services
    with services.database.writing() as db:
        account = db.scalars(select(ImportedAccount).where(ImportedAccount.credit_code == code)).one()
        assert claims.follow(db, services.vault, account.id, db.get_one(Person, person_id), clock.now())
        return account.id
