"""Systems that hear of a sign-out by the browser alone: asked in turn, believed by their signature."""

from base64 import b64decode, b64encode
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import lxml.html
import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from idp import clock
from idp.authenticators import password
from idp.oauth.responses import FormPost, Redirect
from idp.outbox.models import Message
from idp.persons.models import Realm
from idp.saml import documents, front_channel, messages, names, signatures
from idp.saml.documents import SAML, SAMLP, Element
from idp.sessions import lifecycle
from idp.sessions.logout import UPSTREAM
from idp.sessions.models import Participant
from tests.attacks.whole import HASHED
from tests.idp.account.stage import PASSWORD
from tests.idp.oauth.world import Registered, SignedIn
from tests.idp.saml.hall import STATUS, Hall
from tests.idp.saml.party import System, moment, party
from tests.idp.saml.test_logout import enter, statuses

BY_REDIRECT: list[dict[str, str]] = [{"binding": "redirect", "location": "https://old.example.gov.cn/slo"}]
BY_POST = [{"binding": "post", "location": "https://old.example.gov.cn/slo"}]
HERE = "http://127.0.0.1:8000/saml/slo"


def entered(hall: Hall, services: list[dict[str, str]] = BY_REDIRECT) -> tuple[System, Registered, SignedIn]:
    """A system that somebody has come to, and whose session has ended."""
    system, registered, somebody, _ = enter(hall, {"single_logout_services": services})
    hall.world.end_session(somebody)
    return system, registered, somebody


def asked(hall: Hall, session_id: UUID) -> Element:
    """The request that the browser is sent with, by a redirect whose query we have signed."""
    (visit,) = front_channel.visits(hall.saml, session_id)
    sent = front_channel.ask(hall.saml, visit, session_id, clock.now())
    assert isinstance(sent, Redirect)
    query = urlsplit(sent.url).query
    signatures.verify_query(query, "SAMLRequest", hall.certificates)
    return documents.parse(messages.inflated(dict(parse_qsl(query))["SAMLRequest"]))


def response(system: System, request_id: str, **changes: str) -> str:
    """What the system answers."""
    said = {"code": "Success", "destination": HERE, "issuer": system.entity_id, **changes}
    return (
        f'<samlp:LogoutResponse xmlns:samlp="{SAMLP}" Destination="{said["destination"]}" ID="_a1"'
        f' InResponseTo="{request_id}" IssueInstant="{moment(clock.now())}" Version="2.0">'
        f'<saml:Issuer xmlns:saml="{SAML}">{said["issuer"]}</saml:Issuer><samlp:Status>'
        f'<samlp:StatusCode Value="{STATUS}{said["code"]}"></samlp:StatusCode></samlp:Status>'
        "</samlp:LogoutResponse>"
    )


def answers(hall: Hall, system: System, message: str, signed: bool = True) -> tuple[int, str]:
    """Bring it back by redirect; where the browser goes on to."""
    query = system.query(message, name="SAMLResponse", signed=signed)
    answer = hall.get(f"/saml/slo?{query}")
    return answer.status_code, answer.headers["Location"]


def has_confirmed(hall: Hall, session_id: UUID) -> bool:
    query = select(Participant.notified_at).where(Participant.session_id == session_id)
    with hall.world.oauth.database.reading() as db:
        return None not in db.scalars(query).all()


def test_the_request_names_the_person_and_the_session(hall: Hall) -> None:
    """As the system was told them (SAML Core §3.7.1), for this system alone and for minutes."""
    _, _, somebody = entered(hall)
    request = messages.logout_request(asked(hall, somebody.session_id))

    assert "https://old.example.gov.cn/slo" == request.destination
    assert 1 == len(request.session_indexes)
    assert request.expires_at is not None


def test_an_answer_is_noted_and_the_browser_goes_on(hall: Hall) -> None:
    """To the next stop, whatever that is."""
    system, _, somebody = entered(hall)
    request_id = str(asked(hall, somebody.session_id).get("ID"))

    assert (303, "/signed-out/next") == answers(hall, system, response(system, request_id))
    assert has_confirmed(hall, somebody.session_id)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "Responder"},
        {"destination": "https://other.example/slo"},
        {"issuer": "https://other.example"},
        {"id": "_somebody-elses"},
    ],
)
def test_what_is_no_answer_to_us_confirms_nothing(hall: Hall, wrong: dict[str, str]) -> None:
    """A no, an answer to somebody else, of somebody else, or to nothing; the browser goes on all the same."""
    system, _, somebody = entered(hall)
    request_id = str(asked(hall, somebody.session_id).get("ID"))
    message = response(system, wrong.pop("id", request_id), **wrong)

    assert (303, "/signed-out/next") == answers(hall, system, message)
    assert not has_confirmed(hall, somebody.session_id)


