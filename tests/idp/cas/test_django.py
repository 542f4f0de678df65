"""django-cas-ng under a real Django: entered by a ticket, left by a logout request."""

from collections.abc import Iterator

import pytest

from tests.idp.cas.django_site import create_site
from tests.idp.oauth.world import Registered
from tests.served import Served, listening, serving

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A provider on the loopback."""
    with serving(tmp_path_factory.mktemp("home")) as served:
        yield served


@pytest.fixture(scope="module")
def site(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Django system's address."""
    with listening(create_site(tmp_path_factory.mktemp("django"), f"{served.url}/cas/")) as url:
        yield url


@pytest.fixture(scope="module")
def client(served: Served, site: str) -> Registered:
    """It, as it is registered."""
    return served.register(protocol="cas", services=[{"prefix": f"{site}/accounts/login"}])


def test_a_page_behind_login_required_is_reached(served: Served, site: str, client: Registered) -> None:
    """Through the one session, back to the page that was asked for."""
    browser, _ = served.browser(client)
    page = browser.get(f"{site}/desk", timeout=60)

    assert (f"{site}/desk", f"desk of {served.world.authorizations()[-1].sub}") == (page.url, page.text)


def test_signing_out_elsewhere_ends_it(served: Served, site: str, client: Registered) -> None:
    """The worker's request names the ticket; Django forgets that session and no other."""
    browser, signed_in = served.browser(client)
    other, _ = served.browser(client)
    for one in (browser, other):
        one.get(f"{site}/desk", timeout=60)
    served.world.end_session(signed_in)
    served.deliver()

    assert 302 == browser.get(f"{site}/desk", allow_redirects=False, timeout=60).status_code
    assert 200 == other.get(f"{site}/desk", allow_redirects=False, timeout=60).status_code
