"""The gallery as a client, and in a browser."""

from collections.abc import Iterator
from threading import Thread

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from werkzeug.serving import make_server

from tests.browser import undrawn
from tests.idp.web.gallery import gallery


@pytest.fixture(scope="module")
def visitor() -> FlaskClient:
    """Somebody who speaks HTTP and keeps no cookies."""
    return gallery().test_client(use_cookies=False)


@pytest.fixture(scope="module")
def gallery_url() -> Iterator[str]:
    """The gallery on a real port."""
    server = make_server("127.0.0.1", 0, gallery(), threaded=True)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def still_browser(browser: Browser) -> Iterator[Browser]:
    """Another for pages that are only looked at with axe."""
    with undrawn(browser) as started:
        yield started
