"""Signing people in for SAML systems: what is answered, to whom, and what is asked first."""

import json
import subprocess
from base64 import b64decode, b64encode
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp import clock
from idp.clients import onboarding
from idp.interaction.record import Interaction
from idp.saml import documents, signatures
from idp.saml.documents import SAML, SAMLP
from idp.services import Goto, PostTo
from tests.idp.oauth.enterprise import MATTER, Enterprise
from tests.idp.oauth.world import SignedIn
from tests.idp.saml.hall import AC, Hall, Told
from tests.idp.saml.party import System, company, extensions, matter, moment, party


def context(*classes: str, comparison: str = "exact") -> str:
    """A RequestedAuthnContext."""
    named = "".join(f"<saml:AuthnContextClassRef>{one}</saml:AuthnContextClassRef>" for one in classes)
    return (
        f'<samlp:RequestedAuthnContext Comparison="{comparison}" xmlns:saml="{SAML}">{named}'
        "</samlp:RequestedAuthnContext>"
    )


def policy(wanted: str) -> str:
    return f'<samlp:NameIDPolicy AllowCreate="true" Format="{wanted}"></samlp:NameIDPolicy>'


@pytest.fixture(scope="module")
def enterprise(hall: Hall) -> Enterprise:
    """A company with a representative."""
    return Enterprise(hall.world)


def post(hall: Hall, message: str, signed_in: SignedIn | None, **more: str) -> TestResponse:
    """Send a request by POST, as a browser does: without cookies first, then where it is sent."""
    form = {"SAMLRequest": b64encode(message.encode()).decode(), **more}
    response = hall.world.http.post("/saml/sso", data=form)
    if response.status_code != 303:
        return response
    return hall.get(response.headers["Location"], signed_in)


def test_who_is_signed_in_is_told_at_once(hall: Hall) -> None:
    """One request, one answer: signed, for this system, this address, this request, with what is approved."""
    system, registered = hall.system(scope="openid profile")
    somebody, request = hall.world.known(registered), system.request(ID="_r1")

    told = hall.told(hall.ask(system.query(request, "deep/链接?a=1&b"), somebody))

    confirmed = told.one("SubjectConfirmationData")
    assert (system.consumer, "deep/链接?a=1&b") == (told.action, told.relay_state)
    assert (system.consumer, "_r1") == (told.root.get("Destination"), told.root.get("InResponseTo"))
    assert (system.consumer, "_r1") == (confirmed.get("Recipient"), confirmed.get("InResponseTo"))
    assert system.entity_id == told.one("Audience").text
    assert ["王小明"] == told.attributes["name"] and "id_number" not in told.attributes


def test_the_assertion_is_signed_by_itself(hall: Hall) -> None:
    """A system that keeps only the assertion can still prove who made it."""
    system, registered = hall.system()
    told = hall.told(hall.ask(system.query(system.request()), hall.world.known(registered)))

    assertion = signatures.verify(told.one("Assertion"), hall.certificates)

    assert f"{hall.world.oauth.issuer}/saml/metadata" == assertion.findtext(f"{{{SAML}}}Issuer")


def test_the_name_is_the_subject_of_every_protocol(hall: Hall) -> None:
    """A department knows a person by one subject, by whichever protocol they come."""
    system, registered = hall.system()
    somebody = hall.world.known(registered)

    told = hall.told(hall.ask(system.query(system.request()), somebody))

    facts = hall.world.facts(somebody, registered)
    assert facts is not None and facts.sub == told.name_id


def test_a_transient_name_lives_as_long_as_the_session(hall: Hall) -> None:
    """The same in one session, another in the next, and nothing to look anybody up by."""
    system, registered = hall.system({"name_id_format": "transient"})
    person = hall.world.person()
    first, second = (hall.world.sign_in(person) for _ in range(2))
    hall.world.agree(first, registered)

    names = [
        hall.told(hall.ask(system.query(system.request()), who)).name_id for who in (first, first, second)
    ]

    assert names[0] == names[1] != names[2]


