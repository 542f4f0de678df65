"""What a SAML system registers, field by field, and what its own metadata file is turned into."""

from typing import Any

import pytest

from idp.clients.fields import MetadataFault
from idp.clients.metadata import Client, parse
from idp.clients.models import ClientClass
from idp.clients.saml_metadata import client_id_of
from idp.saml import registration
from idp.saml.documents import MD, SAMLP, Untrusted
from tests.idp.clients.making import described
from tests.idp.saml.party import System, metadata_file, party

Changes = dict[str, Any]


def registered(changes: Changes | None = None, **metadata: Any) -> Client:
    system = System()
    details = described(protocol="saml", redirect_uris=None, saml=system.registration(**(changes or {})))
    return parse({**details, **metadata}, client_id_of(system.entity_id), ClientClass.THIRD_PARTY)


def test_a_system_needs_no_secret_and_no_grant() -> None:
    """It proves itself by its signatures; its sector is that of the host its answers go to."""
    client = registered()

    assert ("none", frozenset(), "host:fund.example.gov.cn") == (
        client.auth_method,
        client.grant_types,
        client.sector,
    )
    assert client.saml is not None and client.saml.idp_initiated and not client.saml.assertions_encrypted


def test_addresses_match_exactly() -> None:
    """By location or by index, and the first one where neither is named."""
    saml = registered().saml
    assert saml is not None
    first, second = saml.consumers

    assert [first, second, second, None, None] == [
        saml.consumer(None, None),
        saml.consumer(second.location, None),
        saml.consumer(None, 7),
        saml.consumer(f"{first.location}/", None),
        saml.consumer(None, 1),
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"entity_id": ""}, "saml.entity_id"),
        ({"entity_id": "x" * 2000}, "saml.entity_id"),
        ({"assertion_consumer_services": []}, "at least one is needed"),
        ({"assertion_consumer_services": [{"location": "http://a.example/"}]}, "must use https"),
        ({"assertion_consumer_services": [{"location": "https://a.example/*"}]}, "plain absolute URI"),
        ({"assertion_consumer_services": [{"index": 0}]}, "is missing"),
        ({"assertion_consumer_services": "https://a.example/"}, "must be a list"),
        ({"assertion_consumer_services": [{"location": "https://a.example/", "index": -1}]}, "index"),
        (
            {"assertion_consumer_services": [{"location": "https://a.example/", "index": 1}] * 2},
            "the same index twice",
        ),
        ({"single_logout_services": [{"binding": "paos", "location": "https://a.example/"}]}, "binding"),
        ({"certificates": ["AAAA"]}, "not a certificate"),
        ({"certificates": []}, "needs certificates"),
        ({"assertions_encrypted": True}, "encryption_certificates"),
        ({"requests_signed": "yes"}, "true or false"),
        ({"name_id_format": "emailAddress"}, "persistent, transient"),
        ({"artifact": True}, "unknown field"),
    ],
)
def test_every_fault_is_named(changes: Changes, fault: str) -> None:
    """A registrar learns what is wrong and where."""
    with pytest.raises(MetadataFault, match=fault):
        registered(changes)


def test_nobody_claims_the_entity_of_another() -> None:
    """The client id follows from the entity id, so that one entity is one client."""
    details = described(protocol="saml", redirect_uris=None, saml=System().registration())

    with pytest.raises(MetadataFault, match="belongs to another client id"):
        parse(details, "chosen", ClientClass.THIRD_PARTY)


def test_the_section_belongs_to_its_protocol() -> None:
    """Neither without it nor elsewhere."""
    with pytest.raises(MetadataFault, match="must be an object"):
        registered(saml=None)
    with pytest.raises(MetadataFault, match="only for protocol saml"):
        parse(described(saml={}), "portal", ClientClass.THIRD_PARTY)


def test_a_metadata_file_is_read() -> None:
    """The default address first, keys for both uses, only what we can do."""
    section = registration.section(metadata_file(attributes='AuthnRequestsSigned="true"'))

    saml = registered(section).saml
    assert saml is not None
    assert ["https://fund.example.gov.cn/c", "https://fund.example.gov.cn/b"] == [
        one.location for one in saml.consumers
    ]
    assert saml.requests_signed and saml.certificates == saml.encryption == (party("system").certificate,)
    assert "https://fund.example.gov.cn/soap" == getattr(saml.logout("soap"), "location", None)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<a/>",
        f'<EntitiesDescriptor xmlns="{MD}"/>'.encode(),
        metadata_file(around=lambda xml: xml.replace("SPSSO", "IDPSSO")),
        metadata_file(around=lambda xml: xml.replace(SAMLP, "urn:oasis:names:tc:SAML:1.1:protocol")),
        metadata_file(around=lambda xml: f'<EntitiesDescriptor xmlns="{MD}">{xml}{xml}</EntitiesDescriptor>'),
        metadata_file(around=lambda xml: '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + xml),
        metadata_file(around=lambda xml: xml.replace('index="1"', 'index="one"')),
    ],
)
def test_other_files_are_refused(document: bytes) -> None:
    """Not metadata, nobody's, of several, of an identity provider, with a document type."""
    with pytest.raises(Untrusted):
        registration.section(document)
