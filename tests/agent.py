"""Somebody's browser without a screen: follows redirects, fills forms in, remembers where it has been.

It opens a connection for every request, as a browser does when the one it had is gone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2
import lxml.html

HOPS = 20


@dataclass(frozen=True)
class Page:
    """What came, after all redirects; one that leads elsewhere is not followed."""

    status: int
    url: str
    text: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    leads_to: str = ""
    """Where a redirect out of the known places leads."""

    @property
    def answer(self) -> dict[str, str]:
        """The parameters with which the client is answered."""
        return dict(parse_qsl(urlsplit(self.leads_to).query))

    @property
    def words(self) -> str:
        """What a person reads."""
        return " ".join(lxml.html.fromstring(self.text).text_content().split())

    @property
    def forms(self) -> dict[str, Any]:
        """The forms by their id."""
        document = lxml.html.fromstring(self.text) if self.text.strip() else None
        return {} if document is None else {form.get("id"): form for form in document.forms}

    def has(self, form: str) -> bool:
        """Whether this form can be filled in here."""
        return form in self.forms

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [urljoin(self.url, href) for href in lxml.html.fromstring(self.text).xpath("//main//a/@href")]


class Agent:
    """One browser; `known` are the origins whose pages it opens."""

    def __init__(self, *known: str, language: str = "zh-CN") -> None:
        limits = httpx2.Limits(max_keepalive_connections=0)
        headers = {"Accept-Language": language, "User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/120"}
        self._http = httpx2.Client(trust_env=False, limits=limits, headers=headers, timeout=60)
        self._known = known
        self.visited: list[str] = []
        """Every address asked for, with its query."""
        self.pages: list[Page] = []

    def open(self, url: str) -> Page:
        """Go there."""
        return self._arrive(self._asked("GET", url))

    def send(self, page: Page, form: str, press: str = "", **values: str) -> Page:
        """Fill a form of this page in and send it; `press` is `name=value` of a button."""
        found = page.forms[form]
        for name, value in values.items():
            _fill(found, name, value)
        data = dict(found.form_values())
        if press:
            name, _, value = press.partition("=")
            data[name] = value
        target = urljoin(page.url, found.get("action") or page.url)
        return self._arrive(self._asked("POST", target, data=data))

    def close(self) -> None:
        """Shut it."""
        self._http.close()

    def cookies(self) -> dict[str, str]:
        """What it would send."""
        return {cookie.name: cookie.value or "" for cookie in self._http.cookies.jar}

    def _asked(self, method: str, url: str, **given: Any) -> httpx2.Response:
        self.visited.append(url)
        return self._http.request(method, url, **given)

    def _arrive(self, response: httpx2.Response) -> Page:
        for _ in range(HOPS):
            if not response.has_redirect_location:
                return self._keep(response, "")
            there = urljoin(str(response.url), response.headers["location"])
            if not any(there.startswith(f"{origin}/") for origin in self._known):
                return self._keep(response, there)
            response = self._asked("GET", there)
        raise AssertionError(f"round and round at {response.url}")

    def _keep(self, response: httpx2.Response, leads_to: str) -> Page:
        headers = {name.lower(): value for name, value in response.headers.items()}
        page = Page(response.status_code, str(response.url), response.text, headers, leads_to)
        self.pages.append(page)
        return page


@contextmanager
def browsing(*known: str, language: str = "zh-CN") -> Iterator[Agent]:
    """A browser that is shut at the end."""
    agent = Agent(*known, language=language)
    yield agent
    agent.close()


def _fill(form: Any, name: str, value: str) -> None:
    control = form.inputs[name]
    if getattr(control, "type", "") == "checkbox":
        control.checked = True
    else:
        control.value = value
