"""What every page of the console demands: two factors, a recent proof, a form's own token, its own host."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from werkzeug.test import Client as Http

import wsgi
from admin_ui.access import PERMISSIONS, Permission
from admin_ui.models import Role
from idp import clock
from idp.audit.models import AuditEvent
from idp.authenticators import local_staff as passwords_of_staff
from idp.crypto import passwords
from idp.persons.models import Person
from idp.web.edge import create_edge, gate_of
from tests.admin_ui.stage import HERE, PASSWORD, Console

ISSUER, PUBLIC, OWN = "https://id.example.gov.cn", "id.example.gov.cn", "console.example.local:8443"


def security(console: Console) -> Any:
    return console.appointed(Role.SECURITY).person_id


def test_every_role_has_something_to_do() -> None:
    """And every permission is somebody's."""
    given = {permission for permissions in PERMISSIONS.values() for permission in permissions}

    assert set(Permission) == given
    assert set(Role) == set(PERMISSIONS)


@pytest.mark.parametrize(
    ("age", "page", "door"),
    [
        (timedelta(hours=11), "/admin/administrators", False),
        (timedelta(hours=13), "/admin/administrators", True),
        (timedelta(minutes=14), "/admin/administrators/new", False),
        (timedelta(minutes=16), "/admin/administrators/new", True),
    ],
)
def test_a_proof_grows_old(console: Console, age: timedelta, page: str, door: bool) -> None:
    """Twelve hours for any page, fifteen minutes for acts that matter; then one proves oneself anew."""
    browser = console.signed_in(security(console), at=clock.now() - age)
    answer = browser.client.get(page)

    assert door == (answer.status_code == 303)
    assert not door or "again=2" in answer.headers["Location"]
    assert not door or f"next={page.replace('/', '%2F')}" in answer.headers["Location"]


def test_an_old_proof_takes_no_form_either(console: Console) -> None:
    """The page was shown in time, the answer came too late."""
    browser = console.signed_in(security(console), at=clock.now() - timedelta(minutes=16))
    path = "/admin/administrators/new"
    filled = {"csrf_token": browser.token(path), "login": "late.one", "name": "张伟", "role": "operator"}
    answer = browser.client.post(path, data=filled)

    assert 303 == answer.status_code
    assert answer.headers["Location"].startswith("/staff/sign-in?")


def test_one_factor_opens_nothing(console: Console) -> None:
    """Even if somebody's own minimum were ever lower."""
    person_id = security(console)
    with console.services.database.writing() as db:
        db.execute(update(Person).where(Person.id == person_id).values(least_aal=1))
    answer = console.signed_in(person_id, frozenset({"pwd"})).client.get("/admin")

    assert 303 == answer.status_code


def test_a_password_that_is_due_opens_nothing(console: Console) -> None:
    """Both factors proven, and still the issued password."""
    person_id = security(console)
    with console.services.database.writing() as db:
        passwords_of_staff.issue(db, person_id, passwords.hash_password("issued"), clock.now())

    assert 303 == console.signed_in(person_id).client.get("/admin").status_code


def test_an_own_password_is_changed_before_it_is_due(console: Console) -> None:
    """One that was used before is refused; elsewhere everything ends, here one goes on."""
    person_id = security(console)
    here, elsewhere = console.signed_in(person_id), console.signed_in(person_id)
    path = "/admin/password"
    refused = here.get(path).fill(path, password=PASSWORD).text
    here.fill(path, password="four quiet herons")

    assert "近期用过" in refused
    assert "/admin" == here.address
    assert 303 == elsewhere.client.get("/admin").status_code


def test_a_form_counts_in_its_session_at_its_address_alone(console: Console) -> None:
    """A token of another session, of another page, or none: nothing happens."""
    mine, other = console.as_role(Role.SECURITY), console.as_role(Role.SECURITY)
    path = "/admin/administrators/new"
    filled = {"login": "forged.one", "name": "张伟", "role": "operator"}
    tokens = ("", other.token(path), mine.token("/admin/administrators"))
    refused = [mine.client.post(path, data={**filled, "csrf_token": token}).status_code for token in tokens]

    assert [400, 400, 400] == refused
    assert 200 == mine.client.post(path, data={**filled, "csrf_token": mine.token(path)}).status_code


def test_a_refused_page_is_kept_in_the_trail(console: Console) -> None:
    """By whom and which page, without what was in its address."""
    browser = console.as_role(Role.OPERATOR, HERE)
    browser.client.get("/admin/trail?person=secret")
    with console.services.database.reading() as db:
        kept = db.scalars(select(AuditEvent).where(AuditEvent.topic == "access.refused")).all()[-1]

    assert {"page": "/admin/trail"} == kept.details
    assert kept.person_id is not None
    assert kept.actor == f"admin:{kept.person_id.hex}"


def test_pages_say_who_must_not_keep_or_frame_them(console: Console) -> None:
    """Nothing inline, nothing from elsewhere, kept nowhere; and light enough for any office."""
    answer = console.as_role(Role.SECURITY).client.get("/admin/administrators")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "no-store" == answer.headers["Cache-Control"]
    assert len(answer.data) < 150_000


@pytest.fixture
def bound() -> Http:
    """The edge of an issuer whose console is at a host of its own."""

    def inside(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield environ["PATH_INFO"].encode()

    gate = gate_of(ISSUER, (), console=[OWN])
    return Http(create_edge(inside, gate, inside, lambda *_: None), use_cookies=False)


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        (PUBLIC, "/admin", 404),
        (PUBLIC, "/admin/trail", 404),
        ("elsewhere.example.com", "/admin", 404),
        (PUBLIC, "/administration", 200),
        (PUBLIC, "/staff/sign-in", 200),
        (OWN, "/admin", 200),
        (OWN, "/admin/trail", 200),
        (OWN, "/staff/sign-in", 200),
        (OWN, "/interaction/x", 200),
        (OWN, "/", 307),
        (OWN, "/oauth/authorize", 404),
        (OWN, "/oauth/token", 404),
        (OWN, "/account", 404),
        (OWN, "/.well-known/openid-configuration", 404),
        (OWN.upper(), "/admin", 200),
        ("console.example.local", "/admin", 404),
    ],
)
def test_a_console_with_hosts_of_its_own_is_nowhere_else(
    bound: Http, host: str, path: str, status: int
) -> None:
    """Nor is anything else there but what its administrators need."""
    assert status == bound.get(path, headers={"Host": host}).status_code


def test_the_setting_binds_the_whole_product(console: Console) -> None:
    """As `idp serve` composes it."""
    bound_to = console.services.settings.model_copy(update={"admin_hosts": [OWN]})
    product = Http(wsgi.create_app(bound_to), use_cookies=False)
    own, public = (product.get("/admin", headers={"Host": host}) for host in (OWN, "127.0.0.1:8000"))

    assert (303, "/staff/sign-in?next=%2Fadmin") == (own.status_code, own.headers["Location"])
    assert 404 == public.status_code
