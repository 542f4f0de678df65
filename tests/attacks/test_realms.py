"""Citizens and civil servants: neither passes for the other, in no cookie, at no client, with no token."""

import re
from uuid import UUID

import pytest

from idp import clock
from idp.authenticators import password
from idp.persons.models import Staff
from tests.attacks.whole import HASHED, Visitor, Whole
from tests.idp.account.stage import PASSWORD
from tests.idp.oauth.world import Registered, SignedIn, claims_of

SCOPES = "openid profile staff"
STAFF_COOKIE = "yt-staff-8000"


@pytest.fixture
def office(whole: Whole) -> Registered:
    """A department's own system, which admits civil servants alone."""
    return whole.client(realms=["staff"], scope=SCOPES, post_logout_redirect_uris=["http://127.0.0.1:8399/"])


@pytest.fixture
def official(whole: Whole, office: Registered) -> SignedIn:
    """A civil servant who has proven themselves with two factors."""
    signed_in = whole.sign_in(appointed(whole), amr="pwd otp")
    whole.agree(signed_in, office, SCOPES)
    return signed_in


def appointed(whole: Whole) -> UUID:
    person_id = whole.person(level=2, realm="staff", least_aal=2)
    with whole.oauth.database.writing() as db:
        staff = Staff(
            person_id=person_id, directory="d", entry_id=person_id.hex, login="li", unit_code="U-1",
            post="科员", confirmed_at=clock.now(),
        )  # fmt: skip
        db.add(staff)
    return person_id


def with_staff(visitor: Visitor, handle: str) -> Visitor:
    visitor.http.set_cookie(STAFF_COOKIE, handle, domain="127.0.0.1")
    return visitor


def silently(visitor: Visitor, registered: Registered, scope: str = "openid profile") -> dict[str, str]:
    """What a client is told without a page."""
    return visitor.go(visitor.whole.request(registered, prompt="none", scope=scope)).answer


def test_a_citizens_session_opens_nothing_to_an_office(
    whole: Whole, office: Registered, visitor: Visitor
) -> None:
    """Neither in its own cookie nor carried over into the other one."""
    citizen = whole.known(office)
    own = silently(visitor.take(citizen.handle), office)
    carried = silently(with_staff(visitor, citizen.handle), office)

    assert ["login_required"] * 2 == [own["error"], carried["error"]]


def test_a_staff_session_opens_nothing_to_a_portal(
    whole: Whole, portal: Registered, official: SignedIn, visitor: Visitor
) -> None:
    """A client that names no realm admits citizens alone."""
    whole.agree(official, portal)
    own = silently(with_staff(visitor, official.handle), portal)
    carried = silently(visitor.take(official.handle), portal)

    assert ["login_required"] * 2 == [own["error"], carried["error"]]
    assert "/sign-in" in visitor.go("/account").path


def test_a_password_of_citizens_proves_no_civil_servant(
    whole: Whole, office: Registered, visitor: Visitor
) -> None:
    """Their page is not shown in an office's interaction, and posting to it begins no session."""
    whole.resident("citizen_at_an_office")
    visitor.go(whole.request(office))
    place = visitor.path
    visitor.post(
        re.sub(r"/staff$", "/sign-in", place),
        csrf_token=visitor.token, login="citizen_at_an_office", password=PASSWORD,
    )  # fmt: skip

    assert place.endswith("/staff")
    assert place == visitor.path
    assert [] == [cookie.key for cookie in visitor.kept() if cookie.key == STAFF_COOKIE]


def test_a_password_on_a_civil_servants_row_signs_in_nobody(
    whole: Whole, portal: Registered, visitor: Visitor
) -> None:
    """Even if somebody gave them one: the proof is of another realm than the interaction."""
    person_id = whole.person(level=2, realm="staff", login_name="misplaced_login")
    with whole.oauth.database.writing() as db:
        password.set_hash(db, person_id, HASHED, "registration", clock.now())
    visitor.go(whole.request(portal)).fill(login="misplaced_login", password=PASSWORD)

    assert visitor.path.endswith("/sign-in")
    assert visitor.session is None


def test_nobody_chooses_a_realm_the_client_does_not_admit(
    whole: Whole, portal: Registered, visitor: Visitor
) -> None:
    """The link is only there where both are admitted, and its address by itself does nothing."""
    visitor.go(whole.request(portal))
    place = visitor.path
    visitor.go(re.sub(r"/sign-in$", "/as/staff", place))

    assert place == visitor.path


def test_tokens_say_that_it_is_a_civil_servant(
    whole: Whole, office: Registered, official: SignedIn, visitor: Visitor
) -> None:
    """In the ID token, the access token and userinfo, after a refresh too; where they work by scope alone."""
    code = silently(with_staff(visitor, official.handle), office, SCOPES)["code"]
    tokens = whole.redeem(office, code).json
    assert tokens is not None
    renewed = whole.refresh(office, tokens["refresh_token"]).json
    said = whole.userinfo(tokens["access_token"]).json
    assert said is not None
    assert renewed is not None

    assert "staff" == claims_of(renewed["id_token"])["realm"]
    assert "staff" == claims_of(tokens["id_token"])["realm"] == claims_of(tokens["access_token"])["realm"]
    assert ("staff", "U-1", "科员") == (said["realm"], said["unit"], said["post"])


def test_where_they_work_is_told_by_scope_alone(
    whole: Whole, office: Registered, official: SignedIn, visitor: Visitor
) -> None:
    """And of a citizen nothing of the kind."""
    code = silently(with_staff(visitor, official.handle), office)["code"]
    tokens = whole.redeem(office, code).json
    assert tokens is not None
    said = whole.userinfo(tokens["access_token"]).json

    assert said is not None
    assert not {"unit", "department", "post", "window"} & set(said)


def test_half_a_sign_in_is_none_for_an_office(whole: Whole, office: Registered, visitor: Visitor) -> None:
    """The directory's password alone reaches the second factor and no further."""
    signed_in = whole.sign_in(appointed(whole), amr="pwd")
    whole.agree(signed_in, office, SCOPES)

    assert "interaction_required" == silently(with_staff(visitor, signed_in.handle), office)["error"]


def test_signing_out_of_an_office_leaves_the_citizen_signed_in(
    whole: Whole, office: Registered, portal: Registered, official: SignedIn, visitor: Visitor
) -> None:
    """Each realm ends by itself, with a hint and without."""
    citizen = whole.known(portal)
    with_staff(visitor.take(citizen.handle), official.handle)
    code = silently(visitor, office, SCOPES)["code"]
    tokens = whole.redeem(office, code).json
    assert tokens is not None
    visitor.go(f"/oauth/logout?id_token_hint={tokens['id_token']}")

    assert "login_required" == silently(visitor, office)["error"]
    assert "code" in silently(visitor, portal)
    assert "invalid_token" in whole.userinfo(tokens["access_token"]).headers["WWW-Authenticate"]


def test_signing_out_of_a_portal_leaves_the_civil_servant_signed_in(
    whole: Whole, office: Registered, portal: Registered, official: SignedIn, visitor: Visitor
) -> None:
    """Asked first, because a link alone proves nothing; then only the portal's own realm."""
    citizen = whole.known(portal)
    with_staff(visitor.take(citizen.handle), official.handle)
    visitor.go(f"/oauth/logout?client_id={portal.id}").post(
        f"/oauth/logout/confirm?client_id={portal.id}", csrf_token=visitor.token, decision="sign_out"
    )

    assert "login_required" == silently(visitor, portal)["error"]
    assert "code" in silently(visitor, office)
