"""Signing out at a client's request, and telling the others."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from connectors.callbacks import RegisteredCallbacks
from idp import clock
from idp.crypto import jose
from idp.oauth import backchannel_logout
from idp.oauth.backchannel_logout import EVENT, Messenger
from idp.oauth.endpoints import end_session
from idp.oauth.errors import Displayed, Fault
from idp.sessions.logout import NotTold
from tests.idp.oauth.world import Registered, SignedIn, World, claims_of

BACK = "http://127.0.0.1:8399/signed-out"


def leaving(world: World, signed_in: SignedIn | None, **values: str) -> end_session.SigningOut:
    return end_session.examine(world.oauth, values, signed_in.session_id if signed_in else None)


@pytest.fixture
def returning(world: World) -> Registered:
    """A client with an address to return to."""
    return world.client(post_logout_redirect_uris=[BACK])


def test_a_hint_of_this_session_is_proof(world: World, returning: Registered) -> None:
    """The client holds an ID token of this very session: nobody need be asked."""
    signed_in = world.known(returning)
    hint = world.tokens(returning, signed_in)["id_token"]
    found = leaving(world, signed_in, id_token_hint=hint, post_logout_redirect_uri=BACK, state="a&b")

    assert (True, f"{BACK}?state=a%26b") == (found.proven, found.back_to)


def test_an_expired_hint_is_still_one(world: World, returning: Registered) -> None:
    """Portals sign people out hours later (RP-Initiated Logout §2)."""
    signed_in = world.known(returning)
    said = claims_of(world.tokens(returning, signed_in)["id_token"]) | {"exp": 1}
    hint = jose.sign(said, world.oauth.keyring.signing(), "JWT")

    assert leaving(world, signed_in, id_token_hint=hint).proven


def test_a_hint_of_another_session_proves_nothing(world: World, returning: Registered) -> None:
    """Otherwise a link with a stranger's token would sign anybody out."""
    other = world.tokens(returning, world.known(returning))["id_token"]

    assert not leaving(world, world.known(returning), id_token_hint=other).proven


@pytest.mark.parametrize("values", [{}, {"client_id": "own"}, {"id_token_hint": "nonsense"}])
def test_without_a_hint_the_person_is_asked(
    world: World, returning: Registered, values: dict[str, str]
) -> None:
    """Anybody can put a link to this endpoint on a page."""
    values = {name: returning.id if value == "own" else value for name, value in values.items()}

    assert not leaving(world, world.known(returning), **values).proven


@pytest.mark.parametrize("uri", ["https://evil.example/", BACK + "/", BACK + "?a=b", BACK + "#x", ""])
def test_only_a_registered_address_is_returned_to(world: World, returning: Registered, uri: str) -> None:
    """Exactly; a request with another one is shown, not redirected."""
    with pytest.raises(Displayed) as refusal:
        leaving(world, None, client_id=returning.id, post_logout_redirect_uri=uri)

    assert Fault.RETURN_UNKNOWN == refusal.value.fault


def test_an_address_of_nobody_is_not_returned_to(world: World, returning: Registered) -> None:
    """Without a client there is no registration to look at."""
    with pytest.raises(Displayed):
        leaving(world, None, post_logout_redirect_uri=BACK)


def test_hint_and_client_must_agree(world: World, returning: Registered) -> None:
    """RP-Initiated Logout §2."""
    hint = world.tokens(returning, world.known(returning))["id_token"]
    with pytest.raises(Displayed):
        leaving(world, None, id_token_hint=hint, client_id=world.client().id)


class Listener(HTTPServer):
    """A portal that waits to be told."""

    heard: list[str]
    status = 200


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Runs for one test, on a port of its own."""

    class Ear(BaseHTTPRequestHandler):
        server: Listener

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.server.heard.append(parse_qs(body)["logout_token"][0])
            self.send_response(self.server.status)
            self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    server = Listener(("127.0.0.1", 0), Ear)
    server.heard = []
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def told(world: World, listener: Listener, loopback: bool = True) -> tuple[SignedIn, Registered, str]:
    portal = world.client(backchannel_logout_uri=f"http://127.0.0.1:{listener.server_port}/bye")
    signed_in = world.known(portal)
    said = claims_of(world.tokens(portal, signed_in)["id_token"])
    payload = {"session_id": str(signed_in.session_id), "client_id": portal.id, "sub": said["sub"]}
    callbacks = RegisteredCallbacks(private=loopback)
    assert Messenger(world.oauth, callbacks).deliver(payload, clock.now())
    return signed_in, portal, said["sid"]


def test_a_client_is_told_with_its_own_words_for_session_and_person(world: World, listener: Listener) -> None:
    """`sid` and `sub` as in its ID token, the event, an id, never a nonce (Back-Channel Logout §2.4)."""
    _, portal, sid = told(world, listener)
    said = jose.verify(listener.heard[0], world.oauth.keyring, typ=backchannel_logout.TYPE)

    assert (portal.id, sid, {EVENT: {}}) == (said["aud"], said["sid"], said["events"])
    assert {"jti", "iat", "exp", "sub"} <= set(said)
    assert "nonce" not in said


@pytest.mark.parametrize("status", [302, 400, 500])
def test_anything_but_yes_is_tried_again(world: World, listener: Listener, status: int) -> None:
    """Redirects are not followed."""
    listener.status = status
    with pytest.raises(NotTold):
        told(world, listener)


def test_this_machine_is_not_called_unless_allowed(world: World, listener: Listener) -> None:
    """A registered address must not reach what only we can reach (SSRF)."""
    with pytest.raises(NotTold):
        told(world, listener, loopback=False)

    assert [] == listener.heard


def test_a_client_that_does_not_listen_is_left_alone(world: World, portal: Registered) -> None:
    """Nothing to do is done."""
    payload = {"session_id": "0" * 32, "client_id": portal.id, "sub": "x"}

    assert not Messenger(world.oauth, RegisteredCallbacks()).deliver(payload, clock.now())