def test_a_posted_request_is_answered_alike(hall: Hall) -> None:
    """Browsers send no cookies along with another site's form, so it is asked again by GET."""
    system, registered = hall.system()
    message = system.signed(system.request(ID="_p1"))

    told = hall.told(post(hall, message, hall.world.known(registered), RelayState="rs"))

    assert ("_p1", "rs") == (told.root.get("InResponseTo"), told.relay_state)


def test_who_is_not_signed_in_goes_to_the_one_sign_in(hall: Hall) -> None:
    """No second login page: the interaction of every protocol."""
    system, _ = hall.system()

    response = hall.ask(system.query(system.request()))

    assert 303 == response.status_code
    assert response.headers["Location"].startswith("/interaction/")


def test_a_passive_request_shows_no_page(hall: Hall) -> None:
    """Without a session, without consent, below the level: NoPassive, and nothing else happens."""
    system, registered = hall.system()
    query = system.query(system.request(IsPassive="true"))
    unwilling = hall.world.sign_in()

    for who in (None, unwilling):
        assert ["Responder", "NoPassive"] == hall.told(hall.ask(query, who)).statuses
    assert ["Success"] == hall.told(hall.ask(query, hall.world.known(registered))).statuses


def test_a_forced_proof_is_asked_of_who_is_signed_in(hall: Hall) -> None:
    """ForceAuthn is `prompt=login`; together with IsPassive nobody can meet it."""
    system, registered = hall.system()
    somebody = hall.world.known(registered)

    assert 303 == hall.ask(system.query(system.request(ForceAuthn="true")), somebody).status_code
    both = system.query(system.request(ForceAuthn="1", IsPassive="1"))
    assert ["Responder", "NoPassive"] == hall.told(hall.ask(both, somebody)).statuses


@pytest.mark.parametrize(
    ("wanted", "comparison", "answered"),
    [
        (["urn:yitong:acr:ial2.aal1"], "exact", "urn:yitong:acr:ial2.aal1"),
        (["urn:yitong:acr:ial2.aal1"], "minimum", "urn:yitong:acr:ial3.aal1"),
        ([f"{AC}PasswordProtectedTransport"], "exact", f"{AC}PasswordProtectedTransport"),
        (["urn:nobody", f"{AC}Password"], "exact", f"{AC}Password"),
        ([f"{AC}unspecified"], "exact", f"{AC}unspecified"),
        (["urn:nobody"], "exact", None),
        ([f"{AC}Password"], "better", None),
        ([f"{AC}Password"], "maximum", None),
        (["urn:yitong:acr:ial4.aal1"], "exact", None),
        ([f"{AC}TimeSyncToken"], "minimum", None),
    ],
)
def test_classes_are_levels(hall: Hall, wanted: list[str], comparison: str, answered: str | None) -> None:
    """They are read from the one table; what cannot be promised is refused (SAML Core §3.3.2.2)."""
    system, registered = hall.system()
    request = system.request(context(*wanted, comparison=comparison), IsPassive="true")

    told = hall.told(hall.ask(system.query(request), hall.world.known(registered)))

    if answered is None:
        assert told.statuses[1] in ("NoAuthnContext", "NoPassive")
    else:
        assert answered == told.context


def test_names_of_another_kind_are_refused(hall: Hall) -> None:
    """A system gets the names it registered for; `unspecified` leaves it to us (SAML Core §3.4.1.1)."""
    system, registered = hall.system()
    somebody = hall.world.known(registered)
    formats = "urn:oasis:names:tc:SAML:2.0:nameid-format:"

    def asked(wanted: str) -> Told:
        return hall.told(hall.ask(system.query(system.request(policy(wanted))), somebody))

    assert ["Success"] == asked(f"{formats}persistent").statuses
    assert ["Success"] == asked("urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified").statuses
    mail = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
    assert ["Requester", "InvalidNameIDPolicy"] == asked(mail).statuses


