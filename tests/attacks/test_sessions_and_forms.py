"""Sessions planted, copied and kept; forms posted from elsewhere; interactions carried to another browser."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from werkzeug.wrappers import Response

from idp import clock
from idp.account.binding import Binding
from idp.audit.models import AuditEvent
from idp.clients.models import ClientClass
from idp.sessions import lifecycle
from idp.sessions.models import SignInSession
from tests.attacks.whole import Visitor, Whole
from tests.idp.account.stage import PASSWORD, staged
from tests.idp.oauth.world import Registered

OWN_PAGES = (
    "/account",
    "/account/profile",
    "/account/security",
    "/account/consents",
    "/account/activity",
    "/account/notices",
    "/account/close",
)
TOKENS = ("", "x", "x" * 64, "é" * 32, "A" * 63 + "\n")


@pytest.fixture(scope="module")
def resident(whole: Whole) -> str:
    """Somebody who can sign in."""
    whole.resident("resident")
    return "resident"


@pytest.fixture
def signed_in(visitor: Visitor, resident: str) -> Visitor:
    """Their browser."""
    return visitor.sign_in(resident)


def is_in(visitor: Visitor) -> bool:
    """Whether this browser is let into its own pages."""
    visitor.ask("GET", "/account")
    return visitor.status == 200


def test_a_planted_handle_is_not_taken_over(whole: Whole, resident: str) -> None:
    """Signing in makes a new handle, whatever the browser came with (CVE-2024-7341)."""
    planted = "A" * 43
    victim = whole.visitor().take(planted).sign_in(resident)

    assert is_in(victim)
    assert not is_in(whole.visitor().take(planted))


def test_an_attackers_own_session_does_not_become_the_victims(whole: Whole, resident: str) -> None:
    """A live handle planted in another browser ends when somebody else signs in there."""
    whole.resident("attacker")
    planted = str(whole.visitor().sign_in("attacker").session)
    victim = whole.visitor().go("/sign-in").take(planted).fill(login=resident, password=PASSWORD)

    assert victim.session != planted
    assert not is_in(whole.visitor().take(planted))


def test_a_copied_cookie_dies_with_the_session(whole: Whole, signed_in: Visitor) -> None:
    """Sessions live here, not in the cookie: signing out ends every copy."""
    copied = str(signed_in.session)
    signed_in.go("/sign-out").post("/sign-out", csrf_token=signed_in.token)

    assert not is_in(whole.visitor().take(copied))


def test_a_copied_cookie_dies_by_a_portals_sign_out(whole: Whole, signed_in: Visitor) -> None:
    """The same where a portal leads to the sign-out."""
    copied = str(signed_in.session)
    signed_in.go("/oauth/logout").fill()

    assert not is_in(whole.visitor().take(copied))


def test_cookies_are_kept_from_scripts_and_other_sites(whole: Whole, resident: str) -> None:
    """HttpOnly, SameSite, and an interaction's only at its own path."""
    visitor = whole.visitor()
    visitor.go("/sign-in")
    posted = {"login": resident, "password": PASSWORD, "csrf_token": visitor.token}
    visitor.ask("POST", visitor.path, data=posted)
    session = next(c for c in visitor.page.headers.getlist("Set-Cookie") if "session" in c)
    visitor.ask("GET", whole.request(whole.client()))
    interaction = visitor.page.headers["Set-Cookie"]

    for cookie in (session, interaction):
        assert {"HttpOnly", "SameSite=Lax"} <= set(cookie.split("; "))
    assert f"Path={visitor.location}" in interaction


@pytest.mark.parametrize(
    "path", [*OWN_PAGES, "/sign-in", "/register", "/recover", "/oauth/logout", "/nowhere"]
)
def test_no_page_is_kept_framed_or_scripted(signed_in: Visitor, path: str) -> None:
    """Caches, frames and inline code are all refused."""
    signed_in.ask("GET", path)
    headers = signed_in.page.headers

    assert ("no-store", "DENY", "nosniff") == tuple(
        headers[name] for name in ("Cache-Control", "X-Frame-Options", "X-Content-Type-Options")
    )
    if signed_in.status == 200:
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", OWN_PAGES)
def test_own_pages_are_nobody_elses(visitor: Visitor, path: str) -> None:
    """Without a session they lead to the sign-in."""
    visitor.ask("GET", path)

    assert visitor.location.startswith("/sign-in?")


