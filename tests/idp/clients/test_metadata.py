"""Client metadata: what is read, what it defaults to, and every fault at once."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey

from idp.assurance import Level
from idp.clients.fields import MetadataFault
from idp.clients.metadata import Client, parse
from idp.clients.models import ClientClass
from idp.crypto import jose
from tests.idp.clients.making import CALLBACK, described


def read(client_class: ClientClass = ClientClass.THIRD_PARTY, /, **changes: Any) -> Client:
    return parse(described(**changes), "client-1", client_class)


def faults(client_class: ClientClass = ClientClass.THIRD_PARTY, /, **changes: Any) -> list[str]:
    with pytest.raises(MetadataFault) as fault:
        read(client_class, **changes)
    return fault.value.faults


def test_defaults_are_those_of_the_standard() -> None:
    """RFC 7591 §2: code, authorization_code, client_secret_basic; ES256 and JWT are ours."""
    client = read()

    assert "client_secret_basic" == client.auth_method
    assert {"authorization_code"} == client.grant_types
    assert {"code"} == client.response_types
    assert ("ES256", "jwt") == (client.id_token_alg, client.access_token_format)
    assert not client.is_public


def test_everything_given_is_read() -> None:
    """Approved scopes, claims, levels and addresses arrive in the rules' own types."""
    client = read(
        **{"client_name#en": "Citizen Centre"},
        claims=["birthdate"],
        minimum_acr="ial3.aal1",
        default_acr_values=["ial2.aal1"],
        default_max_age=600,
        backchannel_logout_uri="https://portal.example.gov.cn/logout",
        backchannel_logout_session_required=True,
        post_logout_redirect_uris=["https://portal.example.gov.cn/"],
    )

    assert ("市民中心", "Citizen Centre") == (client.name, client.name_en)
    assert {"openid", "profile"} == client.scopes
    assert {"birthdate"} == client.claims
    assert (Level(3, 1), ("ial2.aal1",), 600) == (client.minimum, client.default_acr, client.default_max_age)
    assert client.may_redirect_to(CALLBACK)
    assert client.may_return_to("https://portal.example.gov.cn/")
    assert not client.may_return_to(CALLBACK)


def test_a_client_does_not_change() -> None:
    """Caches share it between threads."""
    with pytest.raises(FrozenInstanceError):
        read().scopes = frozenset()  # type: ignore[misc]  # that is the point


def test_every_fault_is_named_at_once() -> None:
    """Whoever registers a client sees everything that is wrong, by field."""
    found = faults(
        client_name="",
        redirect_uris=["http://portal.example.gov.cn/cb", "https://*.example.gov.cn"],
        grant_types=["password"],
        token_endpoint_auth_method="client_secret_jwt",
        scope='openid "all"',
        default_max_age=-1,
        minimum_acr="gold",
        backchannel_logout_session_required="yes",
        logo_ur="https://portal.example.gov.cn/logo",
    )

    fields = [fault.partition(":")[0] for fault in found]
    assert {
        "client_name",
        "redirect_uris",
        "grant_types",
        "token_endpoint_auth_method",
        "scope",
        "default_max_age",
        "minimum_acr",
        "backchannel_logout_session_required",
        "logo_ur",
    } == set(fields)


@pytest.mark.parametrize("name", ["client_id", "client_secret", "generation", "status", "jwks_uri", "sub"])
def test_what_metadata_may_not_set_is_unknown(name: str) -> None:
    """No mass assignment: ids, states and fetched keys are not metadata."""
    assert [f"{name}: unknown field"] == faults(**{name: "x"})


@pytest.mark.parametrize("value", [5, "https://a.example/", [5], [[]], [""], {"a": 1}, True])
def test_lists_are_lists_of_texts(value: Any) -> None:
    """Anything else is a fault, not a crash."""
    assert faults(redirect_uris=value)
    assert faults(contacts=value)


@pytest.mark.parametrize("value", [5, ["https://a.example/"], "", {}, "not a uri"])
def test_addresses_are_texts(value: Any) -> None:
    """The same for single addresses."""
    assert faults(client_uri=value)


def test_a_client_without_a_secret_acts_for_people_only() -> None:
    """client_credentials needs proof of who asks (RFC 6749 §4.4)."""
    found = faults(
        token_endpoint_auth_method="none", grant_types=["authorization_code", "client_credentials"]
    )

    assert ["grant_types"] == [fault.partition(":")[0] for fault in found]


def test_a_code_needs_somewhere_to_go() -> None:
    """authorization_code without redirect URIs makes no sense; refresh_token without it neither."""
    assert ["redirect_uris"] == [fault.partition(":")[0] for fault in faults(redirect_uris=None)]
    assert ["grant_types"] == [
        fault.partition(":")[0] for fault in faults(grant_types=["client_credentials", "refresh_token"])
    ]


def test_private_key_jwt_needs_public_keys() -> None:
    """Keys are registered, never fetched; secrets and private halves are refused."""
    public = ECKey.generate_key("P-256").as_dict(private=False)
    method = {"token_endpoint_auth_method": "private_key_jwt"}

    assert 1 == len(read(**method, jwks={"keys": [public]}).keys.keys)
    private = ECKey.generate_key("P-256").as_dict(private=True)
    for keys in ([], [public] * 11, ["x"], [OctKey.generate_key(256).as_dict()], [private]):
        assert [] != faults(**method, jwks={"keys": keys})
    assert [] != faults(**method)
    assert [] != faults(**method, jwks=[public])


def test_client_keys_are_found_by_name_or_by_kind() -> None:
    """Without `kid` every key that suits the algorithm is a candidate."""
    first, second = jose.generate("ES256", "a"), jose.generate("RS256", "b")
    keys = read(jwks={"keys": [first.public, second.public]}).keys

    assert ["a"] == [key.kid for key in keys.verifying("a", "ES256")]
    assert ["b"] == [key.kid for key in keys.verifying(None, "RS256")]
    assert [] == [
        *keys.verifying("a", "RS256"),
        *keys.verifying("c", "ES256"),
        *keys.verifying(None, "PS256"),
    ]


def test_government_is_one_sector() -> None:
    """Departments know a person by one subject; everybody else has a subject of their own."""
    two = [CALLBACK, "https://other.example/cb"]

    assert "government" == read(ClientClass.GOVERNMENT).sector
    assert "host:portal.example.gov.cn" == read().sector
    assert "client:client-1" == read(redirect_uris=two).sector
    assert "client:client-1" == read(redirect_uris=["http://127.0.0.1:8398/callback"]).sector


def test_nobody_else_joins_the_government_sector() -> None:
    """A third party must not learn the subject departments share."""
    assert ["sector: only government clients belong to the government's"] == faults(sector="government")


def test_secrets_stay_out_of_the_representation() -> None:
    """What ends in a log by accident tells nothing."""
    client = parse(described(), "client-1", ClientClass.GOVERNMENT, secret_digest=b"digest-of-secret")

    assert "digest-of-secret" not in repr(client)