def test_nobody_else_confirms(hall: Hall) -> None:
    """Unsigned, by a stranger's key, or by another system that was told the id of the request."""
    system, _, somebody = entered(hall)
    other, _, _ = entered(hall)
    request_id = str(asked(hall, somebody.session_id).get("ID"))
    stranger = System(system.host, party("stranger"))

    answers(hall, system, response(system, request_id), signed=False)
    answers(hall, stranger, response(system, request_id))
    answers(hall, other, response(other, request_id))
    assert not has_confirmed(hall, somebody.session_id)
    answers(hall, system, response(system, request_id))
    assert has_confirmed(hall, somebody.session_id)


def test_by_post_the_message_is_signed_inside(hall: Hall) -> None:
    """Both ways."""
    system, _, somebody = entered(hall, BY_POST)
    (visit,) = front_channel.visits(hall.saml, somebody.session_id)
    sent = front_channel.ask(hall.saml, visit, somebody.session_id, clock.now())
    assert isinstance(sent, FormPost)
    request = signatures.verify(documents.parse(b64decode(sent.fields["SAMLRequest"])), hall.certificates)
    message = system.signed(response(system, str(request.get("ID"))))
    form = {"SAMLResponse": b64encode(message.encode()).decode()}

    assert 303 == hall.world.http.post("/saml/slo", data=form).status_code
    assert has_confirmed(hall, somebody.session_id)


def test_who_hears_by_soap_is_not_visited(hall: Hall) -> None:
    """Nor who registered nothing at all."""
    soap = [*BY_REDIRECT, {"binding": "soap", "location": "https://old.example.gov.cn/soap"}]
    for services in (soap, []):
        _, _, somebody = entered(hall, services)

        assert [] == front_channel.visits(hall.saml, somebody.session_id)


def test_a_system_that_signs_out_is_answered_after_the_others(hall: Hall) -> None:
    """SAML Profiles §4.4.3.2: the browser first takes the message round, then our answer to who asked."""
    asking, _, somebody, told = enter(hall, {"single_logout_services": BY_POST})
    other, _, _, _ = enter(hall, {"single_logout_services": BY_REDIRECT}, who=somebody)
    message = b64encode(asking.signed(asking.logout(told.name_id, told.index)).encode()).decode()
    mine = {"Cookie": f"{hall.world.cookie}={somebody.handle}"}
    page = hall.world.http.post("/saml/slo", data={"SAMLRequest": message}, headers=mine)
    cookie = jar(page)
    away = hall.world.http.get("/signed-out/next", headers=cookie).headers["Location"]
    request = documents.parse(messages.inflated(dict(parse_qsl(urlsplit(away).query))["SAMLRequest"]))
    answers(hall, other, response(other, str(request.get("ID"))))
    last = hall.world.http.get("/signed-out/next", headers=cookie)

    (form,) = [one for one in lxml.html.fromstring(last.text).forms if "SAMLResponse" in one.fields]
    assert "https://old.example.gov.cn/slo" == form.action
    assert ["Success"] == statuses(documents.parse(b64decode(form.fields["SAMLResponse"])))


def test_two_sessions_that_end_at_once_are_both_led_out_of(hall: Hall) -> None:
    """A citizen's and a civil servant's, in one browser: each has a system that only the browser can tell."""
    asking, registered, citizen, told = enter(hall, {"single_logout_services": BY_POST})
    clerk = hall.world.sign_in(hall.world.person(realm=Realm.STAFF))
    systems = [hall.system({"single_logout_services": BY_REDIRECT}, client_name=one) for one in ("甲", "乙")]
    took_part(hall, citizen, systems[0][1].id)
    took_part(hall, clerk, systems[1][1].id)
    took_part(hall, clerk, registered.id, told.name_id)
    indexes = [
        names.session_index(hall.world.oauth.vault, one.session_id, registered.id) for one in (citizen, clerk)
    ]
    message = asking.logout(told.name_id, "</samlp:SessionIndex><samlp:SessionIndex>".join(indexes))
    both = f"{hall.world.cookie}={citizen.handle}; {hall.services.cookies.staff_name}={clerk.handle}"
    sent = {"SAMLRequest": b64encode(asking.signed(unescape(message)).encode()).decode()}
    page = hall.world.http.post("/saml/slo", data=sent, headers={"Cookie": both})
    cookie, visited = jar(page), []
    for _ in systems:
        away = hall.world.http.get("/signed-out/next", headers=cookie).headers["Location"]
        request = documents.parse(messages.inflated(dict(parse_qsl(urlsplit(away).query))["SAMLRequest"]))
        visited.append(str(request.get("ID")))
    looked = hall.world.http.get("/signed-out", headers=cookie).text
    for (system, _), request_id in zip(systems, visited, strict=True):
        answers(hall, system, response(system, request_id))

    assert 2 == len(set(visited))
    assert "已退出 1/3" in looked and "甲" in looked and "乙" in looked
    assert "3 个服务都已退出" in hall.world.http.get("/signed-out", headers=cookie).text


