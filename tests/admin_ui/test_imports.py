"""Moving in at the console: runs, rows to take home, claims of shared logins."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from admin_ui.models import Role
from idp import clock
from idp.audit.models import AuditEvent
from idp.moving import faults
from idp.moving.models import ImportedClaim, ImportFault
from idp.notices.models import Notice
from tests.admin_ui.hall import Hall
from tests.admin_ui.moved import brought, claimed, faulty, portal, unfinished
from tests.admin_ui.stage import THERE
from tests.idp.moving.old_accounts import MD5

PAGE, CLAIMS = "/admin/imports", "/admin/imports/claims"


def rows_of(body: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.removeprefix("\ufeff"))))


def claim_of(hall: Hall, account: UUID, person_id: UUID) -> ImportedClaim:
    with hall.console.services.database.reading() as db:
        return db.get_one(ImportedClaim, (account, person_id))


def test_a_run_is_followed_without_javascript(hall: Hall, tmp_path: Path) -> None:
    """The page asks to be fetched again while it goes on, and no longer."""
    run = brought(hall, tmp_path, [{"id": "1", "login": "first"}, faulty(2)])
    browser = hall.console.as_role(Role.SYSTEM)
    still = browser.get(PAGE).page
    unfinished(hall, run)
    going = browser.get(PAGE).page

    assert still is not None and "Refresh" not in still.headers
    assert going is not None and "5; url=/admin/imports" == going.headers["Refresh"]
    assert "新增 1，更新 0，不变 0" in browser.text
    assert "1 行有误" in browser.text


def test_faulty_rows_are_taken_home_without_the_old_password(hall: Hall, tmp_path: Path) -> None:
    """With the line, what is wrong and what to do; and it is recorded who took them."""
    run = brought(hall, tmp_path, [{"id": "1", "login": "first"}, faulty(2)], "taken")
    browser = hall.console.as_role(Role.OPERATOR).get(f"{PAGE}/{run}/rows")
    (row,) = rows_of(browser.text)
    with hall.console.services.database.reading() as db:
        (event,) = db.scalars(select(AuditEvent).where(AuditEvent.topic == "import.rows_taken"))

    assert ("2", "old-2", "id_number_malformed") == (row["line"], row["id"], row["fault"])
    assert row["advice"]
    assert MD5.partition("$")[2] not in browser.text
    assert ("taken", 1) == (event.details["source"], event.details["rows"])


def test_taking_rows_home_takes_a_fresh_proof(hall: Hall, tmp_path: Path) -> None:
    """And the role that may."""
    run = brought(hall, tmp_path, [faulty(2)], "fresh")
    operator = hall.console.appointed(Role.OPERATOR).person_id
    late = hall.console.signed_in(operator, at=clock.now() - timedelta(minutes=20))
    answer = late.client.get(f"{PAGE}/{run}/rows")

    assert (303, "/staff/sign-in") == (answer.status_code, answer.headers["Location"].partition("?")[0])
    assert 403 == hall.console.as_role(Role.SYSTEM).get(f"{PAGE}/{run}/rows").status


def test_what_is_kept_is_sealed_and_forgotten(hall: Hall, tmp_path: Path) -> None:
    """Nobody's name lies open, and after thirty days none is there."""
    run, services = brought(hall, tmp_path, [faulty(2)], "kept"), hall.console.services
    with services.database.reading() as db:
        (stored,) = db.scalars(select(ImportFault).where(ImportFault.run_id == run))
    faults.forget(services.database, clock.now() + faults.KEPT + timedelta(days=1))
    with services.database.reading() as db:
        left = faults.counted(db, [run])

    assert "慕容远山".encode() not in stored.told_sealed
    assert {} == left


def test_a_source_is_its_portals_departments(hall: Hall, tmp_path: Path) -> None:
    """Another county finds neither it nor its runs."""
    run = brought(hall, tmp_path, [faulty(2)], "county", portal(hall))
    here, there = hall.operator(), hall.operator(THERE)

    assert "公积金网厅" in here.get(PAGE).text
    assert "/sources/county" not in there.get(PAGE).text
    assert [404, 404] == [
        there.get(f"{PAGE}/sources/county").status,
        there.get(f"{PAGE}/{run}/rows").status,
    ]


@pytest.fixture
def claim(hall: Hall, tmp_path: Path) -> tuple[str, UUID, UUID]:
    """A company of the county, the account it shared, and who says they act for it."""
    company, person = hall.company(1), hall.second_account()
    code = hall.code(company)
    return code, claimed(hall, tmp_path, code, person, f"hall{hall.companies}"), person


def test_a_claim_leads_to_the_letter_that_makes_a_mandate(hall: Hall, claim: tuple[str, UUID, UUID]) -> None:
    """With the organisation's code filled in; the claimant is masked."""
    code, _, person = claim
    browser = hall.operator().get(CLAIMS)

    assert f"/admin/links/new?code={code}" in browser.text
    assert hall.phone(person)[3:] not in browser.text


def test_a_claim_is_closed_with_a_reason_and_its_claimant_told(
    hall: Hall, claim: tuple[str, UUID, UUID]
) -> None:
    """It waits for nobody any more."""
    _, account, person = claim
    path, browser = f"{CLAIMS}/{account}/{person}/close", hall.operator()
    browser.get(path).fill(path, reason="单位说查无此人")
    closed = claim_of(hall, account, person)
    with hall.console.services.database.reading() as db:
        told = set(db.scalars(select(Notice.topic).where(Notice.person_id == person)))

    assert ("单位说查无此人", None) == (closed.closed_note, closed.settled_at)
    assert closed.closed_at is not None and closed.closed_by is not None
    assert "import.claim_closed" in told
    assert str(account) not in browser.get(CLAIMS).text


def test_a_claim_is_closed_once(hall: Hall, claim: tuple[str, UUID, UUID]) -> None:
    """The second operator reads that it is done."""
    _, account, person = claim
    path, first, second = f"{CLAIMS}/{account}/{person}/close", hall.operator(), hall.operator()
    second.get(path)
    first.get(path).fill(path, reason="查无此人")
    second.fill(path, reason="查无此人")

    assert 409 == second.status


def test_another_county_sees_no_claim(hall: Hall, claim: tuple[str, UUID, UUID]) -> None:
    """An organisation belongs to where its code says."""
    _, account, person = claim
    there = hall.operator(THERE)

    assert str(account) not in there.get(CLAIMS).text
    assert 404 == there.get(f"{CLAIMS}/{account}/{person}/close").status


def test_what_waits_is_on_the_start_page(hall: Hall, claim: tuple[str, UUID, UUID]) -> None:
    """An operator need not look into every room."""
    assert "项共用账号的认领等待处理" in hall.operator().get("/admin").text
