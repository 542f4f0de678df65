"""The sample system, which others copy: what it believes, of whom, and how often."""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlsplit

import pytest
import requests
from flask.testing import FlaskClient

from examples.estate_registry.app import create_app
from examples.estate_registry.saml import Own, kept
from idp import clock
from idp.saml import registration
from idp.saml.logout import Messenger
from tests.idp.oauth.world import Registered, SignedIn
from tests.idp.saml.hall import Hall, Told
from tests.idp.saml.party import System, party

URL = "https://estate.example.gov.cn"


class Estate:
    """The system in this process, registered by its own metadata, with somebody who may come."""

    def __init__(self, hall: Hall) -> None:
        own = Own(URL, party("estate").private_pem, party("estate").pem)
        self.hall = hall
        self.app = create_app(own, kept(lambda: hall.get("/saml/metadata").data), hall.world.oauth.issuer)
        section = registration.section(own.metadata().encode())
        self.registered: Registered = hall.register(System(URL), section, scope="openid profile")

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def asked(self, browser: FlaskClient, somebody: SignedIn) -> Told:
        """What the provider answers to its request."""
        location = browser.get("/sign-in", base_url=URL).headers["Location"]
        return self.hall.told(self.hall.ask(urlsplit(location).query, somebody))

    def brought(self, browser: FlaskClient, answer: str) -> str:
        """Where an answer leads, or nowhere."""
        form = {"SAMLResponse": b64encode(answer.encode()).decode()}
        return str(browser.post("/saml/acs", base_url=URL, data=form).headers.get("Location", ""))

    def entered(self, somebody: SignedIn) -> FlaskClient:
        browser = self.browser()
        browser.get(self.brought(browser, self.asked(browser, somebody).text), base_url=URL)
        return browser


@pytest.fixture(scope="module")
def estate(hall: Hall) -> Estate:
    return Estate(hall)


@pytest.fixture
def somebody(hall: Hall, estate: Estate) -> SignedIn:
    return hall.world.known(estate.registered)


def is_in(browser: FlaskClient) -> bool:
    return "王小明" in browser.get("/", base_url=URL).get_data(as_text=True)


def test_it_lets_in_whom_the_answer_is_about(estate: Estate, somebody: SignedIn) -> None:
    """A signed request, a signed answer, one link in between."""
    assert is_in(estate.entered(somebody))


def test_an_answer_counts_once_and_for_who_asked(estate: Estate, somebody: SignedIn) -> None:
    """Not a second time, not in another browser, not without having been asked for."""
    browser, other = estate.browser(), estate.browser()
    told = estate.asked(browser, somebody)

    link = estate.brought(browser, told.text)

    assert link and "" == estate.brought(browser, told.text)
    assert 400 == other.get(link, base_url=URL).status_code and not is_in(other)
    assert 400 == browser.get(link, base_url=URL).status_code and not is_in(browser)
    unasked = estate.hall.get(f"/saml/start?client={estate.registered.id}", somebody)
    assert "" == estate.brought(browser, estate.hall.told(unasked).text)


def test_a_changed_answer_is_refused(estate: Estate, somebody: SignedIn) -> None:
    """Another name, a comment in it, an assertion without its signed envelope, a second one beside it."""
    browser = estate.browser()
    text = estate.asked(browser, somebody).text
    start, end = text.index("<saml:Assertion"), text.index("</samlp:Response>")

    for changed in (
        text.replace("王小明", "王大明"),
        text.replace("王小明", "王小<!-- -->明"),
        text[start:end],
        text[:end] + text[start:end].replace("王小明", "王大明") + text[end:],
        text.replace("urn:oasis:names:tc:SAML:2.0:status:Success", "urn:x"),
        text[: text.index("<ds:Signature")] + text[text.index("</ds:Signature>") + 15 :],
        f'<!DOCTYPE a [<!ENTITY x "y">]>{text}',
        "",
    ):
        assert "" == estate.brought(browser, changed)
    assert not is_in(browser)


