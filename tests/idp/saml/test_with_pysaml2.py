"""The most used Python service provider, as it comes: it configures itself by our metadata, and we by its.

What it hears by SOAP it writes anew, with other prefixes, before it verifies: no signature survives that, so
it is mod_auth_mellon that hears us there (`test_with_mellon`).
"""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import lxml.html
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT, BINDING_SOAP, ExtensionElement
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.response import AuthnResponse
from saml2.samlp import Extensions
from sqlalchemy import select

from idp import clock
from idp.clients import onboarding
from idp.clients.saml_metadata import client_id_of
from idp.oauth.responses import Redirect
from idp.saml import front_channel, registration
from idp.sessions.models import Participant
from tests.idp.oauth.enterprise import MATTER, Enterprise
from tests.idp.oauth.world import Registered, SignedIn
from tests.idp.saml.hall import Hall
from tests.idp.saml.party import System, party

HOST = "https://pysaml2.example.gov.cn"


@pytest.fixture(scope="module")
def provider(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Saml2Client:
    """A service provider with a key of its own and our metadata."""
    home, key = tmp_path_factory.mktemp("pysaml2"), party("pysaml2")
    (home / "idp.xml").write_bytes(hall.get("/saml/metadata").data)
    (home / "idp.pem").write_bytes(hall.certificates[0].public_bytes(Encoding.PEM))
    (home / "key.pem").write_bytes(key.private_pem)
    (home / "cert.pem").write_bytes(key.pem)
    return Saml2Client(config=SPConfig().load(_configuration(home)))


def _configuration(home: Path) -> dict[str, Any]:
    return {
        "entityid": f"{HOST}/metadata",
        "xmlsec_binary": shutil.which("xmlsec1"),
        "key_file": str(home / "key.pem"),
        "cert_file": str(home / "cert.pem"),
        "encryption_keypairs": [{"key_file": str(home / "key.pem"), "cert_file": str(home / "cert.pem")}],
        "metadata": {"local": [str(home / "idp.xml")]},
        "allow_unknown_attributes": True,
        "service": {
            "sp": {
                "endpoints": {
                    "assertion_consumer_service": [(f"{HOST}/acs", BINDING_HTTP_POST)],
                    "single_logout_service": [
                        (f"{HOST}/slo", BINDING_HTTP_REDIRECT),
                        (f"{HOST}/soap", BINDING_SOAP),
                    ],
                },
                "authn_requests_signed": True,
                "logout_requests_signed": True,
                "want_assertions_signed": True,
                "want_response_signed": True,
                "signing_algorithm": "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "digest_algorithm": "http://www.w3.org/2001/04/xmlenc#sha256",
                "name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            }
        },
    }


@pytest.fixture(scope="module")
def registered(hall: Hall, provider: Saml2Client) -> Registered:
    """Registered by its own metadata file."""
    section = registration.section(str(entity_descriptor(provider.config)).encode())
    return hall.register(System(HOST), {name: section.get(name) for name in section})


@pytest.fixture(scope="module")
def somebody(hall: Hall, registered: Registered) -> SignedIn:
    return hall.world.known(registered)


def asked(hall: Hall, provider: Saml2Client, somebody: SignedIn, binding: str) -> tuple[str, str]:
    """The id of a request, and the page that answers it."""
    request_id, sent = provider.prepare_for_authenticate(relay_state="rs", binding=binding)
    if binding == BINDING_HTTP_REDIRECT:
        location = dict(sent["headers"])["Location"]
        return request_id, hall.ask(urlsplit(location).query, somebody).text
    (form,) = lxml.html.fromstring(sent["data"]).forms
    answer = hall.world.http.post("/saml/sso", data=dict(form.fields))
    return request_id, hall.get(answer.headers["Location"], somebody).text


def believed(provider: Saml2Client, request_id: str, page: str) -> AuthnResponse:
    """What the provider makes of the answer; it checks signatures by xmlsec1."""
    (form,) = [one for one in lxml.html.fromstring(page).forms if "SAMLResponse" in one.fields]
    return provider.parse_authn_request_response(
        form.fields["SAMLResponse"], BINDING_HTTP_POST, outstanding={request_id: "/"}
    )


@pytest.mark.parametrize("binding", [BINDING_HTTP_REDIRECT, BINDING_HTTP_POST])
def test_it_signs_people_in(
    hall: Hall, provider: Saml2Client, registered: Registered, somebody: SignedIn, binding: str
) -> None:
    """Over both bindings, with signed requests and answers."""
    answer = believed(provider, *asked(hall, provider, somebody, binding))

    facts = hall.world.facts(somebody, registered)
    assert facts is not None and facts.sub == answer.name_id.text
    assert (["王小明"], ["ial3.aal1"]) == (answer.ava["name"], answer.ava["acr"])


def test_it_opens_encrypted_assertions(hall: Hall, provider: Saml2Client, somebody: SignedIn) -> None:
    """With the key of its metadata."""
    client_id = client_id_of(provider.config.entityid)
    with hall.world.oauth.database.writing() as db:
        row = onboarding.find(db, client_id)
        section = row.details["saml"] | {"assertions_encrypted": True}
        onboarding.change(db, row.id, row.details | {"saml": section}, clock.now())
    hall.world.oauth.clients._version = -1  # a second has passed

    request_id, page = asked(hall, provider, somebody, BINDING_HTTP_REDIRECT)

    assert ["王小明"] == believed(provider, request_id, page).ava["name"]


def test_it_takes_no_answer_twice(hall: Hall, provider: Saml2Client, somebody: SignedIn) -> None:
    """An answer names its request, so played again it is unsolicited."""
    request_id, page = asked(hall, provider, somebody, BINDING_HTTP_REDIRECT)
    (form,) = [one for one in lxml.html.fromstring(page).forms if "SAMLResponse" in one.fields]
    believed(provider, request_id, page)

    with pytest.raises(Exception, match="Unsolicited"):
        provider.parse_authn_request_response(form.fields["SAMLResponse"], BINDING_HTTP_POST, outstanding={})


def test_it_signs_people_out(hall: Hall, provider: Saml2Client, somebody: SignedIn) -> None:
    """By redirect, called as the integration guide says; it understands our answer."""
    answer = believed(provider, *asked(hall, provider, somebody, BINDING_HTTP_REDIRECT))
    sent = provider.do_logout(
        answer.name_id,
        [f"{hall.world.oauth.issuer}/saml/metadata"],
        "",
        None,
        sign=True,
        expected_binding=BINDING_HTTP_REDIRECT,
    )
    ((_, (_, there)),) = sent.items()
    location = dict(there["headers"])["Location"]

    response = hall.get(f"/saml/slo?{urlsplit(location).query}", somebody)

    (heard,) = parse_qs(urlsplit(response.headers["Location"]).query)["SAMLResponse"]
    parsed = provider.parse_logout_request_response(heard, BINDING_HTTP_REDIRECT)
    assert parsed.status_ok()


def test_it_answers_when_a_browser_brings_our_sign_out(
    hall: Hall, provider: Saml2Client, registered: Registered
) -> None:
    """Without a SOAP service; called as the integration guide says, its answer is signed and believed."""
    with hall.world.oauth.database.writing() as db:
        row = onboarding.find(db, registered.id)
        by_browser = [{"binding": "redirect", "location": f"{HOST}/slo"}]
        section = row.details["saml"] | {"single_logout_services": by_browser}
        onboarding.change(db, row.id, row.details | {"saml": section}, clock.now())
    hall.world.oauth.clients._version = -1  # a second has passed
    somebody = hall.world.known(registered)
    answer = believed(provider, *asked(hall, provider, somebody, BINDING_HTTP_REDIRECT))
    hall.world.end_session(somebody)
    (visit,) = front_channel.visits(hall.saml, somebody.session_id)
    brought = front_channel.ask(hall.saml, visit, somebody.session_id, clock.now())
    assert isinstance(brought, Redirect)
    query = dict(parse_qsl(urlsplit(brought.url).query))
    sent = provider.handle_logout_request(
        query["SAMLRequest"],
        answer.name_id,
        BINDING_HTTP_REDIRECT,
        sign=True,
        relay_state=query.get("RelayState"),
        sigalg=query["SigAlg"],
        signature=query["Signature"],
    )
    response = hall.get(f"/saml/slo?{urlsplit(dict(sent['headers'])['Location']).query}")

    assert "/signed-out/next" == response.headers["Location"]
    with hall.world.oauth.database.reading() as db:
        ours = (Participant.session_id == somebody.session_id, Participant.client_id == registered.id)
        assert None not in db.scalars(select(Participant.notified_at).where(*ours)).all()


def test_it_says_what_somebody_comes_to_do(hall: Hall, provider: Saml2Client, registered: Registered) -> None:
    """By extensions of its own making; what was granted comes back as an attribute."""
    enterprise = Enterprise(hall.world)
    more = {"capacities": ["organisation"], "authorization_details_types": [MATTER], "matters": ["S-1"]}
    with hall.world.oauth.database.writing() as db:
        row = onboarding.find(db, registered.id)
        onboarding.change(db, row.id, row.details | more, clock.now())
    hall.world.oauth.clients._version = -1  # a second has passed
    agent = enterprise.agent("S-1")
    hall.world.agree(agent, registered)
    said = {"Code": "S-1", "Action": "apply", "Organisation": enterprise.code}
    wish = ExtensionElement("Matter", namespace="urn:yitong:saml", attributes=said)
    request_id, sent = provider.prepare_for_authenticate(
        binding=BINDING_HTTP_REDIRECT, extensions=Extensions(extension_elements=[wish])
    )
    query = urlsplit(dict(sent["headers"])["Location"]).query
    answer = believed(provider, request_id, hall.ask(query, agent).text)

    (granted,) = [json.loads(one) for one in answer.ava["authorization_details"]]
    assert ("S-1", "apply", enterprise.code) == tuple(
        granted[name] for name in ("matter", "action", "organisation")
    )
