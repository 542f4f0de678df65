"""Signing and verifying tokens: what is believed, and everything that is not."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key, OctKey, RSAKey

from idp.crypto import jose
from idp.crypto.jose import Reason, Refused, SigningKey

CLAIMS = {"iss": "https://id.example.gov.cn", "sub": "八桂", "exp": 1_900_000_000}


class Published:
    """The keys that are known beforehand, by name."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = {(key.kid, key.alg): jose.public_key(key.public) for key in keys}

    def verifying(self, kid: str | None, alg: str) -> Sequence[Key]:
        return [key for name, key in self.keys.items() if name == (kid, alg)]


class AnyKey:
    """A careless source: whatever the name and algorithm, here is a key."""

    def __init__(self, key: Key) -> None:
        self.key = key

    def verifying(self, kid: str | None, alg: str) -> Sequence[Key]:
        return [self.key]


@pytest.fixture(scope="module", params=jose.OURS)
def key(request: pytest.FixtureRequest) -> SigningKey:
    return jose.generate(request.param, "key-1")


@pytest.fixture(scope="module")
def es256() -> SigningKey:
    return jose.generate("ES256", "key-1")


def part(value: Any) -> str:
    octets = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(octets).rstrip(b"=").decode()


def forged(header: Mapping[str, Any], key: SigningKey, payload: Any = CLAIMS) -> str:
    """A token with any header, signed rightly."""
    message = f"{part(header)}.{part(payload)}"
    return f"{message}.{part(key.signature(message.encode()))}"


def refusal(token: str, keys: jose.KeySource, algorithms: Sequence[str] = jose.OURS) -> Reason:
    with pytest.raises(Refused) as refused:
        jose.verify(token, keys, algorithms)
    return refused.value.reason


def test_what_is_signed_is_read_back(key: SigningKey) -> None:
    """Claims survive the way out and back, Chinese ones too."""
    token = jose.sign(CLAIMS, key, "JWT")

    assert CLAIMS == jose.verify(token, Published(key))


def test_what_json_has_no_number_for_is_left_empty(es256: SigningKey) -> None:
    """No reader of strict JSON may stumble over a token of ours (RFC 8259 §6)."""
    payload = jose.sign({"ratio": float("nan"), "limit": float("inf")}, es256, "JWT").split(".")[1]

    assert b'{"ratio":null,"limit":null}' == urlsafe_b64decode(payload + "==")


def test_joserfc_reads_what_we_sign(key: SigningKey) -> None:
    """Our own joining of the three parts agrees with the library (RFC 7515 §5.1)."""
    tokens = [jose.sign({**CLAIMS, "n": n}, key, "at+jwt") for n in range(20)]

    read = [jwt.decode(token, jose.public_key(key.public), algorithms=[key.alg]) for token in tokens]

    assert [{**CLAIMS, "n": n} for n in range(20)] == [token.claims for token in read]
    assert {"alg": key.alg, "kid": "key-1", "typ": "at+jwt"} == read[0].header


def test_we_read_what_joserfc_signs(key: SigningKey) -> None:
    """The other way round."""
    kind = ECKey if key.alg == "ES256" else RSAKey
    private = kind.import_key(key.private)  # type: ignore[arg-type]  # the pair fits
    token = jwt.encode({"alg": key.alg, "kid": "key-1"}, CLAIMS, private, algorithms=[key.alg])

    assert CLAIMS == jose.verify(token, Published(key))


def test_a_stored_key_signs_as_before(key: SigningKey) -> None:
    """Custody keeps PKCS #8; the key that comes back is the same."""
    again = jose.from_der(key.alg, key.kid, key.to_der())

    assert key.public == again.public
    assert CLAIMS == jose.verify(jose.sign(CLAIMS, again, "JWT"), Published(key))


def test_the_public_half_holds_no_secret(key: SigningKey) -> None:
    """What is published has no private parameter (RFC 7518 §6.2.2, §6.3.2)."""
    assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key.public)
    assert "sig" == key.public["use"]


def test_unsigned_tokens_are_refused(es256: SigningKey) -> None:
    """`alg: none` is no signature, in any spelling, even when a caller allows it (RFC 8725 §3.2)."""
    for none in ("none", "None", "NONE"):
        token = f"{part({'alg': none, 'kid': 'key-1'})}.{part(CLAIMS)}."

        assert Reason.ALGORITHM == refusal(token, Published(es256))
        assert Reason.ALGORITHM == refusal(token, AnyKey(jose.public_key(es256.public)), ["none", "None"])