@pytest.mark.parametrize("sent", ["A", "PHg+=PHg", "不是", "", b64encode(b"no XML").decode()])
def test_what_is_no_answer_at_all_is_refused_with_a_page(estate: Estate, sent: str) -> None:
    """Broken base64 too: the page says what has happened and leads on."""
    answered = estate.browser().post("/saml/acs", base_url=URL, data={"SAMLResponse": sent})

    assert 400 == answered.status_code
    assert "这次登录已失效" in answered.text and 'href="/sign-in"' in answered.text


def test_a_provider_that_cannot_be_reached_is_a_page() -> None:
    """Nobody is at fault who wants to sign in: the page says so, and what to do."""

    def fetch() -> bytes:
        raise requests.ConnectionError

    system = create_app(Own(URL, b"", b""), kept(fetch), "https://id.example.gov.cn")
    answered = system.test_client().get("/sign-in", base_url=URL)

    assert 503 == answered.status_code and "统一身份认证暂时无法连接" in answered.text


def test_an_answer_whose_signature_names_two_things_is_refused(estate: Estate, somebody: SignedIn) -> None:
    """One signature over the whole of it, or none that counts."""
    browser = estate.browser()
    text = estate.asked(browser, somebody).text
    start, end = text.index("<ds:Reference"), text.index("</ds:Reference>") + len("</ds:Reference>")
    form = {"SAMLResponse": b64encode(f"{text[:end]}{text[start:end]}{text[end:]}".encode()).decode()}

    assert 400 == browser.post("/saml/acs", base_url=URL, data=form).status_code


def test_its_sign_out_needs_its_own_form(estate: Estate, somebody: SignedIn) -> None:
    """Whatever another form holds: the person stays in."""
    browser = estate.entered(somebody)

    for sent in ("", "x", "令牌"):
        assert "/" == browser.post("/sign-out", base_url=URL, data={"form_token": sent}).headers["Location"]
    assert is_in(browser)


def test_an_answer_to_another_system_is_refused(estate: Estate, somebody: SignedIn) -> None:
    """However well it is signed: its audience, its recipient, its destination are somebody else's."""
    system, registered = estate.hall.system()
    estate.hall.world.agree(somebody, registered)
    told = estate.hall.told(estate.hall.ask(system.query(system.request()), somebody))

    assert "" == estate.brought(estate.browser(), told.text)


def test_it_hears_that_a_session_is_over(estate: Estate, somebody: SignedIn) -> None:
    """By SOAP from the provider, and from nobody else."""
    browser, stranger = estate.entered(somebody), estate.browser()
    facts = estate.hall.world.facts(somebody, estate.registered)
    assert facts is not None

    class Wire:
        """Carries a message to the system in this very process."""

        def post(self, url: str, form: Mapping[str, str]) -> int:
            raise AssertionError

        def push(self, url: str, body: bytes, media_type: str) -> int:
            raise AssertionError

        def get(self, url: str) -> int:
            raise AssertionError

        def ask(self, url: str, body: bytes, media_type: str) -> tuple[int, bytes]:
            forged = body.replace(b"<saml:NameID", b"<saml:NameID x='y'")
            assert 400 == stranger.post("/saml/soap", base_url=URL, data=forged).status_code
            answer = stranger.post(urlsplit(url).path, base_url=URL, data=body, content_type=media_type)
            return answer.status_code, answer.data

    payload = {
        "session_id": str(somebody.session_id),
        "client_id": estate.registered.id,
        "sub": facts.sub,
    }
    assert Messenger(estate.hall.saml, Wire()).deliver(payload, clock.now())
    assert not is_in(browser)


def test_its_sign_out_ends_everything(estate: Estate, somebody: SignedIn) -> None:
    """The person presses its button; the provider ends the session and sends the browser back."""
    browser = estate.entered(somebody)
    page = browser.get("/", base_url=URL).get_data(as_text=True)
    token = page.partition('name="form_token" value="')[2].partition('"')[0]

    leaving = browser.post("/sign-out", base_url=URL, data={"form_token": token}).headers["Location"]
    back = estate.hall.get(leaving.removeprefix(estate.hall.world.oauth.issuer), somebody)

    assert back.headers["Location"].startswith(f"{URL}/saml/slo?SAMLResponse=")
    assert estate.hall.world.facts(somebody, estate.registered) is None and not is_in(browser)
