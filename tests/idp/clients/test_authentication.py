"""Clients proving themselves: each registered method once, and every way of cheating."""

import sys
from base64 import b64encode
from datetime import datetime
from types import FrameType
from typing import Any
from urllib.parse import quote_plus

import pytest

from idp.clients import onboarding
from idp.clients.authentication import AuthenticationRefused, Reason, authenticate, digest
from idp.clients.directory import Clients
from idp.clients.metadata import Client
from idp.storage.database import Database
from idp.storage.state import StateStore
from tests.idp.clients.making import ISSUER, TOKEN_ENDPOINT, Posted, Register


@pytest.fixture
def prove(directory: Clients, state: StateStore, now: datetime) -> Any:
    """Authenticate with these form parameters and this Authorization header."""

    def prove(authorization: str | None = None, repeated: tuple[str, ...] = (), **form: str) -> Client:
        posted = Posted(form, frozenset(repeated))
        return authenticate(posted, authorization, directory, state, now, (ISSUER, TOKEN_ENDPOINT))

    return prove


def refusal(prove: Any, *args: Any, **form: Any) -> Reason:
    with pytest.raises(AuthenticationRefused) as refused:
        prove(*args, **form)
    return refused.value.reason


def basic(client_id: str, secret: str) -> str:
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}"
    return "Basic " + b64encode(pair.encode()).decode()


def test_basic(register: Register, prove: Any) -> None:
    """The secret in the header; a client_id beside it must be the same one."""
    portal = register()

    assert portal.id == prove(basic(portal.id, portal.secret)).id
    assert (
        portal.id == prove(basic(portal.id, portal.secret).replace("Basic", "basic"), client_id=portal.id).id
    )
    assert Reason.MISMATCH == refusal(prove, basic(portal.id, portal.secret), client_id="another")


def test_post(register: Register, prove: Any) -> None:
    """The secret in the body, for clients registered so."""
    portal = register(token_endpoint_auth_method="client_secret_post")

    assert portal.id == prove(client_id=portal.id, client_secret=portal.secret).id
    assert Reason.PROOF == refusal(prove, client_id=portal.id, client_secret=portal.secret + "x")


def test_public(register: Register, prove: Any) -> None:
    """A public client shows its id and nothing else."""
    app = register(token_endpoint_auth_method="none")

    assert app.id == prove(client_id=app.id).id
    assert Reason.METHOD == refusal(prove, client_id=app.id, client_secret="anything")
    assert Reason.METHOD == refusal(prove, basic(app.id, "anything"))


@pytest.mark.parametrize("secret", ["", "wrong", "a" * 43, "a" * 10_000, "秘密", "\x00"])
def test_wrong_secrets_are_refused(register: Register, prove: Any, secret: str) -> None:
    """Whatever their length or alphabet."""
    portal = register()

    assert refusal(prove, basic(portal.id, secret)) in {Reason.PROOF, Reason.MALFORMED}


def test_the_registered_method_is_the_only_one(register: Register, prove: Any) -> None:
    """The right secret in the wrong place is refused, and so is no secret (RFC 6749 §2.3.1)."""
    by_header = register()
    by_body = register(token_endpoint_auth_method="client_secret_post")

    assert Reason.METHOD == refusal(prove, client_id=by_header.id, client_secret=by_header.secret)
    assert Reason.METHOD == refusal(prove, basic(by_body.id, by_body.secret))
    assert Reason.METHOD == refusal(prove, client_id=by_header.id)


