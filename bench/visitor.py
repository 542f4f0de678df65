"""A browser in a few lines: signs in, agrees to what is asked, and comes back to the client with a code."""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import httpx2

VERIFIER = "bench-verifier-0123456789-0123456789-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
HOPS = 20


class Lost(RuntimeError):
    """The visitor met a page it cannot get past; the message says where."""


@dataclass(frozen=True)
class Client:
    """A confidential client as the bench uses it."""

    client_id: str
    secret: str
    redirect_uri: str
    scope: str
    asks: Mapping[str, str] = field(default_factory=dict)
    """What else it sends with every authorization request."""

    @property
    def basic(self) -> str:
        """The value of its Authorization header."""
        return "Basic " + base64.b64encode(f"{self.client_id}:{self.secret}".encode()).decode()

    def authorization(self, **more: str) -> str:
        """The path of an authorization request, PKCE included."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": self.scope,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **self.asks,
            **more,
        }
        return f"/oauth/authorize?{urlencode(asked)}"


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    login: str
    password: str


@dataclass
class Form:
    """A form as a browser would send it: where to, with what it holds already."""

    id: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Forms(HTMLParser):
    """The forms of a page; a submit button named `decision` is pressed if it says accept."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("id", ""), given.get("action", "")))
        elif self.found and "name" in given and self._sent(tag, given):
            self.found[-1].fields[given["name"]] = given.get("value", "on")

    def _sent(self, tag: str, given: dict[str, str]) -> bool:
        if tag == "button" or given.get("type") == "submit":
            return given.get("value") == "accept"
        return tag == "input" and (given.get("type") not in {"checkbox", "radio"} or "checked" in given)


class Visitor:
    """One browser with its own cookies; `client` is where it comes from and returns to."""

    def __init__(self, provider: str, client: Client) -> None:
        self._http = httpx2.Client(base_url=provider, trust_env=False, verify=False)
        self._provider = provider
        self._client = client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._http.close()

    @property
    def cookies(self) -> str:
        """The cookies as a request header would carry them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._http.cookies.jar)

    def sign_in_form(self) -> Form:
        """The sign-in form a stranger gets, its action as a path; others fill and send it."""
        response = self._follow(self._http.get(self._client.authorization(state="bench")))
        form = self._form(response, "sign-in")
        return Form(form.id, urlsplit(form.action).path, form.fields)

    def passkey_form(self) -> tuple[Form, dict[str, Any]]:
        """The form of the passkey's own page, and what its device is asked."""
        path = self.sign_in_form().action.replace("/sign-in", "/passkey")
        page = self._http.get(path)
        asked = re.search(r"data-get='([^']*)'", page.text)
        if asked is None:
            raise Lost(f"{path} asks for no passkey")
        form = self._form(page, "passkey")
        return Form(form.id, urlsplit(form.action).path, form.fields), json.loads(unescape(asked.group(1)))

    def sign_in(self, person: Person) -> str:
        """Sign in, agree to notices and consents, and bring back the code."""
        response = self._follow(self._http.get(self._client.authorization(state="bench")))
        for _ in range(HOPS):
            if response.has_redirect_location:
                return self._code(response)
            form = self._form(response)
            if form.id == "sign-in":
                form.fields |= {"login": person.login, "password": person.password}
            response = self._follow(self._http.post(form.action, data=form.fields))
        raise Lost(f"still being asked at {response.url}")

    def agree_at(self, path: str) -> None:
        """Go to another application on the session at hand, agreeing to what it asks."""
        response = self._follow(self._http.get(path))
        for _ in range(HOPS):
            if response.has_redirect_location:
                return
            form = self._form(response)
            response = self._follow(self._http.post(form.action, data=form.fields))
        raise Lost(f"still being asked at {response.url}")

    def come_again(self) -> str:
        """A code for the session at hand, without a page."""
        return self._code(self._http.get(self._client.authorization(state="bench", prompt="none")))

    def agree(self, path: str) -> None:
        """Ask once and say yes to whatever is asked before the answer."""
        response = self._follow(self._http.get(path))
        for _ in range(HOPS):
            asked = [form for form in Forms(response.text).found if form.id in {"consent", "notice"}]
            if not asked:
                return
            action = urljoin(str(response.url), asked[0].action)
            response = self._follow(self._http.post(action, data=asked[0].fields))
        raise Lost(f"still being asked at {response.url}")

    def redeem(self, code: str) -> dict[str, str]:
        """The token response for a code."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._client.redirect_uri,
            "code_verifier": VERIFIER,
        }
        headers = {"Authorization": self._client.basic}
        response = self._http.post("/oauth/token", data=asked, headers=headers)
        if response.status_code != 200:
            raise Lost(f"the token endpoint answered {response.status_code}: {response.text}")
        tokens: dict[str, str] = response.json()
        return tokens

    def _follow(self, response: httpx2.Response) -> httpx2.Response:
        """Go where redirects on this provider lead; a redirect to the client is an arrival."""
        while response.has_redirect_location:
            there = urljoin(str(response.url), response.headers["location"])
            if not there.startswith(f"{self._provider}/"):
                break
            response = self._http.get(there)
        return response

    def _form(self, response: httpx2.Response, wanted: str = "") -> Form:
        forms = Forms(response.text).found
        known = [
            form for form in forms if form.id in ([wanted] if wanted else ["sign-in", "consent", "notice"])
        ]
        if response.status_code != 200 or not known:
            raise Lost(
                f"{response.url} answered {response.status_code} with forms {[form.id for form in forms]}"
            )
        form = known[0]
        return Form(form.id, urljoin(str(response.url), form.action), form.fields)

    def _code(self, response: httpx2.Response) -> str:
        parameters = parse_qs(urlsplit(response.headers.get("location", "")).query)
        if "code" not in parameters:
            raise Lost(f"no code at {response.url}: {response.status_code} {parameters}")
        return parameters["code"][0]