def test_only_the_person_that_is_named_may_answer(hall: Hall) -> None:
    """A request about somebody is not answered with somebody else (SAML Core §3.3.4)."""
    system, registered = hall.system()
    somebody = hall.world.known(registered)
    name = hall.told(hall.ask(system.query(system.request()), somebody)).name_id
    subject = f'<saml:Subject xmlns:saml="{SAML}"><saml:NameID>{name}</saml:NameID></saml:Subject>'
    query = system.query(system.request(subject, IsPassive="true"))

    assert ["Success"] == hall.told(hall.ask(query, somebody)).statuses
    assert ["Responder", "NoPassive"] == hall.told(hall.ask(query, hall.world.known(registered))).statuses


def test_answers_go_to_registered_addresses_only(hall: Hall) -> None:
    """By exact address or index; for anything else a page, and nothing leaves this site."""
    system, registered = hall.system()
    somebody = hall.world.known(registered)

    def asked(**attributes: str) -> TestResponse:
        return hall.ask(system.query(system.request(**attributes)), somebody)

    other = f"{system.host}/saml/other"
    assert other == hall.told(asked(AssertionConsumerServiceURL=other)).action
    assert other == hall.told(asked(AssertionConsumerServiceIndex="7")).action
    for wrong in (
        f"{other}/",
        f"{other}?a",
        other.upper(),
        "https://evil.example/acs",
        "javascript:alert(1)",
    ):
        response = asked(AssertionConsumerServiceURL=wrong)
        assert 400 == response.status_code and "SAMLResponse" not in response.text
        assert "evil.example" not in response.text.split("</header>")[1]
    assert 400 == asked(AssertionConsumerServiceIndex="1").status_code


def test_relay_states_are_text(hall: Hall) -> None:
    """Carried as they came, shown as text; somewhat longer than allowed is tolerated, endless is not."""
    system, registered = hall.system()
    somebody, script = hall.world.known(registered), '"><script>alert(1)</script>'

    page = hall.ask(system.query(system.request(), script), somebody)

    assert script == hall.told(page).relay_state and script not in page.text
    assert "x" * 500 == hall.told(hall.ask(system.query(system.request(), "x" * 500), somebody)).relay_state
    assert 400 == hall.ask(system.query(system.request(), "x" * 2000), somebody).status_code


def refused(hall: Hall, query: str, who: SignedIn | None = None) -> str:
    """The parameter that the page for the person names."""
    response = hall.ask(query, who)
    assert 400 == response.status_code and "SAMLResponse" not in response.text
    return response.text.partition("<dd><code>")[2].partition("<")[0]


def test_requests_must_be_signed_where_that_is_registered(hall: Hall) -> None:
    """Missing, of a stranger, over something else: nobody is signed in."""
    system, registered = hall.system()
    somebody = hall.world.known(registered)
    good = system.query(system.request())
    strange = System(system.host, party("stranger"))

    assert "Signature" == refused(hall, system.query(system.request(), signed=False), somebody)
    assert "Signature" == refused(hall, strange.query(system.request()), somebody)
    assert "Signature" == refused(hall, f"{good}&RelayState=added", somebody)
    forged = post(hall, strange.signed(system.request()), somebody)
    assert 400 == forged.status_code
    assert 400 == post(hall, system.request(), somebody).status_code