def test_two_methods_at_once_are_refused(register: Register, prove: Any) -> None:
    """A client must not use more than one (RFC 6749 §2.3), be both right."""
    portal = register()
    header = basic(portal.id, portal.secret)

    for second in (
        {"client_secret": portal.secret},
        {"client_assertion": "a.b.c"},
        {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
    ):
        assert Reason.SEVERAL == refusal(prove, header, **second)
    assert Reason.SEVERAL == refusal(prove, client_id=portal.id, client_secret="x", client_assertion="a.b.c")


@pytest.mark.parametrize("name", ["client_id", "client_secret", "client_assertion", "client_assertion_type"])
def test_repeated_parameters_are_refused(register: Register, prove: Any, name: str) -> None:
    """Nobody may guess which of two values counts (RFC 6749 §3.2)."""
    portal = register()

    assert Reason.REPEATED == refusal(prove, basic(portal.id, portal.secret), repeated=(name,))


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YWJj",
        "Basic " + b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + b64encode(b"id%ff:secret").decode(),
        "Basic " + b64encode(b":secret").decode(),
        "Basic " + b64encode(b"id:").decode(),
        "Basic YTpi, Basic YTpi",
        "Basic é",
    ],
)
def test_broken_headers_are_refused_quietly(prove: Any, header: str) -> None:
    """Not base64, not UTF-8, without a colon: a refusal, never a crash."""
    assert Reason.MALFORMED == refusal(prove, header)


def test_other_schemes_are_no_client_authentication(register: Register, prove: Any) -> None:
    """A bearer header proves nothing here."""
    portal = register()

    assert Reason.MISSING == refusal(prove, "Bearer abc")
    assert Reason.METHOD == refusal(prove, "Bearer abc", client_id=portal.id)
    assert Reason.MISSING == refusal(prove)


@pytest.mark.parametrize("client_id", ["nobody", "x" * 10_000, "a\x00b", "' or 1=1 --", "\ud800", "客户"])
def test_unknown_clients_are_refused(prove: Any, client_id: str) -> None:
    """Whatever id a stranger invents."""
    assert Reason.UNKNOWN == refusal(prove, client_id=client_id)
    assert Reason.UNKNOWN == refusal(prove, client_id=client_id, client_secret="secret")


def test_suspended_clients_are_refused(
    register: Register, prove: Any, database: Database, now: datetime
) -> None:
    """The right secret of a suspended client opens nothing; a wrong one does not learn of the suspension."""
    portal = register()
    with database.writing() as db:
        onboarding.suspend(db, portal.id, now)

    assert Reason.SUSPENDED == refusal(prove, basic(portal.id, portal.secret))
    assert Reason.PROOF == refusal(prove, basic(portal.id, "wrong"))


def test_a_client_of_another_is_not_believed(register: Register, prove: Any) -> None:
    """Secrets belong to one client."""
    one, other = register(), register()

    assert Reason.PROOF == refusal(prove, basic(one.id, other.secret))


def test_time_tells_nothing_about_who_exists(register: Register, prove: Any) -> None:
    """For an unknown client the same digest and the same constant-time comparison are computed."""
    portal = register()
    refusal(prove, basic(portal.id, "wrong"))
    refusal(prove, basic("nobody", "wrong"))

    known = native_calls(prove, basic(portal.id, "wrong"))
    unknown = native_calls(prove, basic("nobody", "wrong"))

    assert known == unknown == ["openssl_sha256", "compare_digest"]


def native_calls(prove: Any, header: str) -> list[str]:
    """Which digests and comparisons a refusal takes."""
    seen: list[str] = []

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call" and argument.__name__ in {"openssl_sha256", "compare_digest"}:
            seen.append(argument.__name__)

    sys.setprofile(note)
    try:
        refusal(prove, header)
    finally:
        sys.setprofile(None)
    return seen


def test_only_protocol_faults_are_the_requests(register: Register, prove: Any) -> None:
    """Repetition and double proof are invalid_request; everything else is invalid_client."""
    malformed = {reason for reason in Reason if AuthenticationRefused(reason).is_malformed}

    assert {Reason.REPEATED, Reason.SEVERAL} == malformed


def test_refusals_tell_no_secret(register: Register, prove: Any) -> None:
    """Neither the message nor a traceback's values show what was presented."""
    portal = register()
    with pytest.raises(AuthenticationRefused) as refused:
        prove(basic(portal.id, "a-secret-that-was-wrong"))

    assert "a-secret" not in f"{refused.value} {refused.value.args}"
    assert digest(portal.secret) != digest("a-secret-that-was-wrong")
