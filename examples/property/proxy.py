"""A reverse proxy as small as can be: for every request it does what nginx does with `auth_request`.

In earnest this is the configuration in the integration guide. What matters is the same: headers that only the
provider may set are taken out of every request first, and nothing reaches the site without a 200.
"""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

import requests

Environ = dict[str, Any]
Application = Callable[[Environ, Any], Iterable[bytes]]

OURS = "x-yitong-"
PASSED_ON = {"/.yitong/callback": "/forward-auth/callback", "/.yitong/sign-out": "/forward-auth/sign-out"}
SECONDS = 5.0


class Proxy:
    """In front of one site."""

    def __init__(self, site: Application, provider: str, base_url: str) -> None:
        self._site = site
        self._provider = provider
        self._base_url = base_url

    def __call__(self, environ: Environ, start: Any) -> Iterable[bytes]:
        for name in [name for name in environ if name.startswith("HTTP_X_YITONG_")]:
            del environ[name]
        path = environ["PATH_INFO"]
        if path == "/healthz":
            return self._site(environ, start)
        try:
            if path in PASSED_ON:
                return _passed_on(self._ask(environ, PASSED_ON[path]), start)
            told = self._ask(environ, "/forward-auth/verify")
        except requests.RequestException:
            return _plain(start, "503 Service Unavailable", "the identity service does not answer")
        if told.status_code == 401:
            return _sent_to_sign_in(told, start)
        if told.status_code != 200:
            return _plain(start, "403 Forbidden", "you may not go there")
        for name, value in told.headers.items():
            if name.lower().startswith(OURS):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return self._site(environ, start)

    def _ask(self, environ: Environ, path: str) -> requests.Response:
        query = environ.get("QUERY_STRING", "")
        wanted = quote(environ["PATH_INFO"].encode("latin-1")) + (f"?{query}" if query else "")
        said = {"X-Original-URL": self._base_url + wanted, "Cookie": environ.get("HTTP_COOKIE", "")}
        address = self._provider + path + (f"?{query}" if path != "/forward-auth/verify" and query else "")
        return requests.get(address, headers=said, timeout=SECONDS, allow_redirects=False)


def _sent_to_sign_in(told: requests.Response, start: Any) -> Iterable[bytes]:
    headers = [("Location", told.headers["X-Yitong-Start"]), ("Cache-Control", "no-store")]
    start("302 Found", [*headers, ("Set-Cookie", told.headers["Set-Cookie"])])
    return []


def _passed_on(answer: requests.Response, start: Any) -> Iterable[bytes]:
    names = ("Location", "Set-Cookie", "Cache-Control")
    headers = [(name, answer.headers[name]) for name in names if name in answer.headers]
    start(f"{answer.status_code} {answer.reason}", headers)
    return [answer.content]


def _plain(start: Any, status: str, text: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")])
    return [text.encode()]