def test_requests_need_no_signature_where_none_is_registered(hall: Hall) -> None:
    """A bad one is refused all the same."""
    system, registered = hall.system({"requests_signed": False})
    somebody = hall.world.known(registered)
    strange = System(system.host, party("stranger"))

    assert 200 == hall.ask(system.query(system.request(), signed=False), somebody).status_code
    assert 200 == post(hall, system.request(Destination=None), somebody).status_code
    assert "Signature" == refused(hall, strange.query(system.request()), somebody)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"Issuer": "https://nobody.example/saml"}, "Issuer"),
        ({"Destination": "https://other.example/saml/sso"}, "Destination"),
        ({"Destination": None}, "Destination"),
        ({"IssueInstant": moment(clock.now(), hours=2)}, "IssueInstant"),
        ({"IssueInstant": moment(clock.now() + timedelta(days=1))}, "IssueInstant"),
        ({"IssueInstant": "yesterday"}, "SAMLRequest"),
        ({"IssueInstant": "2026-01-01T00:00:00"}, "SAMLRequest"),
        ({"Version": "1.1"}, "SAMLRequest"),
        ({"ID": None}, "SAMLRequest"),
        ({"ID": "x" * 300}, "SAMLRequest"),
        ({"IsPassive": "perhaps"}, "SAMLRequest"),
        ({"AssertionConsumerServiceIndex": "-1"}, "SAMLRequest"),
    ],
)
def test_requests_that_do_not_hold_are_shown(hall: Hall, changes: dict[str, str | None], field: str) -> None:
    """For somebody else, of somebody unknown, of another time or form."""
    system, _ = hall.system()

    assert field == refused(hall, system.query(system.request(**changes)))


@pytest.mark.parametrize(
    "query",
    [
        "",
        "SAMLRequest=",
        "SAMLRequest=!!!",
        "SAMLRequest=AAAA",
        "SAMLRequest=eA%3D%3D&SAMLRequest=eA%3D%3D",
        "posted=nothing",
        "&".join(f"a{number}=" for number in range(50)),
        "SAMLRequest=%FF",
        "client=nobody",
    ],
)
def test_queries_that_say_nothing_are_shown(hall: Hall, query: str) -> None:
    """Never a crash, never an answer."""
    assert 400 == hall.ask(query).status_code


def test_what_unpacks_without_end_is_refused(hall: Hall) -> None:
    """Ten megabytes in ten kilobytes."""
    system, _ = hall.system()
    bomb = system.request(f"<a>{'x' * 10_000_000}</a>")

    assert "SAMLRequest" == refused(hall, system.query(bomb))


def test_hostile_documents_are_refused(hall: Hall) -> None:
    """Through the front door, and signed: a registered system may be hostile too."""
    system, _ = hall.system()
    entity = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'

    for message in (
        entity + system.request(ID="_1").replace("</saml:Issuer>", "&x;</saml:Issuer>"),
        system.request().replace("</saml:Issuer>", "<!-- -->.evil.example</saml:Issuer>"),
        system.request("<a>" * 100 + "</a>" * 100),
        system.request('<a ID="_1"></a>', ID="_1"),
        system.request().replace(f'xmlns:samlp="{SAMLP}"', 'xmlns:samlp="urn:other"'),
        system.request().replace("AuthnRequest", "ArtifactResolve"),
    ):
        assert "SAMLRequest" == refused(hall, system.query(message))


def test_a_link_of_ours_signs_in_without_a_request(hall: Hall) -> None:
    """An answer to nothing goes to the default address; systems may decline such answers."""
    system, registered = hall.system()
    shy, not_asked = hall.system({"idp_initiated": False})
    somebody = hall.world.known(registered)

    told = hall.told(
        hall.get(f"/saml/start?{urlencode({'client': registered.id, 'RelayState': 'x'})}", somebody)
    )

    assert (system.consumer, "x", None) == (told.action, told.relay_state, told.root.get("InResponseTo"))
    assert 400 == hall.get(f"/saml/start?client={not_asked.id}", somebody).status_code


def test_suspended_systems_are_not_answered(hall: Hall) -> None:
    """Within a second of the operator's word."""
    system, registered = hall.system()
    with hall.world.oauth.database.writing() as db:
        onboarding.suspend(db, registered.id, clock.now())

    hall.world.oauth.clients._version = -1  # a second has passed
    assert "Issuer" == refused(hall, system.query(system.request()), hall.world.sign_in())