def took_part(hall: Hall, somebody: SignedIn, client_id: str, sub: str = "s") -> None:
    """Somebody's session has led to this client."""
    with hall.world.oauth.database.writing() as db:
        db.add(
            Participant(session_id=somebody.session_id, client_id=client_id, sub=sub, first_at=clock.now())
        )


def test_no_more_than_a_few_are_visited_without_a_press(hall: Hall) -> None:
    """A chain of redirects ends at the page, which leads on when its person says so."""
    somebody: Any = None
    for _ in range(6):
        _, _, somebody, _ = enter(hall, {"single_logout_services": BY_REDIRECT}, who=somebody)
    cookie = leaves(hall, somebody)
    visited = [hall.world.http.get("/signed-out/next", headers=cookie).headers["Location"] for _ in range(6)]
    further = hall.world.http.get("/signed-out/next?on=1", headers=cookie).headers["Location"]

    assert [True] * 5 + [False] == [one.startswith("https://old") for one in visited]
    assert ("/signed-out", True) == (visited[-1], further.startswith("https://old"))


def leaves(hall: Hall, somebody: SignedIn) -> dict[str, str]:
    """Sign out on one's own page; gives the cookie by which the browser goes on."""
    asked = hall.get("/sign-out", somebody)
    (form,) = [one for one in lxml.html.fromstring(asked.text).forms if one.action == "/sign-out"]
    page = hall.world.http.post(
        "/sign-out",
        data={"csrf_token": form.fields["csrf_token"]},
        headers={"Cookie": f"{hall.world.cookie}={somebody.handle}"},
    )
    assert "继续退出" in page.text
    return jar(page)


def test_closing_the_account_leads_out_as_signing_out_does(hall: Hall) -> None:
    """To systems that only this browser can tell; the page keeps saying until when it can be taken back."""
    system, _, somebody, _ = enter(hall, {"single_logout_services": BY_REDIRECT})
    page = closes(hall, somebody)
    cookie = jar(page)
    away = hall.world.http.get("/signed-out/next", headers=cookie).headers["Location"]
    request = documents.parse(messages.inflated(dict(parse_qsl(urlsplit(away).query))["SAMLRequest"]))
    answers(hall, system, response(system, str(request.get("ID"))))
    after = hall.world.http.get("/signed-out", headers=cookie).text

    assert "继续退出" in page.text
    assert has_confirmed(hall, somebody.session_id)
    assert ["我们收到了您的注销申请" in text for text in (page.text, after)] == [True, True]


def test_who_closes_the_account_leaves_the_upstream_too(hall: Hall) -> None:
    """The call is queued that ends the session there, as when they sign out."""
    somebody = hall.world.sign_in()
    with hall.world.oauth.database.writing() as db:
        lifecycle.rest_on(db, somebody.session_id, "province")
    closes(hall, somebody)
    with hall.world.oauth.database.reading() as db:
        topics = db.scalars(select(Message.topic).where(Message.subject == str(somebody.session_id))).all()

    assert [UPSTREAM] == list(topics)


def closes(hall: Hall, somebody: SignedIn) -> TestResponse:
    """Ask for the account to be closed."""
    with hall.world.oauth.database.writing() as db:
        password.set_hash(db, somebody.person_id, HASHED, "registration", clock.now())
    asked = hall.get("/account/close", somebody)
    (form,) = [one for one in lxml.html.fromstring(asked.text).forms if "password" in one.fields]
    return hall.world.http.post(
        "/account/close",
        data={"csrf_token": form.fields["csrf_token"], "password": PASSWORD},
        headers={"Cookie": f"{hall.world.cookie}={somebody.handle}"},
    )


def jar(page: TestResponse) -> dict[str, str]:
    """The cookie of the page that says who has been signed out."""
    (found,) = [one for one in page.headers.getlist("Set-Cookie") if "Path=/signed-out" in one]
    return {"Cookie": found.partition(";")[0]}