@pytest.mark.parametrize("form", [Encoding.PEM, Encoding.DER])
def test_a_public_key_is_no_shared_secret(es256: SigningKey, form: Encoding) -> None:
    """HS256 over the public key's own bytes is refused (RFC 8725 §2.1), even when a caller allows HS256."""
    octets = es256.private.public_key().public_bytes(form, PublicFormat.SubjectPublicKeyInfo)
    message = f"{part({'alg': 'HS256', 'kid': 'key-1'})}.{part(CLAIMS)}"
    token = f"{message}.{part(hmac.digest(octets, message.encode(), 'sha256'))}"

    assert Reason.ALGORITHM == refusal(token, Published(es256))
    assert Reason.ALGORITHM == refusal(token, AnyKey(jose.public_key(es256.public)), ["HS256"])


def test_a_key_serves_its_own_algorithm_only(es256: SigningKey) -> None:
    """A header that names another algorithm than the key's is refused."""
    token = forged({"alg": "RS256", "kid": "key-1"}, es256)

    assert Reason.KEY == refusal(token, Published(es256))
    assert Reason.SIGNATURE == refusal(token, AnyKey(jose.public_key(es256.public)))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c", "x5t"])
def test_a_token_does_not_bring_its_key(es256: SigningKey, name: str) -> None:
    """Keys in or behind the header are not looked at (CVE-2026-27962); the attacker's key signs nothing."""
    attacker = jose.generate("ES256", "key-1")
    value = {"jwk": attacker.public, "x5c": ["MIIB"]}.get(name, "https://attacker.example/keys")
    header = {"alg": "ES256", "kid": "key-1", name: value}

    assert Reason.SIGNATURE == refusal(forged(header, attacker), Published(es256))
    assert CLAIMS == jose.verify(forged(header, es256), Published(es256))


@pytest.mark.parametrize("kid", ["../../dev/null", "' or 1=1 --", "", 7, None, ["key-1"], {"a": 1}])
def test_a_foreign_key_name_finds_nothing(es256: SigningKey, kid: object) -> None:
    """`kid` is a name among keys we know, never a path or a query."""
    assert Reason.KEY == refusal(forged({"alg": "ES256", "kid": kid}, es256), Published(es256))


@pytest.mark.parametrize("critical", [["exp"], ["b64"], [], "exp", None])
def test_critical_headers_are_refused(es256: SigningKey, critical: object) -> None:
    """We understand no extension, so whatever must be understood is refused (RFC 7515 §4.1.11)."""
    header = {"alg": "ES256", "kid": "key-1", "crit": critical, "exp": 1}

    assert Reason.CRITICAL == refusal(forged(header, es256), Published(es256))


def test_unencoded_payloads_are_refused(es256: SigningKey) -> None:
    """`b64: false` is not for tokens (RFC 7797 §7)."""
    message = part({"alg": "ES256", "kid": "key-1", "b64": False}) + "." + part(CLAIMS)
    token = f"{message}.{part(es256.signature(message.encode()))}"

    assert refusal(token, Published(es256)) in {Reason.CRITICAL, Reason.MALFORMED}


def test_one_kind_of_token_does_not_pass_for_another(es256: SigningKey) -> None:
    """The type is part of what is checked (RFC 8725 §3.11)."""
    access, plain = jose.sign(CLAIMS, es256, "at+jwt"), jose.sign(CLAIMS, es256, "JWT")

    assert Reason.TYPE == refusal(access, Published(es256))
    with pytest.raises(Refused, match="another type"):
        jose.verify(plain, Published(es256), typ="at+jwt")
    assert CLAIMS == jose.verify(
        forged({"alg": "ES256", "kid": "key-1", "typ": "application/at+JWT"}, es256),
        Published(es256),
        typ="at+jwt",
    )


def test_a_changed_token_is_refused(key: SigningKey) -> None:
    """Any changed part breaks the signature."""
    header, payload, signature = jose.sign(CLAIMS, key, "JWT").split(".")
    other = part({**CLAIMS, "sub": "someone else"})

    assert Reason.SIGNATURE == refusal(f"{header}.{other}.{signature}", Published(key))
    assert Reason.SIGNATURE == refusal(f"{header}.{payload}.{signature[:-8]}", Published(key))
    assert Reason.SIGNATURE == refusal(f"{header}.{payload}.", Published(key))


