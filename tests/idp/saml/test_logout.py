"""Single logout: a system signs somebody out, and hears when others have."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import lxml.html
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

import wsgi
from connectors.callbacks import RegisteredCallbacks
from idp import clock
from idp.outbox import queue, worker
from idp.outbox.models import Message
from idp.saml import documents, messages, signatures
from idp.saml.documents import SAML, SAMLP, Element
from idp.saml.logout import Messenger
from idp.sessions.logout import NotTold
from idp.sessions.models import SignInSession
from tests.idp.oauth.enterprise import Enterprise
from tests.idp.oauth.world import Registered, SignedIn
from tests.idp.saml.hall import STATUS, Hall, Told
from tests.idp.saml.party import System, company, moment, party

SOAP = f'xmlns:soap="{messages.SOAP}"'
SOAP_ENDPOINT = "http://127.0.0.1:8000/saml/soap"


@pytest.fixture
def entered(hall: Hall) -> tuple[System, Registered, SignedIn, Told]:
    """A system that somebody has come to."""
    return enter(hall)


def enter(
    hall: Hall, changes: dict[str, Any] | None = None, who: SignedIn | None = None
) -> tuple[System, Registered, SignedIn, Told]:
    system, registered = hall.system(changes)
    somebody = who or hall.world.sign_in()
    hall.world.agree(somebody, registered)
    return system, registered, somebody, hall.told(hall.ask(system.query(system.request()), somebody))


def lives(hall: Hall, somebody: SignedIn) -> bool:
    with hall.world.oauth.database.reading() as db:
        return db.get_one(SignInSession, somebody.session_id).ended_at is None


def queued(hall: Hall, session_id: UUID) -> list[dict[str, Any]]:
    """Who is to be told that a session is over."""
    with hall.world.oauth.database.reading() as db:
        found = db.scalars(select(Message).where(Message.subject == str(session_id)))
        return [dict(queue.open_payload(db, one)) for one in found]


def statuses(root: Element) -> list[str]:
    return [one.get("Value").removeprefix(STATUS) for one in root.iter(f"{{{SAMLP}}}StatusCode")]


def sent(hall: Hall, response: TestResponse) -> tuple[list[str], dict[str, str]]:
    """The statuses of an answer by redirect, whose query is signed, and its parameters."""
    assert 303 == response.status_code, response.text
    query = urlsplit(response.headers["Location"]).query
    signatures.verify_query(query, "SAMLResponse", hall.certificates)
    values = dict(parse_qsl(query))
    return statuses(documents.parse(messages.inflated(values["SAMLResponse"]))), values


def by_soap(hall: Hall, message: str) -> TestResponse:
    envelope = f"<soap:Envelope {SOAP}><soap:Body>{message}</soap:Body></soap:Envelope>"
    return hall.world.http.post("/saml/soap", data=envelope.encode(), content_type="text/xml")


def test_a_signed_request_ends_the_whole_session(hall: Hall, entered: Any) -> None:
    """Every participant is told, the browser forgets, and the system gets its answer."""
    system, registered, somebody, told = entered
    hears = [{"binding": "soap", "location": "https://other.example.gov.cn/soap"}]
    _, other, _, _ = enter(hall, {"single_logout_services": hears}, who=somebody)

    response = hall.get(f"/saml/slo?{system.query(system.logout(told.name_id, told.index), 'rs')}", somebody)

    answered, values = sent(hall, response)
    assert (["Success"], "rs") == (answered, values["RelayState"])
    assert response.headers["Location"].startswith(f"{system.host}/saml/slo?")
    assert f"{hall.world.cookie}=;" in response.headers["Set-Cookie"]
    assert not lives(hall, somebody)
    assert {registered.id, other.id} == {one["client_id"] for one in queued(hall, somebody.session_id)}


def test_nobody_else_signs_people_out(hall: Hall, entered: Any) -> None:
    """Unsigned, signed by a stranger, for another place or time, or once more: the session lives."""
    system, _, somebody, told = entered
    stranger = System(system.host, party("stranger"))
    names = (told.name_id, told.index)

    for query in (
        system.query(system.logout(*names), signed=False),
        stranger.query(stranger.logout(*names)),
        system.query(system.logout(*names, Destination="https://other.example/slo")),
        system.query(system.logout(*names, Destination=None)),
        system.query(system.logout(*names, IssueInstant=moment(clock.now(), minutes=10))),
        system.query(system.logout(*names, NotOnOrAfter=moment(clock.now(), minutes=2))),
        system.query(system.logout(*names, Issuer="https://nobody.example")),
    ):
        assert 400 == hall.get(f"/saml/slo?{query}", somebody).status_code
    assert lives(hall, somebody)


def test_a_request_is_good_once(hall: Hall) -> None:
    """Played again it signs nobody out, though the same person has come again."""
    system, registered, somebody, told = enter(hall)
    query = system.query(system.logout(told.name_id, None))
    assert ["Success"] == sent(hall, hall.get(f"/saml/slo?{query}"))[0]
    again = hall.world.sign_in(somebody.person_id)
    hall.told(hall.ask(system.query(system.request()), again))

    assert 400 == hall.get(f"/saml/slo?{query}").status_code
    assert lives(hall, again)


def test_a_session_of_another_system_is_unknown(hall: Hall, entered: Any) -> None:
    """An index opens only for the system that was given it, and only together with the name."""
    system, _, somebody, told = entered
    stranger, _ = hall.system()

    for made, name, index in (
        (stranger, told.name_id, told.index),
        (stranger, told.name_id, None),
        (system, "somebody-else", told.index),
        (system, told.name_id, "_AAAA"),
        (system, told.name_id, "é"),
    ):
        response = hall.get(f"/saml/slo?{made.query(made.logout(name, index))}", somebody)
        assert ["Requester", "UnknownPrincipal"] == sent(hall, response)[0]
    assert lives(hall, somebody)


def test_without_an_index_every_session_of_the_person_ends(hall: Hall) -> None:
    """SAML Core §3.7.3.1; sessions in which this system was never told of them go on."""
    system, _, first, told = enter(hall)
    second, elsewhere = (hall.world.sign_in(first.person_id) for _ in range(2))
    hall.told(hall.ask(system.query(system.request()), second))

    hall.get(f"/saml/slo?{system.query(system.logout(told.name_id, None))}")

    assert [False, False, True] == [lives(hall, one) for one in (first, second, elsewhere)]


def test_a_posted_request_is_answered_by_post(hall: Hall) -> None:
    """Signed inside; where that is the binding the system registered."""
    services = [{"binding": "post", "location": "https://fund.example.gov.cn/slo"}]
    system, _, somebody, told = enter(hall, {"single_logout_services": services})
    message = system.signed(system.logout(told.name_id, told.index))
    form = {"SAMLRequest": b64encode(message.encode()).decode(), "RelayState": "rs"}

    page = hall.world.http.post("/saml/slo", data=form)

    (found,) = [one for one in lxml.html.fromstring(page.text).forms if "SAMLResponse" in one.fields]
    answer = documents.parse(b64decode(found.fields["SAMLResponse"]))
    signatures.verify(answer, hall.certificates)
    assert ("https://fund.example.gov.cn/slo", "rs") == (found.action, found.fields["RelayState"])
    assert ["Success"] == statuses(answer) and not lives(hall, somebody)


def test_a_system_signs_out_without_a_browser(hall: Hall, entered: Any) -> None:
    """By SOAP, signed; the answer is signed too, and a second time there is nobody to sign out."""
    system, _, somebody, told = entered

    response = by_soap(
        hall, system.signed(system.logout(told.name_id, told.index, Destination=SOAP_ENDPOINT, ID="_s1"))
    )

    answer = signatures.verify(messages.out_of_soap(response.data), hall.certificates)
    assert ("_s1", ["Success"]) == (answer.get("InResponseTo"), statuses(answer))
    assert not lives(hall, somebody)


def test_soap_of_strangers_is_refused(hall: Hall, entered: Any) -> None:
    """Unsigned, wrapped, two at once, not SOAP at all."""
    system, _, somebody, told = entered
    message = system.logout(told.name_id, told.index, Destination=SOAP_ENDPOINT)
    signed = system.signed(message)

    for body in (message, signed + signed, "", f"<a>{signed}</a>", signed.replace(told.index, "_other")):
        assert 400 == by_soap(hall, body).status_code
    assert 400 == hall.world.http.post("/saml/soap", data=signed.encode()).status_code
    assert lives(hall, somebody)


def test_an_answer_to_nothing_changes_nothing(hall: Hall, entered: Any) -> None:
    """The browser goes on to its page, and no more."""
    _, _, somebody, _ = entered
    answer = hall.get("/saml/slo?SAMLResponse=x", somebody)

    assert (303, "/signed-out/next") == (answer.status_code, answer.headers["Location"])
    assert lives(hall, somebody)


class Ear:
    """A system's SOAP service, on a port of its own: what it heard, and how it answers."""

    def __init__(self) -> None:
        self.system = System()
        self.heard: list[Element] = []
        self.status, self.codes, self.signed, self.issuer = 200, ["Success"], True, ""

    @property
    def location(self) -> str:
        return f"http://127.0.0.1:{self.port}/soap"

    @property
    def port(self) -> int:
        return self._port

    @contextmanager
    def listening(self) -> Iterator["Ear"]:
        ear = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = ear.answer(messages.out_of_soap(body))
                self.send_response(ear.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *said: object) -> None:
                """Keep quiet."""

        server = HTTPServer(("127.0.0.1", 0), Handler)
        self._port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield self
        server.shutdown()
        thread.join()
        server.server_close()

    def answer(self, request: Element) -> bytes:
        self.heard.append(request)
        code = ""
        for status in reversed(self.codes):
            code = f'<samlp:StatusCode Value="{STATUS}{status}">{code}</samlp:StatusCode>'
        issuer = self.issuer or self.system.entity_id
        message = (
            f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}" ID="_a1" InResponseTo="{request.get("ID")}"'
            f' IssueInstant="{moment(clock.now())}" Version="2.0">'
            f'<saml:Issuer xmlns:saml="{SAML}">{issuer}</saml:Issuer>'
            f"<samlp:Status>{code}</samlp:Status></samlp:LogoutResponse>"
        )
        return messages.in_soap(self.system.signed(message) if self.signed else message)


