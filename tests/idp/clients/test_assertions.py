"""Client assertions (RFC 7523): one that is believed, and each way it would not be."""

import json
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from idp import clock
from idp.clients.assertions import LONGEST_LIFE, SKEW, TYPE
from idp.clients.authentication import AuthenticationRefused, Reason, authenticate
from idp.clients.directory import Clients
from idp.clients.metadata import Client
from idp.crypto import jose
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import StateStore
from tests.idp.clients.making import ISSUER, TOKEN_ENDPOINT, Posted, Register

KEY = jose.generate("ES256", "client-key")
AUDIENCE = (ISSUER, TOKEN_ENDPOINT)


@pytest.fixture
def client_id(register: Register) -> str:
    return register(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [KEY.public]}).id


@pytest.fixture
def prove(directory: Clients, state: StateStore, now: datetime) -> Any:
    def prove(assertion: str, **form: str) -> Client:
        posted = Posted({"client_assertion": assertion, "client_assertion_type": TYPE, **form})
        return authenticate(posted, None, directory, state, now, AUDIENCE)

    return prove


def claims(client_id: str, now: datetime, **changes: Any) -> dict[str, Any]:
    moment = int(now.timestamp())
    made = {
        "iss": client_id,
        "sub": client_id,
        "aud": ISSUER,
        "jti": "jti-1",
        "iat": moment,
        "exp": moment + 60,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def refused_because(prove: Any, assertion: str, **form: str) -> str:
    with pytest.raises(AuthenticationRefused) as refused:
        prove(assertion, **form)
    assert refused.value.reason in {Reason.ASSERTION, Reason.MISMATCH, Reason.MALFORMED, Reason.UNKNOWN}
    return str(refused.value)


@pytest.mark.parametrize("audience", AUDIENCE)
def test_a_good_assertion_is_believed(client_id: str, prove: Any, now: datetime, audience: str) -> None:
    """Addressed to the issuer or the token endpoint, with or without client_id beside it."""
    assertion = jose.sign(claims(client_id, now, aud=audience), KEY, "JWT")

    assert client_id == prove(assertion, client_id=client_id).id


@pytest.mark.parametrize("alg", ["ES256", "ES384", "RS256", "PS256"])
def test_assertions_of_other_libraries_are_believed(
    register: Register, prove: Any, now: datetime, alg: str
) -> None:
    """Any registered asymmetric key will do, without `typ` and without `kid`."""
    from joserfc.jwk import RSAKey

    curves = {"ES256": "P-256", "ES384": "P-384"}
    key = ECKey.generate_key(curves[alg]) if alg in curves else RSAKey.generate_key(2048)
    keys = {"keys": [key.as_dict(private=False)]}
    client = register(token_endpoint_auth_method="private_key_jwt", jwks=keys)

    assertion = jwt.encode({"alg": alg}, claims(client.id, now), key, algorithms=[alg], default_type=None)

    assert client.id == prove(assertion).id


def test_an_assertion_is_believed_once(client_id: str, prove: Any, now: datetime) -> None:
    """Its id is remembered as long as it could be shown again (RFC 7523 §3 rule 7)."""
    assertion = jose.sign(claims(client_id, now), KEY, "JWT")
    prove(assertion)

    assert "already used" in refused_because(prove, assertion)
    assert "already used" in refused_because(
        prove, jose.sign(claims(client_id, now, exp=int(now.timestamp()) + 300), KEY, "JWT")
    )
    assert client_id == prove(jose.sign(claims(client_id, now, jti="jti-2"), KEY, "JWT")).id


def test_of_many_at_once_one_is_believed(client_id: str, directory: Clients, state_store: StateStore) -> None:
    """On every store, twenty presentations of one assertion have exactly one success."""
    state_store.epoch()
    now = clock.now() + timedelta(seconds=2)
    form = Posted(
        {
            "client_assertion": jose.sign(claims(client_id, now), KEY, "JWT"),
            "client_assertion_type": TYPE,
        }
    )

    def believed(_: int) -> bool:
        try:
            return bool(authenticate(form, None, directory, state_store, now, AUDIENCE))
        except AuthenticationRefused as refused:
            assert "already used" in str(refused)
            return False

    with ThreadPoolExecutor(8) as pool:
        assert 1 == sum(pool.map(believed, range(20)))


def test_ids_of_two_clients_do_not_collide(register: Register, prove: Any, now: datetime) -> None:
    """One client cannot use up another's ids."""
    jwks = {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [KEY.public]}}
    for client in (register(**jwks), register(**jwks)):
        assert client.id == prove(jose.sign(claims(client.id, now), KEY, "JWT")).id


def test_what_is_refused_uses_up_nothing(client_id: str, prove: Any, now: datetime) -> None:
    """A forged assertion does not spend the id of the real one."""
    forged = jose.sign(claims(client_id, now), jose.generate("ES256", "client-key"), "JWT")
    assert "wrong signature" in refused_because(prove, forged)

    assert client_id == prove(jose.sign(claims(client_id, now), KEY, "JWT")).id