def test_no_signature_of_zeros_is_believed(es256: SigningKey) -> None:
    """r = s = 0 must not verify (CVE-2022-21449)."""
    message = f"{part({'alg': 'ES256', 'kid': 'key-1'})}.{part(CLAIMS)}"

    assert Reason.SIGNATURE == refusal(f"{message}.{part(bytes(64))}", Published(es256))


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b.c.d",
        "a.b.c.d.e",
        "é.b.c",
        "bnVsbA.e30.AA",
        "W10.e30.AA",
        "e30.e30.AA",
        f"{part({'alg': 'ES256'})}.%%.AA",
        f"{part(b'{' + b'[' * 3000)}.e30.AA",
        f"{part(b'[' * 5000)}.e30.AA",
    ],
)
def test_what_is_no_token_is_refused_quietly(es256: SigningKey, token: str) -> None:
    """Whatever a stranger sends ends in a refusal, never in a crash."""
    assert Reason.MALFORMED == refusal(token, Published(es256))


@pytest.mark.parametrize("alg", [None, 5, [], {}, ["ES256"]])
def test_an_algorithm_must_be_a_name(es256: SigningKey, alg: object) -> None:
    """Lists and numbers are no algorithms."""
    assert Reason.ALGORITHM == refusal(forged({"alg": alg, "kid": "key-1"}, es256), Published(es256))


@pytest.mark.parametrize("payload", [b"[" * 5000, b"[]", b"7", b"null", b"\xff", b"", b"9" * 5000])
def test_signed_nonsense_is_refused(es256: SigningKey, payload: bytes) -> None:
    """Claims are a JSON object, also when the signature is right."""
    token = forged({"alg": "ES256", "kid": "key-1"}, es256, payload)

    assert Reason.MALFORMED == refusal(token, Published(es256))


def test_oversized_tokens_are_not_looked_at(es256: SigningKey) -> None:
    """Beyond 8 kB nothing is parsed (CVE-2025-61920)."""
    assert Reason.TOO_LONG == refusal("a" * (jose.LONGEST + 1), Published(es256))


def test_encrypted_tokens_are_refused(es256: SigningKey) -> None:
    """Five parts are no signature: nothing is decrypted or unpacked (CVE-2024-33664)."""
    header = part({"alg": "dir", "enc": "A256GCM", "zip": "DEF"})

    assert Reason.MALFORMED == refusal(f"{header}..AAAA.AAAA.AAAA", Published(es256))


def test_times_are_judged_with_skew(now: Any) -> None:
    """A token lives until `exp` and from `nbf`; without `exp` it does not live (RFC 7519 §4.1.4)."""
    moment = now.timestamp()

    jose.check_times({"exp": moment + 1, "nbf": moment}, now)
    jose.check_times({"exp": moment - 29}, now, skew=30)
    with pytest.raises(Refused, match="expired"):
        jose.check_times({"exp": moment}, now)
    with pytest.raises(Refused, match="expired"):
        jose.check_times({}, now)
    with pytest.raises(Refused, match="not valid yet"):
        jose.check_times({"exp": moment + 60, "nbf": moment + 31}, now + timedelta(), skew=30)


@pytest.mark.parametrize("exp", ["tomorrow", True, [1], float("nan"), float("inf"), {}])
def test_times_are_finite_numbers(now: Any, exp: object) -> None:
    """NaN compares false with everything, so it must not get that far."""
    with pytest.raises(Refused, match="malformed"):
        jose.check_times({"exp": exp}, now)


@pytest.mark.parametrize(
    "jwk",
    [
        OctKey.generate_key(256).as_dict(),
        ECKey.generate_key("P-256").as_dict(private=True),
        {**ECKey.generate_key("P-256").as_dict(private=False), "use": "enc"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
        {"kty": "lattice"},
        {"kty": 5},
        {},
    ],
)
def test_only_sound_public_keys_are_taken(jwk: dict[str, Any]) -> None:
    """Secrets, private halves, weak keys, points off the curve and unknown kinds are refused."""
    with pytest.raises(ValueError, match=r"key|RSA|JWK"):
        jose.public_key(jwk)


def test_the_hot_path_agrees_with_the_library_on_every_header(es256: SigningKey) -> None:
    """Headers are kept encoded; one key under two types gives two headers."""
    types = [
        jws.extract_compact(jose.sign(CLAIMS, es256, t).encode()).headers()["typ"] for t in ("JWT", "x+jwt")
    ]

    assert ["JWT", "x+jwt"] == types
