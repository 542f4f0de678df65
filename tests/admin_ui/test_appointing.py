"""Administrators in the browser: appointing, the first password, approving, ending, within one's subtree."""

import re
from uuid import UUID

from sqlalchemy import select

from admin_ui import administrators
from admin_ui.models import Administrator, Role
from idp.audit.models import AuditEvent
from idp.persons.models import Staff
from tests.admin_ui.stage import HERE, THERE, Console
from tests.idp.account.stage import Browser

NEW = "/admin/administrators/new"


def fill(browser: Browser, login: str, role: str, department: str = "", name: str = "张伟") -> Browser:
    return browser.get(NEW).fill(NEW, login=login, role=role, department=department, name=name)


def row_of(console: Console, login: str) -> Administrator:
    with console.services.database.reading() as db:
        query = select(Administrator).join(Staff, Staff.person_id == Administrator.person_id)
        return db.scalars(query.where(Staff.login == login)).one()


def path(row: Administrator, act: str) -> str:
    return f"/admin/administrators/{row.id}/{act}"


def test_a_new_account_gets_a_password_that_opens_the_first_sign_in(console: Console) -> None:
    """Shown this once, to be changed; an operator counts at once."""
    browser = fill(console.as_role(Role.SECURITY), "new.operator", "operator", HERE)
    shown = re.search(r'<code id="password">([a-z0-9-]{14})</code>', browser.text)
    assert shown is not None
    theirs = console.stage.browser().get("/admin").fill(login="new.operator", password=shown.group(1))

    assert "任命已生效" in browser.text
    assert shown.group(1) not in browser.get("/admin/administrators").text
    assert "/first-app" == theirs.path


def test_whoever_has_an_account_keeps_it(console: Console) -> None:
    """No password is shown, no second account opened."""
    person_id = console.civil_servant("known.already")
    browser = fill(console.as_role(Role.SECURITY), "Known.Already", "reviewer", HERE, name="")

    assert "初始密码" not in browser.text
    assert person_id == row_of(console, "known.already").person_id


def test_what_cannot_be_is_said_at_its_field(console: Console) -> None:
    """And nothing is half done."""
    browser, both = console.as_role(Role.SECURITY), console.civil_servant("is.auditor")
    console.appointed(Role.AUDIT, person_id=both)
    said = [
        (fill(browser, *given).status, words in browser.text)
        for given, words in (
            (("no", "operator"), "账号以小写字母开头"),
            (("un.named", "operator", "", ""), "请填写证件上的姓名"),
            (("is.auditor", "operator"), "互相独立"),
            (("some.where", "operator", "999999"), "没有这个部门"),
            (("some.one", "emperor"), "请看一下这里"),
        )
    ]
    with console.services.database.reading() as db:
        logins = set(db.scalars(select(Staff.login)))

    assert [(400, True)] * 5 == said
    assert not logins & {"un.named", "some.where", "some.one"}


def test_nobody_appoints_outside_their_subtree(console: Console) -> None:
    """Not for another county, not for everything; the code of one is as unknown as none."""
    browser = console.as_role(Role.SECURITY, HERE)
    refused = [
        fill(browser, f"outside.{n}", "operator", top).status
        for n, top in enumerate((THERE, "210000", "", "0"))
    ]
    inside = fill(browser, "inside.one", "operator", HERE).status

    assert [400] * 4 == refused
    assert 200 == inside


def test_a_second_pair_of_eyes_approves(console: Console) -> None:
    """It waits on their start page, not on that of who asked; then it counts."""
    first, second = console.as_role(Role.SECURITY), console.as_role(Role.SECURITY)
    asked = fill(first, "new.auditor", "audit").text
    row = row_of(console, "new.auditor")
    waiting = ["项任命等您批准" in one.get("/admin").text for one in (first, second)]
    own = first.get(path(row, "approve")).fill(path(row, "approve")).status
    approved = second.get(path(row, "approve")).fill(path(row, "approve"))

    assert "任命等待批准" in asked
    assert [False, True] == waiting
    assert (409, True) == (own, "另一位安全管理员" in first.text)
    assert "/admin/administrators" == approved.address
    assert row_of(console, "new.auditor").approved_by == actor(console, "administrator.approved")


def actor(console: Console, topic: str) -> UUID | None:
    """Who the trail says did the last of these."""
    with console.services.database.reading() as db:
        query = select(AuditEvent.actor).where(AuditEvent.topic == topic).order_by(AuditEvent.id.desc())
        return administrators.acting(db.scalars(query).first() or "")


def test_an_ended_role_opens_nothing_from_the_next_page_on(console: Console) -> None:
    """Though its holder is signed in; for a reason that is kept."""
    row = console.appointed(Role.OPERATOR, HERE)
    theirs = console.signed_in(row.person_id)
    before = theirs.get("/admin").status
    browser = console.as_role(Role.SECURITY)
    unsaid = browser.get(path(row, "end")).fill(path(row, "end"), why="").status
    browser.get(path(row, "end")).fill(path(row, "end"), why="moved")

    assert (200, 400, 403) == (before, unsaid, theirs.get("/admin").status)
    assert 404 == browser.get(path(row, "end")).status


def test_the_list_ends_where_the_subtree_does(console: Console) -> None:
    """A county sees its own, a province all of them."""
    for code, login in ((HERE, "seen.here"), (THERE, "seen.there")):
        console.appointed(Role.OPERATOR, code, person_id=console.civil_servant(login))
    county = console.as_role(Role.SECURITY, HERE).get("/admin/administrators").text
    province = console.as_role(Role.SECURITY, "210000").get("/admin/administrators").text

    assert (True, False) == ("seen.here" in county, "seen.there" in county)
    assert (True, True) == ("seen.here" in province, "seen.there" in province)