@pytest.fixture
def ear() -> Iterator[Ear]:
    with Ear().listening() as listening:
        yield listening


@pytest.fixture
def told_of(hall: Hall, ear: Ear) -> dict[str, Any]:
    """A message for a system that listens, of a session that is over."""
    services = [{"binding": "soap", "location": ear.location}]
    ear.system, _, somebody, _ = enter(hall, {"single_logout_services": services})
    hall.world.end_session(somebody)
    (message,) = queued(hall, somebody.session_id)
    return message


@pytest.fixture
def messenger(hall: Hall) -> Messenger:
    return Messenger(hall.saml, RegisteredCallbacks(private=True))


def test_a_system_hears_that_a_session_is_over(
    hall: Hall, ear: Ear, messenger: Messenger, told_of: dict[str, Any]
) -> None:
    """By name and index as it was told them, signed by our key."""
    assert messenger.deliver(told_of, clock.now())

    (heard,) = ear.heard
    request = messages.logout_request(signatures.verify(heard, hall.certificates))
    assert (told_of["sub"], ear.location) == (request.name_id, request.destination)
    assert 1 == len(request.session_indexes)


@pytest.mark.parametrize("codes", [["Responder", "UnknownPrincipal"], ["Success", "PartialLogout"]])
def test_who_knows_nobody_has_heard(
    ear: Ear, messenger: Messenger, told_of: dict[str, Any], codes: list[str]
) -> None:
    """A system whose own session had ended before needs no second telling."""
    ear.codes, ear.signed = codes, False

    assert messenger.deliver(told_of, clock.now())


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 500},
        {"codes": ["Responder", "RequestDenied"]},
        {"codes": ["Requester"]},
        {"issuer": "https://other.example"},
    ],
)
def test_anything_else_is_tried_again(
    ear: Ear, messenger: Messenger, told_of: dict[str, Any], wrong: dict[str, Any]
) -> None:
    """An error, a refusal, somebody else's answer."""
    for name, value in wrong.items():
        setattr(ear, name, value)

    with pytest.raises(NotTold):
        messenger.deliver(told_of, clock.now())


