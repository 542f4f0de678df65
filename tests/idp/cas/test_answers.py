"""The same answer in every form, and nothing that anybody typed becomes markup."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from idp.cas import answers
from idp.cas.validation import Code, Failure, Success
from tests.idp.cas.world import SERVICE, CasWorld
from tests.idp.oauth.world import Registered, SignedIn

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOSTILE = '</cas:user><cas:user>mallory&"<!--\x00\ud800'
FOUND = Success(
    {"sub": "s-1", "name": HOSTILE, "amr": ["pwd", "otp"], "act": {"sub": "p", "role": "r"}}, True, AT
)


def test_names_cannot_become_elements() -> None:
    """Escaped, and what XML cannot carry left out (XML 1.0 §2.2)."""
    page = ET.fromstring(answers.as_xml(FOUND, with_attributes=True).body)
    users = [one.text for one in page.iter(f"{{{answers.NAMESPACE}}}user")]

    assert ["s-1"] == users
    assert '</cas:user><cas:user>mallory&"<!--' == page.findtext(f".//{{{answers.NAMESPACE}}}name")


def test_saml_says_the_same() -> None:
    """And names the service it is for."""
    body = answers.as_saml(FOUND, "https://id.example", 'https://a.example/"><x', AT).body
    page = ET.fromstring(body)

    assert {"s-1"} == {one.text for one in page.iter("{urn:oasis:names:tc:SAML:1.0:assertion}NameIdentifier")}
    assert ['https://a.example/"><x'] == [
        one.text for one in page.iter("{urn:oasis:names:tc:SAML:1.0:assertion}Audience")
    ]


def test_attributes_are_flat() -> None:
    """Objects give a name to every member; lists stay lists."""
    told = answers.attributes(FOUND)

    assert (["pwd", "otp"], "p", "r") == (told["amr"], told["act_sub"], told["act_role"])
    assert "sub" not in told


@pytest.mark.parametrize("code", list(Code))
def test_every_refusal_has_words(code: Code) -> None:
    """In the protocol's own form, with a status its clients read."""
    answer = answers.as_xml(Failure(code), with_attributes=True)

    assert 200 == answer.status
    assert f'code="{code}"'.encode() in answer.body


def test_version_one_has_two_lines(cas: CasWorld, pension: Registered, citizen: SignedIn) -> None:
    """§2.4.2."""
    ticket = cas.ticket(citizen)
    query = {"ticket": ticket, "service": SERVICE}
    first, second = (cas.http.get("/cas/validate", query_string=query).text for _ in range(2))

    assert f"yes\n{cas.world.authorizations()[0].sub}\n" == first
    assert "no\n\n" == second


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<x",
        b"\xff\xfe",
        b'<!DOCTYPE x [<!ENTITY a "ST-a">]><AssertionArtifact>&a;</AssertionArtifact>',
        b"<AssertionArtifact>ST-" + b"a" * 43 + b"</AssertionArtifact>" * 2,
        b"<a>" * 5000,
    ],
)
def test_a_strange_soap_body_is_refused(cas: CasWorld, pension: Registered, body: bytes) -> None:
    """It is searched for a ticket and never parsed."""
    answer = cas.http.post(f"/cas/samlValidate?TARGET={SERVICE}", data=body, content_type="text/xml")

    assert 200 == answer.status_code
    assert b"RequestDenied" in answer.data


@pytest.mark.parametrize("query", ["%ff=%ff", "ticket=ST-1&ticket=ST-2&service=x", "a=1&" * 100, "\x7f"])
@pytest.mark.parametrize("path", ["serviceValidate", "p3/proxyValidate", "proxy", "validate"])
def test_a_strange_query_is_refused(cas: CasWorld, path: str, query: str) -> None:
    """In the protocol's own form: no page, no crash."""
    answer = cas.http.get(f"/cas/{path}", query_string=query)

    assert 200 == answer.status_code
    assert "INVALID_REQUEST" in answer.text or answer.text == "no\n\n"
