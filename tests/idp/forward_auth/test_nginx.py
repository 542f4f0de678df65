"""A real nginx with the configuration of the guide: what it lets through, and what reaches the site."""

import http.client
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.idp.oauth.world import Registered
from tests.served import Served, listening, serving
from tests.servers import free_port

GUIDE = Path(__file__).parents[3] / "docs" / "integration.md"
AROUND = """
{user}
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  {server}
}}
"""


@dataclass
class Site:
    """A system that knows no protocol, behind nginx."""

    url: str
    served: Served
    client: Registered
    asked: list[dict[str, str]] = field(default_factory=list)
    """What reached the system itself: its environment, request by request."""

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        self.asked.append({name: value for name, value in environ.items() if isinstance(value, str)})
        start("200 OK", [("Content-Type", "text/plain")])
        return [b"records"]


def configuration(folder: Path, port: int, provider: str, behind: str) -> str:
    """The guide's own, at the addresses of this test."""
    found = re.search(r"```nginx\n# archive.conf\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    server = found[1].replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    server = server.replace("https://id.example.gov.cn", provider)
    server = server.replace("id.example.gov.cn", provider.removeprefix("http://"))
    server = server.replace("archive.example.gov.cn", "127.0.0.1").replace("http://127.0.0.1:9000", behind)
    user = "user root;" if os.geteuid() == 0 else ""
    return AROUND.format(user=user, folder=folder, server=server)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """nginx, the provider it asks, and the system behind it."""
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx is not None, "install nginx-light"
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with serving(tmp_path_factory.mktemp("home")) as served:
        paths = [{"path": "/sealed", "acr": "ial3.aal2"}]
        url = f"http://127.0.0.1:{port}"
        client = served.register(protocol="proxy", protects=[url], paths=paths)
        site = Site(url, served, client)
        with listening(site) as behind:
            (folder / "nginx.conf").write_text(configuration(folder, port, served.url, behind))
            command = [nginx, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            _listens(port, process)
            yield site
            process.terminate()
            process.wait(90)


def _listens(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            return probe.connect()
        except OSError:
            assert process.poll() is None, "nginx ended"
        finally:
            probe.close()
    raise AssertionError("nginx does not listen")


def test_a_deep_link_is_reached_without_a_page(site: Site) -> None:
    """From the site to us and back: the browser ends where it wanted to go."""
    browser, _ = site.served.browser(site.client)
    page = browser.get(f"{site.url}/records/7?page=2", timeout=60)

    assert (200, "records") == (page.status_code, page.text)
    assert f"{site.url}/records/7?page=2" == page.url
    assert "ial3.aal1" == site.asked[-1]["HTTP_X_YITONG_ACR"]
    assert "%E7%8E%8B%E5%B0%8F%E6%98%8E" == site.asked[-1]["HTTP_X_YITONG_NAME"]


def test_a_stranger_reaches_nothing(site: Site) -> None:
    """Not the system, only the one sign-in."""
    before = len(site.asked)
    page = requests.Session().get(f"{site.url}/records", timeout=60)

    assert before == len(site.asked)
    assert page.url.startswith(f"{site.served.url}/interaction/")


def test_headers_from_outside_never_arrive(site: Site) -> None:
    """The proxy's own word replaces them, also where it has nothing to say."""
    invented = {
        "X-Yitong-Subject": "mallory",
        "X-Yitong-Organisation": "91210100MA0000000X",
        "X-Yitong-Mandate": "m-1",
        "X_Yitong_Subject": "mallory",
        "X-Original-URL": "https://elsewhere.example.cn/",
    }
    browser, _ = site.served.browser(site.client)
    browser.get(site.url, timeout=60)
    browser.get(site.url, headers=invented, timeout=60)

    assert "mallory" not in site.asked[-1]["HTTP_X_YITONG_SUBJECT"]
    assert not {"HTTP_X_YITONG_ORGANISATION", "HTTP_X_YITONG_MANDATE"} & set(site.asked[-1])


def test_a_path_asks_for_more_whatever_the_browser_says(site: Site) -> None:
    """The address is nginx's own word."""
    browser, _ = site.served.browser(site.client)
    browser.get(site.url, timeout=60)
    said = {"X-Original-URL": site.url + "/", "X-Forwarded-Uri": "/"}
    page = browser.get(f"{site.url}/sealed/1", headers=said, allow_redirects=False, timeout=60)

    assert 302 == page.status_code
    assert 403 == _raw(site, "/x/..%2fsealed", browser)


def test_the_link_to_sign_out_leads_to_the_one_page(site: Site) -> None:
    """Which asks, and ends everything."""
    browser, _ = site.served.browser(site.client)
    browser.get(site.url, timeout=60)

    assert 'id="sign-out"' in browser.get(f"{site.url}/.yitong/sign-out", timeout=60).text


def _raw(site: Site, path: str, browser: requests.Session) -> int:
    """Ask for a path exactly as it is written."""
    line = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=60)
    cookies = "; ".join(f"{one.name}={one.value}" for one in browser.cookies)
    line.request("GET", path, headers={"Cookie": cookies})
    status = line.getresponse().status
    line.close()
    return status