def test_an_answer_with_a_false_signature_is_tried_again(
    ear: Ear, messenger: Messenger, told_of: dict[str, Any]
) -> None:
    """It need not be signed, but what is signed must verify."""
    ear.system = System(ear.system.host, party("stranger"))

    with pytest.raises(NotTold):
        messenger.deliver(told_of, clock.now())


def test_a_system_without_soap_is_not_told(hall: Hall, messenger: Messenger, entered: Any) -> None:
    """It finds out when it asks again."""
    _, registered, somebody, told = entered
    payload = {"session_id": str(somebody.session_id), "client_id": registered.id, "sub": told.name_id}

    assert not messenger.deliver(payload, clock.now())


def test_a_mandate_that_ends_is_told_like_a_session(hall: Hall, ear: Ear) -> None:
    """The system hears that the organisation has left; the person's session here goes on."""
    enterprise = Enterprise(hall.world)
    services = [{"binding": "soap", "location": ear.location}]
    ear.system, registered = hall.system({"single_logout_services": services}, capacities=["organisation"])
    agent = hall.world.sign_in()
    mandate = enterprise.mandate(agent.person_id, "S-1")
    hall.world.agree(agent, registered)
    query = ear.system.query(ear.system.request(company(enterprise.code)))
    told = hall.told(hall.ask(query, agent))

    enterprise.revoke(mandate)
    while worker.work(hall.services.database, wsgi.topics(hall.services)):
        pass

    (heard,) = ear.heard
    assert told.name_id == messages.logout_request(heard).name_id
    assert lives(hall, agent)