@pytest.mark.parametrize(
    "audience",
    [
        [ISSUER],
        [TOKEN_ENDPOINT],
        [ISSUER, "https://evil.example"],
        [],
        ISSUER + "/",
        ISSUER.upper(),
        "https://evil.example",
        {"a": 1},
        5,
        "",
        None,
    ],
)
def test_the_audience_is_exactly_us(client_id: str, prove: Any, now: datetime, audience: object) -> None:
    """An array would let one assertion serve two servers; ours must be a single exact text."""
    assertion = jose.sign(claims(client_id, now, aud=audience), KEY, "JWT")

    assert "aud must be" in refused_because(prove, assertion)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": 0},
        {"exp": -SKEW},
        {"exp": LONGEST_LIFE + SKEW + 1},
        {"exp": 10 * 365 * 86400},
        {"iat": SKEW + 1},
        {"nbf": SKEW + 1},
        {"iat": -2 * 3600},
    ],
)
def test_assertions_are_short_lived(
    client_id: str, prove: Any, now: datetime, changes: dict[str, int | None]
) -> None:
    """Expired, too long-lived (ten years!), from the future, or from before the store's memory."""
    moment = now.timestamp()
    times = {n: None if v is None else moment + v if v or n != "exp" else 0 for n, v in changes.items()}

    assert refused_because(prove, jose.sign(claims(client_id, now, **times), KEY, "JWT"))


@pytest.mark.parametrize("value", ["soon", True, [], {}, "1900000000"])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_times_are_numbers(client_id: str, prove: Any, now: datetime, name: str, value: object) -> None:
    """Texts, lists and truth values are no moments."""
    assert refused_because(prove, jose.sign(claims(client_id, now, **{name: value}), KEY, "JWT"))


def test_infinite_times_are_refused(client_id: str, prove: Any, now: datetime) -> None:
    """`1e999` and NaN read as numbers that compare with nothing."""
    for number in ("1e999", "NaN", "-1e999"):
        text = json.dumps(claims(client_id, now, exp=0)).replace('"exp": 0', f'"exp": {number}')
        header = urlsafe_b64encode(b'{"alg":"ES256"}').rstrip(b"=")
        message = header + b"." + urlsafe_b64encode(text.encode()).rstrip(b"=")
        signature = urlsafe_b64encode(KEY.signature(message)).rstrip(b"=")

        assert "malformed" in refused_because(prove, (message + b"." + signature).decode())


@pytest.mark.parametrize("jti", [None, "", 5, [], "x" * 256])
def test_an_id_is_needed(client_id: str, prove: Any, now: datetime, jti: object) -> None:
    """Without `jti` it could be shown again."""
    assert "jti" in refused_because(prove, jose.sign(claims(client_id, now, jti=jti), KEY, "JWT"))


def test_issuer_and_subject_are_the_client(client_id: str, prove: Any, now: datetime) -> None:
    """One client does not speak for another (RFC 7523 §3 rules 1 and 2)."""
    assert "iss and sub" in refused_because(
        prove, jose.sign(claims(client_id, now, sub="another"), KEY, "JWT")
    )
    assert "unknown client" in refused_because(
        prove, jose.sign(claims(client_id, now, iss="another"), KEY, "JWT")
    )
    assert "another client" in refused_because(
        prove, jose.sign(claims(client_id, now), KEY, "JWT"), client_id="another"
    )
    assert "another client" in refused_because(prove, jose.sign(claims(client_id, now, iss=None), KEY, "JWT"))


def test_access_tokens_are_no_assertions(client_id: str, prove: Any, now: datetime) -> None:
    """The type keeps them apart."""
    assert "another type" in refused_because(prove, jose.sign(claims(client_id, now), KEY, "at+jwt"))


@pytest.mark.parametrize("alg", ["none", "HS256"])
def test_unsigned_and_shared_secret_assertions_are_refused(
    client_id: str, prove: Any, now: datetime, alg: str
) -> None:
    """Assertions are signed with a private key or not at all."""
    parts = (
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": alg, "kid": "client-key"}, claims(client_id, now))
    )

    assert "algorithm" in refused_because(prove, ".".join([*parts, "" if alg == "none" else "AAAA"]))


@pytest.mark.parametrize("kind", ["", "jwt", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"])
def test_the_kind_of_assertion_is_named(client_id: str, prove: Any, now: datetime, kind: str) -> None:
    """Only JWT bearer assertions (RFC 7523 §2.2)."""
    assertion = jose.sign(claims(client_id, now), KEY, "JWT")

    assert "malformed" in refused_because(prove, assertion, client_assertion_type=kind)


@pytest.mark.parametrize("assertion", ["", "a.b.c", "x" * 9000, "é.é.é", "...."])
def test_nonsense_is_refused_quietly(prove: Any, assertion: str) -> None:
    """A refusal, never a crash."""
    assert refused_because(prove, assertion)


@pytest.mark.parametrize("issued", [timedelta(seconds=-1), None])
def test_what_an_emptied_store_forgot_is_refused(
    client_id: str, directory: Clients, tmp_path: Path, now: datetime, issued: timedelta | None
) -> None:
    """A store that began after the assertion was issued may have seen it already; without iat, likewise."""
    emptied = sqlite_state(tmp_path / "emptied.db", now.timestamp)
    iat = None if issued is None else (now + issued).timestamp()
    assertion = jose.sign(claims(client_id, now, iat=iat), KEY, "JWT")
    form = Posted({"client_assertion": assertion, "client_assertion_type": TYPE})

    with pytest.raises(AuthenticationRefused, match="memory"):
        authenticate(form, None, directory, emptied, now, AUDIENCE)
    emptied.close()


def test_without_issue_time_the_earliest_possible_counts(client_id: str, prove: Any, now: datetime) -> None:
    """`iat` is optional (RFC 7523 §3 rule 6) once the store remembers long enough."""
    assert client_id == prove(jose.sign(claims(client_id, now, iat=None), KEY, "JWT")).id
