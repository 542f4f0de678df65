"""A civil servant on the way to their office's own system: what its pages say of them and ask of them."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from idp import clock
from idp.authenticators import credentials
from idp.authenticators.models import Credential
from idp.departments import tree
from idp.departments.tree import Unit
from idp.persons.models import Staff
from tests.attacks.whole import Visitor, Whole, standing
from tests.idp.oauth.world import Registered

SCOPE = "openid profile staff"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with standing(tmp_path_factory.mktemp("home")) as whole:
        yield whole


@pytest.fixture(scope="module")
def office(whole: Whole) -> Registered:
    """A department's own system, which admits civil servants alone."""
    return whole.client(realms=["staff"], scope=SCOPE)


@pytest.fixture(scope="module")
def servant(whole: Whole) -> UUID:
    """A civil servant with an authenticator app."""
    person_id = whole.person(level=2, realm="staff", least_aal=2)
    with whole.oauth.database.writing() as db:
        department = tree.add(db, Unit("U-1", "市数据局", "Data Bureau", "province", ""), clock.now())
        staff = Staff(
            person_id=person_id, directory="d", entry_id="e", login="li", unit_code="U-1", post="科员",
            department_id=department.id, confirmed_at=clock.now(),
        )  # fmt: skip
        db.add(staff)
        credentials.add(db, Credential(person_id=person_id, kind="totp", name="手机"), clock.now())
    return person_id


def on_the_way(whole: Whole, office: Registered, servant: UUID, **asked: str) -> Visitor:
    """Signed in with password and app, at the first page that the system's request leads to."""
    visitor = whole.visitor()
    handle = whole.sign_in(servant, amr="pwd otp").handle
    visitor.http.set_cookie("yt-staff-8000", handle, domain="127.0.0.1")
    return visitor.go(whole.request(office, scope=SCOPE, **asked))


def test_what_is_missing_is_a_stronger_way(whole: Whole, office: Registered, servant: UUID) -> None:
    """Who has a second one is not told to have none, nor of levels that only citizens rise to."""
    page = on_the_way(whole, office, servant, acr_values="ial1.aal3").text

    assert "您还没有添加够强的登录方式" in page and "只留在一台设备上的通行密钥" in page
    assert not [said for said in ("您还没有可用的第二种方式", "数字证书", "需要的可信等级") if said in page]


def test_departments_are_called_by_their_names(whole: Whole, office: Registered, servant: UUID) -> None:
    """What the system is told by code, its civil servant reads as everywhere else."""
    page = on_the_way(whole, office, servant).text

    assert "所在单位" in page and "所在部门" in page
    assert 2 == page.count("市数据局") and "U-1" not in page