def test_encrypted_assertions_are_for_their_reader(hall: Hall, tmp_path: Path) -> None:
    """xmlsec1 opens one with the system's key, and the signature inside still holds."""
    reader = party("reader")
    changes = {"assertions_encrypted": True, "encryption_certificates": [reader.encoded]}
    system, registered = hall.system(changes)
    told = hall.told(hall.ask(system.query(system.request()), hall.world.known(registered)))
    (tmp_path / "response.xml").write_text(told.text)
    (tmp_path / "key.pem").write_bytes(reader.private_pem)

    command = "xmlsec1 --decrypt --privkey-pem key.pem --output opened.xml response.xml"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr
    assert "王小明" not in told.text and "NameID" not in told.text
    opened = documents.parse((tmp_path / "opened.xml").read_bytes())
    inside = signatures.verify(opened.find(f".//{{{SAML}}}Assertion"), hall.certificates)
    assert "王小明" in inside.itertext()


def test_who_acts_for_a_company_is_told_as_in_tokens(hall: Hall, enterprise: Enterprise) -> None:
    """The organisation is the subject, the person acts, by this mandate, for these matters, until its end."""
    system, registered = hall.system(capacities=["organisation"])
    agent = enterprise.agent("S-1")
    hall.world.agree(agent, registered)

    told = hall.told(hall.ask(system.query(system.request(company(enterprise.code))), agent))

    facts, attributes = hall.world.facts(agent, registered), told.attributes
    assert facts is not None and facts.sub == attributes["act_sub"][0] != told.name_id
    assert [enterprise.code] == attributes["organisation_code"]
    assert (["S-1"], ["apply", "query"]) == (attributes["act_matters"], attributes["act_actions"])
    assert ["agent"] == attributes["act_role"] and attributes["act_mandate"] and attributes["act_version"]
    assert told.one("AuthnStatement").get("SessionNotOnOrAfter")


def test_companies_are_named_to_systems_that_let_people_act(hall: Hall) -> None:
    """A request for one elsewhere, or for no code at all, is told so."""
    system, registered = hall.system()
    acting, open_to_companies = hall.system(capacities=["person", "organisation"])

    for made, client, code in ((system, registered, "9" * 18), (acting, open_to_companies, "no code")):
        told = hall.told(hall.ask(made.query(made.request(company(code))), hall.world.known(client)))
        assert ["Requester", "RequestUnsupported"] == told.statuses


ACTS: dict[str, Any] = {
    "capacities": ["person", "organisation"],
    "authorization_details_types": [MATTER],
    "matters": ["S-1"],
}


def test_a_request_names_what_is_to_be_done(hall: Hall, enterprise: Enterprise) -> None:
    """As `authorization_details` do (RFC 9396): judged before anybody is answered, and told as granted."""
    system, registered = hall.system(**ACTS)
    agent = enterprise.agent("S-1")
    hall.world.agree(agent, registered)
    wish = matter("S-1", "apply", Organisation=enterprise.code, Project="P-7", Amount="500")

    told = hall.told(hall.ask(system.query(system.request(extensions(wish))), agent))

    (granted,) = [json.loads(one) for one in told.attributes["authorization_details"]]
    about = {"organisation": enterprise.code, "project": "P-7", "amount": 500}
    assert {"type": MATTER, "matter": "S-1", "action": "apply", **about} == granted


def test_what_nobody_permitted_is_not_answered(hall: Hall, enterprise: Enterprise) -> None:
    """Another action than the mandate has: no assertion, a page says why not."""
    system, registered = hall.system(**ACTS)
    agent = enterprise.agent("S-1", actions="query")
    hall.world.agree(agent, registered)
    wish = extensions(matter("S-1", "apply", Organisation=enterprise.code))
    silent = hall.told(hall.ask(system.query(system.request(wish, IsPassive="true")), agent))
    asked = hall.ask(system.query(system.request(wish)), agent)

    assert ["Responder", "NoPassive"] == silent.statuses
    assert asked.headers["Location"].startswith("/interaction/")


