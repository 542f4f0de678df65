"""The pages of the authorization and sign-out endpoints, in the composed product."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client as Http
from werkzeug.test import TestResponse

import wsgi
from idp.clients.models import ClientClass
from idp.oauth.machine import create_machine
from idp.settings import Settings
from tests import instances
from tests.idp.oauth.world import CALLBACK, Registered, SignedIn, World

BACK = "http://127.0.0.1:8399/signed-out"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[World]:
    """A provider with its pages, on a folder of its own."""
    settings = Settings.model_validate({"home": tmp_path})
    instances.settle(settings)
    services = wsgi.compose(settings)
    oauth = services.extras["oauth"]
    world = World(oauth)
    world.http = Http(create_machine(oauth, wsgi.create_pages(services, oauth)), use_cookies=False)
    yield world
    services.prepared.close()
    services.state.close()
    services.database.dispose()


@pytest.fixture
def returning(product: World) -> Registered:
    """A client with an address to return to."""
    return product.client(post_logout_redirect_uris=[BACK])


def sign_out(product: World, signed_in: SignedIn | None, **values: str) -> TestResponse:
    headers = {"Cookie": f"{product.cookie}={signed_in.handle}"} if signed_in else {}
    return product.http.get(f"/oauth/logout?{urlencode(values)}", headers=headers)


def press(product: World, signed_in: SignedIn, page: TestResponse, **values: str) -> TestResponse:
    action = re.search(r'action="(/oauth/logout/confirm[^"]*)"', page.text)
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert action and token
    headers = {"Cookie": f"{product.cookie}={signed_in.handle}"}
    form = {"csrf_token": token[1], **values}
    return product.http.post(action[1].replace("&amp;", "&"), data=form, headers=headers)


def is_signed_in(product: World, signed_in: SignedIn, client: Registered) -> bool:
    return product.facts(signed_in, client) is not None


def test_a_fault_is_a_page_that_repeats_nothing(product: World) -> None:
    """The person learns it is not their doing; what was sent is not shown again."""
    answered = product.authorize_raw("client_id=nobody%3Cscript%3E&redirect_uri=https://evil.example/")

    told = answered.response.text.split("</header>")[1]

    assert (400, "") == (answered.response.status_code, answered.location)
    assert "evil.example" not in told and "nobody" not in told


@pytest.mark.parametrize("kind", (ClientClass.THIRD_PARTY, ClientClass.GOVERNMENT))
def test_who_is_asked_reads_that_access_outlives_the_sign_in(product: World, kind: ClientClass) -> None:
    """For how long, and only where it is asked for (OpenID Connect Core §11)."""
    portal, somebody = product.client(kind), product.sign_in()
    said = []
    for scope in ("openid profile offline_access", "openid profile"):
        asked = product.authorize(portal, somebody, scope=scope)
        own = asked.response.headers["Set-Cookie"].split(";")[0]
        page = product.http.get(
            asked.location,
            headers={"Cookie": f"{product.cookie}={somebody.handle}; {own}"},
            follow_redirects=True,
        )
        said.append("最长 30 天" in page.text)

    assert [True, False] == said


def test_a_posted_answer_is_a_form(product: World) -> None:
    """Its policy lets it end at the client's origin and nowhere else; nobody keeps it."""
    portal = product.client()
    page = product.authorize(portal, product.known(portal), response_mode="form_post").response

    assert f'action="{CALLBACK}"' in page.text and 'name="code"' in page.text
    assert "form-action 'self' http://127.0.0.1:8399;" in page.headers["Content-Security-Policy"]
    assert "no-store" == page.headers["Cache-Control"]


def test_a_hint_signs_out_at_once(product: World, returning: Registered) -> None:
    """Ended on the server, not only in the browser, and back to the client with its state."""
    signed_in = product.known(returning)
    hint = product.tokens(returning, signed_in)["id_token"]
    answer = sign_out(product, signed_in, id_token_hint=hint, post_logout_redirect_uri=BACK, state="s")

    assert (303, f"{BACK}?state=s") == (answer.status_code, answer.headers["Location"])
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    assert not is_signed_in(product, signed_in, returning)


def test_without_proof_the_person_is_asked(product: World, returning: Registered) -> None:
    """A link signs nobody out; pressing the button does, and leads back."""
    signed_in = product.known(returning)
    page = sign_out(product, signed_in, client_id=returning.id, post_logout_redirect_uri=BACK)
    assert 'id="sign-out"' in page.text
    assert is_signed_in(product, signed_in, returning)
    answer = press(product, signed_in, page, decision="sign_out")

    assert (303, BACK) == (answer.status_code, answer.headers["Location"])
    assert not is_signed_in(product, signed_in, returning)


@pytest.mark.parametrize("form", [{"decision": "stay"}, {"decision": "sign_out", "csrf_token": "x" * 64}])
def test_staying_or_a_forged_form_ends_nothing(
    product: World, returning: Registered, form: dict[str, str]
) -> None:
    """Only the button of the page this browser was shown."""
    signed_in = product.known(returning)
    press(product, signed_in, sign_out(product, signed_in), **form)

    assert is_signed_in(product, signed_in, returning)


def test_an_unregistered_address_is_shown(product: World, returning: Registered) -> None:
    """And nothing ends."""
    signed_in = product.known(returning)
    hint = product.tokens(returning, signed_in)["id_token"]
    page = sign_out(product, signed_in, id_token_hint=hint, post_logout_redirect_uri="https://evil.example/")

    assert (400, None) == (page.status_code, page.headers.get("Location"))
    assert is_signed_in(product, signed_in, returning)


@pytest.mark.parametrize("query", ["state=%FF", "a=1&a=2", "id_token_hint=x.y.z", "ui_locales=en"])
def test_nobody_signed_in_is_simply_signed_out(product: World, query: str) -> None:
    """A page, never a crash."""
    assert product.http.get(f"/oauth/logout?{query}").status_code in (200, 400)
