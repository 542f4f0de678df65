"""The way into a protected site: signed, bound to the browser, handed over once, back to the deep link."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from idp.oauth.responses import Shown
from tests.idp.forward_auth.world import SITE, ForwardWorld, Surfer
from tests.idp.oauth.world import Registered, SignedIn


@pytest.mark.parametrize("traefik", [False, True])
@pytest.mark.parametrize("target", ["/", "/records/7?page=2&q=%E6%9D%8E", "//evil.example.cn/x", "/a|b"])
def test_the_deep_link_is_kept(
    forward: ForwardWorld, archive: Registered, citizen: SignedIn, target: str, traefik: bool
) -> None:
    """The browser ends exactly where it wanted to go, and always at this site."""
    assert SITE + target == Surfer(forward, citizen, traefik=traefik).enter(target).headers["Location"]


@pytest.mark.parametrize(
    "changed",
    [
        {"rd": "https://evil.example.cn/"},
        {"rd": "https://archive.example.gov.cn@evil.example.cn/"},
        {"rd": f"{SITE}/other"},
        {"bind": "0" * 64},
        {"sig": ""},
    ],
)
def test_only_what_we_signed_is_followed(
    forward: ForwardWorld, archive: Registered, citizen: SignedIn, changed: dict[str, str]
) -> None:
    """No open redirect: another address, another browser, or no signature at all."""
    surfer = Surfer(forward, citizen)
    parts = urlsplit(surfer.ask().headers["X-Yitong-Start"])
    query = urlencode(dict(parse_qsl(parts.query)) | changed)
    answer = forward.http.get(parts.path, query_string=query)

    assert 400 == answer.status_code
    assert isinstance(forward.shown[-1], Shown)


def test_a_handover_works_once(forward: ForwardWorld, archive: Registered, citizen: SignedIn) -> None:
    """Fifty at once set one cookie."""
    surfer = Surfer(forward, citizen)
    handed_over = surfer.start(surfer.ask())
    query = urlsplit(handed_over.headers["Location"]).query
    headers = {
        "X-Original-URL": f"{SITE}/.yitong/callback",
        "Cookie": "; ".join(f"{name}={value}" for name, value in surfer.cookies.items()),
    }

    def call(_: int) -> bool:
        answer = forward.http.get("/forward-auth/callback", query_string=query, headers=headers)
        return "Set-Cookie" in answer.headers

    with ThreadPoolExecutor(50) as pool:
        assert 1 == sum(pool.map(call, range(50)))


def test_a_handover_is_for_the_browser_that_was_sent(
    forward: ForwardWorld, archive: Registered, citizen: SignedIn
) -> None:
    """Nobody is signed in as somebody else by a link; and the link is not used up by trying."""
    surfer, victim = Surfer(forward, citizen), Surfer(forward)
    handed_over = surfer.start(surfer.ask())
    victim.ask()

    assert "/declined" in victim.arrive(handed_over).headers["Location"]
    assert f"{SITE}/" == surfer.arrive(handed_over).headers["Location"]


def test_a_handover_dies_with_its_session(
    forward: ForwardWorld, archive: Registered, citizen: SignedIn
) -> None:
    """Signing out in between is in time."""
    surfer = Surfer(forward, citizen)
    handed_over = surfer.start(surfer.ask())
    forward.world.end_session(citizen)

    assert "/declined" in surfer.arrive(handed_over).headers["Location"]


def test_a_stranger_meets_the_one_sign_in(forward: ForwardWorld, archive: Registered) -> None:
    """The same interaction as for every other protocol."""
    surfer = Surfer(forward)

    assert surfer.start(surfer.ask("/x")).headers["Location"].startswith("/interaction/")


def test_an_entry_is_a_participant(forward: ForwardWorld, archive: Registered, citizen: SignedIn) -> None:
    """One sign-out reaches it as every other."""
    Surfer(forward, citizen).enter()
    (found,) = forward.world.authorizations()

    assert (archive.id, citizen.session_id) == (found.client_id, found.session_id)


@pytest.mark.parametrize("traefik", [False, True])
def test_signing_out_leads_to_the_one_page(forward: ForwardWorld, archive: Registered, traefik: bool) -> None:
    """A site's own link; whoever puts it on another page signs nobody out, for that page asks."""
    surfer = Surfer(forward, traefik=traefik)
    headers = {"X-Original-URL": f"{SITE}/.yitong/sign-out"}
    answer = (
        surfer.ask("/.yitong/sign-out")
        if traefik
        else forward.http.get("/forward-auth/sign-out", headers=headers)
    )

    assert answer.headers["Location"].endswith(f"/oauth/logout?client_id={archive.id}")