@pytest.mark.parametrize("status", ["frozen", "closed", "deceased"])
def test_a_session_is_worth_nothing_when_its_person_may_not_enter(whole: Whole, status: str) -> None:
    """At once, on pages and at authorize (T8)."""
    person_id, portal = whole.resident(f"gone-{status}"), whole.client()
    visitor = whole.visitor().sign_in(f"gone-{status}")
    whole.set_status(person_id, status)
    visitor.ask("GET", "/account")
    led_to = visitor.location
    visitor.ask("GET", whole.request(portal, prompt="none"))

    assert led_to.startswith("/sign-in")
    assert "login_required" == visitor.answer["error"]


def test_a_recovered_password_ends_every_session(whole: Whole) -> None:
    """Whoever had got in is out."""
    person_id = whole.resident("recovering")
    visitor = whole.visitor().sign_in("recovering")
    with whole.oauth.database.writing() as db:
        lifecycle.end_all(db, person_id, "password_recovered", clock.now())

    assert not is_in(visitor)


def test_an_idle_session_is_over(whole: Whole, signed_in: Visitor) -> None:
    """Half an hour unused, and whoever finds the browser finds nobody in it."""
    with whole.oauth.database.writing() as db:
        db.execute(update(SignInSession).values(last_seen_at=clock.now() - timedelta(hours=1)))

    assert not is_in(signed_in)


@pytest.mark.parametrize("token", TOKENS, ids=range(len(TOKENS)))
@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/sign-out", {}),
        ("/account/security", {"end": "others"}),
        ("/account/consents", {"withdraw": "anything"}),
        ("/account/close", {"password": PASSWORD}),
        ("/account/close", {"decision": "keep"}),
        ("/account/verify", {"name": "王明", "kind": "resident_id_18", "number": "1"}),
    ],
)
def test_no_own_form_is_taken_from_elsewhere(
    whole: Whole, signed_in: Visitor, path: str, values: dict[str, str], token: str
) -> None:
    """Without the token of this session and this form nothing happens."""
    signed_in.ask("POST", path, data={**values, "csrf_token": token})

    assert signed_in.status in {303, 400}
    assert is_in(signed_in)


def test_a_token_serves_its_own_form_only(signed_in: Visitor) -> None:
    """Signing out's does not close the account."""
    other = signed_in.go("/account/security").token
    signed_in.ask("POST", "/account/close", data={"password": PASSWORD, "csrf_token": other})

    assert 400 == signed_in.status


def test_a_token_serves_its_own_browser_only(whole: Whole, signed_in: Visitor) -> None:
    """Another person's page gives a stranger nothing to post with."""
    whole.resident("neighbour")
    theirs = whole.visitor().sign_in("neighbour").go("/account/close").token
    signed_in.ask("POST", "/account/close", data={"password": PASSWORD, "csrf_token": theirs})

    assert 400 == signed_in.status


@pytest.mark.parametrize("path", ["/sign-in", "/register", "/recover"])
def test_nobody_is_signed_in_or_registered_from_elsewhere(whole: Whole, resident: str, path: str) -> None:
    """Login CSRF: the forms before the sign-in are bound to their browser as well."""
    attacker = whole.visitor().go(path)
    fresh, visiting = whole.visitor(), whole.visitor().go(path)
    for victim, place in ((fresh, attacker.path), (visiting, attacker.path), (visiting, visiting.path)):
        posted = {"login": resident, "password": PASSWORD, "phone": "13800000000"}
        victim.ask("POST", place, data={**posted, "csrf_token": attacker.token})

        assert victim.status in {400, 410}
        assert victim.session is None


@pytest.mark.parametrize("token", TOKENS, ids=range(len(TOKENS)))
def test_consent_is_not_given_from_elsewhere(whole: Whole, signed_in: Visitor, token: str) -> None:
    """Nor is the answer to be had by asking for it again."""
    third = whole.client(kind=ClientClass.THIRD_PARTY)
    signed_in.go(whole.request(third, prompt="consent"))
    door = signed_in.path.rsplit("/", 1)[0]
    signed_in.ask("POST", f"{door}/consent", data={"decision": "accept", "csrf_token": token})
    signed_in.ask("GET", door)

    assert f"{door}/consent" == signed_in.location


