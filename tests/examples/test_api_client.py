"""The department's machine against the whole product: its token, its subjects, a screen for a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from authlib.integrations.requests_client import OAuth2Session

from examples.api_client import SUBJECT_CHANGES, Screen, changed_subjects, machine_of, worth_of
from idp import clock
from idp.api import subject_changes
from idp.oauth.models import SubjectChange
from tests.idp.account.stage import Browser, newcomer
from tests.idp.oauth.world import CALLBACK, Registered
from tests.idp.sign_in.pairing import phone, wrong
from tests.served import Served, serving


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The product at an address of its own."""
    with serving(tmp_path_factory.mktemp("home")) as served:
        served.stage.browser().register(newcomer(1))
        yield served


@pytest.fixture(scope="module")
def client(provider: Served) -> Registered:
    return provider.register(
        scope="openid profile sign_in_api",
        redirect_uris=[CALLBACK],
        grant_types=["authorization_code", "client_credentials"],
    )


@pytest.fixture
def machine(provider: Served, client: Registered) -> OAuth2Session:
    return machine_of(provider.url, client.id, client.secret or "")


@pytest.fixture
def mobile(provider: Served) -> Browser:
    return phone(provider.stage, newcomer(1))


def entered(screen: Screen, mobile: Browser, mistaken: bool = False) -> dict[str, Any] | None:
    """What comes of a screen whose person does what it shows, rightly or not."""

    def do(picture: dict[str, Any]) -> None:
        if picture["state"] == "waiting":
            mobile.get("/account/qr").fill(number=picture["number"]).fill(decision="claim")
        else:
            mobile.fill(decision="confirm", digits=wrong(picture["shown"]) if mistaken else picture["shown"])

    return screen.by_phone(do, wait=lambda _seconds: None)


def test_the_token_is_the_machines_own(machine: OAuth2Session, client: Registered) -> None:
    """Active, and about nobody."""
    worth = worth_of(machine)

    assert (True, client.id) == (worth["active"], worth["sub"])


def test_a_phone_lets_the_screen_in(provider: Served, machine: OAuth2Session, mobile: Browser) -> None:
    """The answer to the last question is the next step; after it there is a code for the client."""
    screen = Screen(machine, provider.url, CALLBACK, "203.0.113.7")
    stands = entered(screen, mobile)
    agreed = screen.step("/agreement", decision="accept")
    finished = screen.step("/finish")

    assert stands is not None
    assert ("notice", "done") == (stands["next"], agreed["next"])
    assert "code" in finished["parameters"]


def test_wrong_digits_end_it(provider: Served, machine: OAuth2Session, mobile: Browser) -> None:
    """The screen goes back to its beginning."""
    screen = Screen(machine, provider.url, CALLBACK, "203.0.113.7")

    assert entered(screen, mobile, mistaken=True) is None


def test_every_page_of_changed_subjects_is_read(provider: Served, client: Registered) -> None:
    """One after the other, each line once."""
    machine = machine_of(provider.url, client.id, client.secret or "", SUBJECT_CHANGES)
    with provider.stage.services.database.writing() as db:
        for number in range(subject_changes.MOST + 1):
            db.add(SubjectChange(client_id=client.id, sub=f"s{number}", reason="split", at=clock.now()))
    lines = list(changed_subjects(machine, provider.url, "2026-01-01T00:00:00Z"))

    assert subject_changes.MOST + 1 == len({one["sub"] for one in lines}) == len(lines)