@pytest.mark.parametrize(
    "wrong",
    [
        matter("S-1", "steal"),
        matter("S-2"),
        matter("S-1", Unknown="1"),
        matter("S-1", Amount="-1"),
        matter("S-1", Amount="1.5"),
        matter("S-1", Project="a b"),
        matter("S-1", Organisation="91210100YY00007735") + matter("S-1", Organisation="91210100MA0UX2LK2Y"),
    ],
)
def test_a_matter_that_is_none_is_refused(hall: Hall, enterprise: Enterprise, wrong: str) -> None:
    """Unknown, not this system's own, malformed, or for two organisations: the system is told so."""
    system, registered = hall.system(**ACTS)
    told = hall.told(hall.ask(system.query(system.request(extensions(wrong))), hall.world.known(registered)))

    assert ["Requester", "RequestUnsupported"] == told.statuses


def test_matters_are_named_by_systems_registered_for_them(hall: Hall, enterprise: Enterprise) -> None:
    """A system of another kind is told that it asks too much; content in a matter is not read at all."""
    other, registered = hall.system()
    system, _ = hall.system(**ACTS)
    told = hall.told(
        hall.ask(other.query(other.request(extensions(matter("S-1")))), hall.world.known(registered))
    )
    stuffed = hall.ask(system.query(system.request(extensions(matter("S-1", inner="<yt:X/>")))))

    assert ["Requester", "RequestUnsupported"] == told.statuses
    assert 400 == stuffed.status_code


def test_a_mandate_that_ended_is_told_to_nobody(hall: Hall, enterprise: Enterprise) -> None:
    """At the very next request, however young session and choice are."""
    system, registered = hall.system(capacities=["organisation"])
    agent = hall.world.sign_in()
    mandate = enterprise.mandate(agent.person_id, "S-1")
    hall.world.agree(agent, registered)

    def asked() -> list[str]:
        request = system.request(company(enterprise.code), IsPassive="true")
        return hall.told(hall.ask(system.query(request), agent)).statuses

    assert ["Success"] == asked()
    enterprise.revoke(mandate)
    assert ["Responder", "NoPassive"] == asked()


def begun(hall: Hall, system: System, who: SignedIn | None = None) -> Interaction:
    """The interaction that a request has begun."""
    response = hall.ask(system.query(system.request(ID="_b1"), "rs"), who)
    found = hall.world.oauth.interactions.find(response.headers["Location"].split("/")[2])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("reason", "statuses"),
    [("access_denied", ["Responder", "RequestDenied"]), ("unmet_level", ["Responder", "NoAuthnContext"])],
)
def test_a_no_is_told_to_the_system(hall: Hall, reason: str, statuses: list[str]) -> None:
    """Who declines, or cannot reach the level, is no error page at the provider."""
    system, _ = hall.system()

    answer = hall.services.protocols["saml"].decline(begun(hall, system), reason)

    assert isinstance(answer, PostTo) and system.consumer == answer.action
    root = documents.parse(b64decode(answer.fields["SAMLResponse"]))
    signatures.verify(root, hall.certificates)
    assert statuses == [one.get("Value").rpartition(":")[2] for one in root.iter("{*}StatusCode")]
    assert ("_b1", "rs") == (root.get("InResponseTo"), answer.fields["RelayState"])


def test_an_interaction_that_is_not_met_begins_again(hall: Hall) -> None:
    """An answer needs everything the policy asks, whatever page claims to be the last."""
    system, registered = hall.system()
    somebody = hall.world.sign_in()
    interaction, facts = begun(hall, system, somebody), hall.world.facts(somebody, registered)
    assert facts is not None
    saml = hall.services.protocols["saml"]

    answer = saml.finish(interaction, facts)

    assert isinstance(answer, Goto) and saml.restart(interaction) == answer.url
    hall.world.agree(somebody, registered)
    facts = hall.world.facts(somebody, registered)
    assert facts is not None and isinstance(saml.finish(interaction, facts), PostTo)
