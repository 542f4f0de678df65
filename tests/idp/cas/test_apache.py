"""mod_auth_cas under a real Apache with the configuration of the guide."""

import http.client
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.idp.oauth.world import Registered
from tests.served import Served, certificate, serving
from tests.servers import free_port

GUIDE = Path(__file__).parents[3] / "docs" / "integration.md"
MODULES = "/usr/lib/apache2/modules"
AROUND = """
ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/error.log
KeepAlive Off
Listen 127.0.0.1:{port}
ServerName 127.0.0.1:{port}
{user}
LoadModule mpm_prefork_module {modules}/mod_mpm_prefork.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule mime_module {modules}/mod_mime.so
LoadModule include_module {modules}/mod_include.so
TypesConfig /dev/null
DocumentRoot {folder}/pages
<Directory {folder}/pages>
  Options +Includes
  AddType text/html .shtml
  AddOutputFilter INCLUDES .shtml
</Directory>
CASCertificatePath {folder}/certificate.pem
{guide}
"""
PAGE = '<!--#echo var="REMOTE_USER" -->|<!--#echo var="HTTP_X_YITONG_ACR" -->'


@dataclass(frozen=True)
class Site:
    """A site that Apache guards."""

    url: str
    served: Served
    client: Registered


def configuration(folder: Path, port: int, provider: str) -> str:
    """The guide's own, at the addresses of this test."""
    found = re.search(r"```apache\n# auth_cas.conf\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    guide = found[1].replace("https://id.example.gov.cn", provider)
    guide = guide.replace("/var/cache/apache2/mod_auth_cas/", f"{folder}/cookies/")
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    return AROUND.format(folder=folder, port=port, user=user, modules=MODULES, guide=guide)


@pytest.fixture(scope="module")
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Apache with its module, and the provider it asks."""
    if not Path(f"{MODULES}/mod_auth_cas.so").exists():
        pytest.fail("install apache2 and libapache2-mod-auth-cas")
    folder, port = _folder(), free_port()
    request.addfinalizer(lambda: shutil.rmtree(folder))
    with serving(tmp_path_factory.mktemp("home"), certificate(folder)) as served:
        url = f"http://127.0.0.1:{port}"
        client = served.register(protocol="cas", services=[{"prefix": f"{url}/"}])
        (folder / "apache.conf").write_text(configuration(folder, port, served.url))
        command = ["/usr/sbin/apache2", "-X", "-f", str(folder / "apache.conf")]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        _listens(port, process, folder)
        yield Site(url, served, client)
        process.terminate()
        process.wait(90)


def _folder() -> Path:
    """Where Apache's own user can read and write, as it will not serve as root."""
    folder = Path(tempfile.mkdtemp(prefix="yitong-apache-"))
    folder.chmod(0o755)
    for name in ("pages", "cookies"):
        (folder / name).mkdir()
    (folder / "cookies").chmod(0o777)
    (folder / "pages" / "desk.shtml").write_text(PAGE)
    return folder


def _listens(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            return probe.connect()
        except OSError:
            assert process.poll() is None, (folder / "error.log").read_text()
        finally:
            probe.close()
    raise AssertionError("Apache does not listen")


def test_a_guarded_page_is_reached(site: Site) -> None:
    """Apache knows the subject and the attributes, and the ticket is gone from the address."""
    browser, _ = site.served.browser(site.client)
    page = browser.get(f"{site.url}/desk.shtml?a=1", timeout=60)

    assert f"{site.served.world.authorizations()[-1].sub}|ial3.aal1" == page.text
    assert f"{site.url}/desk.shtml?a=1" == page.url


def test_a_stranger_meets_the_one_sign_in(site: Site) -> None:
    """And a ticket somebody made up lets nobody in."""
    page = site.served.stranger().get(f"{site.url}/desk.shtml", timeout=60)
    made_up = requests.get(f"{site.url}/desk.shtml?ticket=ST-{'a' * 43}", allow_redirects=False, timeout=60)

    assert page.url.startswith(f"{site.served.url}/interaction/")
    assert 200 != made_up.status_code


def test_headers_from_outside_never_arrive(site: Site) -> None:
    """The module scrubs what only it may set."""
    browser, _ = site.served.browser(site.client)
    browser.get(f"{site.url}/desk.shtml", timeout=60)
    page = browser.get(f"{site.url}/desk.shtml", headers={"X-Yitong-Acr": "ial5.aal3"}, timeout=60)

    assert "ial5" not in page.text


def test_signing_out_elsewhere_ends_it(site: Site) -> None:
    """The module forgets the session whose ticket the worker names."""
    browser, signed_in = site.served.browser(site.client)
    browser.get(f"{site.url}/desk.shtml", timeout=60)
    site.served.world.end_session(signed_in)
    site.served.deliver()

    assert 302 == browser.get(f"{site.url}/desk.shtml", allow_redirects=False, timeout=60).status_code