def test_a_steps_token_serves_that_step(whole: Whole, signed_in: Visitor) -> None:
    """The sign-in page's token gives no consent."""
    third = whole.client(kind=ClientClass.THIRD_PARTY)
    signed_in.ask("GET", whole.request(third, prompt="login consent"))
    door = signed_in.location.removesuffix("/sign-in")
    of_sign_in = signed_in.go(f"{door}/sign-in").token
    signed_in.ask("POST", f"{door}/consent", data={"decision": "accept", "csrf_token": of_sign_in})
    signed_in.ask("GET", door)

    assert f"{door}/sign-in" == signed_in.location


@pytest.mark.parametrize(
    "step", ["", "/sign-in", "/register", "/organisation", "/step-up", "/notice", "/consent"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_interaction_stays_in_its_browser(
    whole: Whole, portal: Registered, resident: str, step: str, method: str
) -> None:
    """Its address alone opens nothing elsewhere (CVE-2026-7571, session relay)."""
    beginner, other = whole.visitor(), whole.visitor().sign_in(resident)
    beginner.ask("GET", whole.request(portal))
    door = beginner.location.removesuffix("/sign-in")
    other.ask(method, door + step, data={"decision": "accept"} if method == "POST" else None)

    assert other.status in {405, 410}


def test_an_answered_interaction_answers_no_more(whole: Whole, resident: str) -> None:
    """Going back to its door gives no second code for the same request."""
    portal = whole.client()
    visitor = whole.visitor()
    visitor.go(whole.request(portal)).fill(login=resident, password=PASSWORD)
    door = visitor.path.rsplit("/", 1)[0]
    if not visitor.answer:
        visitor.fill(decision="accept")
    first = visitor.answer["code"]
    visitor.ask("GET", door)

    assert first
    assert "code" not in visitor.answer


def test_forwarded_addresses_are_believed_from_proxies_only(whole: Whole) -> None:
    """Nobody escapes the limits of their address by naming another."""
    for source in ("203.0.113.9", "10.9.0.1"):
        visitor = whole.visitor(source)
        visitor.go("/sign-in")
        visitor.ask(
            "POST",
            visitor.path,
            data={"login": "nobody", "password": "x", "csrf_token": visitor.token},
            headers={"X-Forwarded-For": "198.51.100.7, 10.9.0.2"},
        )
    with whole.oauth.database.reading() as db:
        seen = {row.source for row in db.query(AuditEvent).filter_by(topic="sign_in.refused")}

    assert {"203.0.113.9", "198.51.100.7"} <= seen
    assert "10.9.0.1" not in seen


def test_nobody_elses_session_can_be_ended(whole: Whole, signed_in: Visitor) -> None:
    """An id in a form is looked for among one's own (CVE-2026-4630)."""
    whole.resident("owner")
    before = open_sessions(whole)
    owner = whole.visitor().sign_in("owner")
    theirs = open_sessions(whole) - before
    for session_id in theirs:
        page = signed_in.go("/account/security")
        page.post("/account/security", csrf_token=page.token, end=session_id)

    assert 1 == len(theirs)
    assert is_in(owner)


def open_sessions(whole: Whole) -> set[str]:
    """The ids of all that have not ended."""
    with whole.oauth.database.reading() as db:
        return {str(one.id) for one in db.query(SignInSession).filter(SignInSession.ended_at.is_(None))}


def test_over_https_every_cookie_carries_its_prefix_and_can_be_taken_away(tmp_path: Path) -> None:
    """Browsers heed no `__Secure-` cookie without Secure, not even one that deletes (RFC 6265bis §4.1.3)."""
    with staged(tmp_path, issuer="https://id.example.gov.cn") as stage, stage.app.test_request_context("/"):
        taken = Binding("register").forget(Response()).headers["Set-Cookie"]
        session = stage.services.cookies.keep_session("handle")

    assert taken.startswith("__Secure-yt-register=;")
    assert {"Secure", "HttpOnly", "Max-Age=0", "Path=/register"} <= set(taken.split("; "))
    assert session.startswith("__Host-yt-session=handle; Path=/;") and session.endswith("; Secure")
