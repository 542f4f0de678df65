"""A small world to try the endpoints in: people, clients and a browser that knows no pages."""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from sqlalchemy import update
from werkzeug.test import Client as Http
from werkzeug.test import TestResponse

from idp import clock
from idp.clients import onboarding
from idp.clients.metadata import Client
from idp.clients.models import ClientClass
from idp.consents.models import Consent
from idp.evidence.models import Evidence
from idp.interaction.facts import facts_of
from idp.interaction.record import Facts
from idp.oauth.checks.pkce import challenge_of
from idp.oauth.collaborators import OAuth
from idp.oauth.events import TokenEvent
from idp.oauth.machine import ANSWER, create_machine
from idp.oauth.models import Authorization
from idp.persons import synthetic
from idp.persons.models import Document, Person
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import SignInSession
from idp.web.session_cookie import cookies_of

ISSUER = "http://127.0.0.1:8000"
CALLBACK = "http://127.0.0.1:8399/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
EVERYTHING = "openid profile phone address identity_document offline_access"


@dataclass(frozen=True)
class Registered:
    """A client and what it can prove itself with."""

    client: Client
    secret: str | None

    @property
    def id(self) -> str:
        return self.client.id

    @property
    def basic(self) -> dict[str, str]:
        credentials = b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {credentials}"}


@dataclass(frozen=True)
class SignedIn:
    """A browser in which a person has proven themselves."""

    person_id: UUID
    session_id: UUID
    handle: str


@dataclass
class World:
    """What a test needs of the provider."""

    oauth: OAuth
    events: list[TokenEvent] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    read: list[tuple[UUID, frozenset[str], datetime]] = field(default_factory=list)
    """What applications read: authorization, scopes, moment."""

    def __post_init__(self) -> None:
        self.http = Http(create_machine(self.oauth, self._pages), use_cookies=False)
        self.cookie = cookies_of(ISSUER).session_name

    def _pages(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        self.shown.append(environ.get(ANSWER))
        start_response("400 Bad Request", [("Content-Type", "text/html")])
        return [b"a page"]

    def client(self, kind: ClientClass = ClientClass.GOVERNMENT, **metadata: Any) -> Registered:
        """A registered client that may do everything, unless told otherwise."""
        details = {
            "client_name": "城市门户",
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
            "scope": EVERYTHING,
            **metadata,
        }
        with self.oauth.database.writing() as db:
            row, secret = onboarding.create(db, details, kind, clock.now())
        found = self.oauth.clients.find(row.id)
        assert found is not None
        return Registered(found, secret)

    def public_client(self, **metadata: Any) -> Registered:
        """A client that can keep no secret."""
        grants = ["authorization_code", "refresh_token"]
        return self.client(token_endpoint_auth_method="none", grant_types=grants, **metadata)

    def person(self, level: int = 3, **values: Any) -> UUID:
        """A person at this level, with a synthetic document."""
        now = clock.now()
        with self.oauth.database.writing() as db:
            person = Person(created_at=now, sex="F", **values)
            db.add(person)
            person.name, person.birth_date, person.phone = "王小明", "1990-03-07", "+8613800000000"
            person.address = "某省某市某路一号"
            document = Document(person_id=person.id, kind="resident_id_18", created_at=now, verified_at=now)
            db.add(document)
            document.number = synthetic.resident_id(datetime(1990, 3, 7).date(), "F")  # noqa: DTZ001
            db.flush()
            db.add(
                Evidence(
                    person_id=person.id,
                    document_id=document.id,
                    method="registry_match",
                    authority="public_security",
                    level=level,
                    at=now,
                )
            )
            return person.id

    def sign_in(self, person_id: UUID | None = None, amr: str = "pwd", ago: float = 0) -> SignedIn:
        """A session of this person, begun some seconds ago."""
        person_id = person_id or self.person()
        at = clock.now() - timedelta(seconds=ago)
        with self.oauth.database.writing() as db:
            achieved = Achievement(person_id, frozenset(amr.split()), at)
            row, handle = lifecycle.begin(db, achieved, absolute=timedelta(hours=10))
            return SignedIn(person_id, row.id, handle)

    def agree(self, signed_in: SignedIn, registered: Registered, scopes: str = EVERYTHING) -> None:
        """The person has agreed to these scopes."""
        with self.oauth.database.writing() as db:
            db.add(
                Consent(
                    person_id=signed_in.person_id,
                    client_id=registered.id,
                    kind="notice",
                    purpose="sign_in",
                    scopes=frozenset(scopes.split()),
                    text_key="sharing-notice",
                    text_version="1",
                    text_digest="0" * 64,
                    at=clock.now(),
                )
            )

    def known(self, registered: Registered, **session: Any) -> SignedIn:
        """Somebody signed in who has agreed to everything this client may ask."""
        signed_in = self.sign_in(**session)
        self.agree(signed_in, registered)
        return signed_in

    def facts(self, signed_in: SignedIn, registered: Registered) -> Facts | None:
        """What one read knows about the browser."""
        return facts_of(self.oauth.prepared, signed_in.handle, registered.client, clock.now())

    def authorize(
        self, registered: Registered, signed_in: SignedIn | None = None, /, **sent: str | None
    ) -> "Answered":
        """Ask for a code; a parameter given as None is left out."""
        values = {
            "response_type": "code",
            "client_id": registered.id,
            "redirect_uri": CALLBACK,
            "scope": "openid profile",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
            **sent,
        }
        query = urlencode({name: value for name, value in values.items() if value is not None})
        return self.authorize_raw(query, signed_in)

    def authorize_raw(self, query: str, signed_in: SignedIn | None = None, method: str = "GET") -> "Answered":
        """Ask with this very query."""
        headers = {"Cookie": f"{self.cookie}={signed_in.handle}"} if signed_in else {}
        self.shown.clear()
        if method == "POST":
            form = "application/x-www-form-urlencoded"
            response = self.http.post("/oauth/authorize", data=query, headers=headers, content_type=form)
        else:
            response = self.http.get("/oauth/authorize", query_string=query, headers=headers)
        return Answered(response, self.shown[0] if self.shown else None)

    def code(self, registered: Registered, signed_in: SignedIn, **sent: str | None) -> str:
        """A fresh code."""
        return self.authorize(registered, signed_in, **sent).values["code"]

    def post(self, path: str, registered: Registered | None, **form: str | None) -> TestResponse:
        """Call an endpoint as this client."""
        values = {name: value for name, value in form.items() if value is not None}
        if registered is not None and registered.secret is None:
            values.setdefault("client_id", registered.id)
        headers = registered.basic if registered is not None and registered.secret else {}
        return self.http.post(path, data=values, headers=headers)

    def redeem(self, registered: Registered, code: str, **form: str | None) -> TestResponse:
        """Exchange a code."""
        sent = {"redirect_uri": CALLBACK, "code_verifier": VERIFIER, **form}
        return self.post("/oauth/token", registered, grant_type="authorization_code", code=code, **sent)

    def tokens(self, registered: Registered, signed_in: SignedIn | None = None, **sent: str | None) -> Any:
        """Tokens of somebody signed in."""
        signed_in = signed_in or self.known(registered)
        response = self.redeem(registered, self.code(registered, signed_in, **sent))
        assert 200 == response.status_code, response.text
        return response.json

    def refresh(self, registered: Registered, refresh_token: str, **form: str) -> TestResponse:
        """Renew."""
        return self.post(
            "/oauth/token", registered, grant_type="refresh_token", refresh_token=refresh_token, **form
        )

    def userinfo(self, access_token: str) -> TestResponse:
        """Ask who it is."""
        return self.http.get("/oauth/userinfo", headers={"Authorization": f"Bearer {access_token}"})

    def introspect(self, registered: Registered, token: str) -> Any:
        """Ask whether a token is alive."""
        return self.post("/oauth/introspect", registered, token=token).json

    def end_session(self, signed_in: SignedIn) -> None:
        """Sign out."""
        with self.oauth.database.writing() as db:
            session = db.get(SignInSession, signed_in.session_id)
            assert session is not None
            lifecycle.end(db, [session], "signed_out", clock.now())

    def set_status(self, person_id: UUID, status: str) -> None:
        """Freeze somebody, say."""
        with self.oauth.database.writing() as db:
            db.execute(update(Person).where(Person.id == person_id).values(status=status))

    def authorizations(self) -> list[Authorization]:
        """All of them."""
        with self.oauth.database.reading() as db:
            return db.query(Authorization).all()


@dataclass(frozen=True)
class Answered:
    """What the authorization endpoint did."""

    response: TestResponse
    shown: Any

    @property
    def location(self) -> str:
        return self.response.headers.get("Location", "")

    @property
    def values(self) -> dict[str, str]:
        """The parameters of the redirect, from query or fragment."""
        parts = urlsplit(self.location)
        return dict(parse_qsl(parts.query or parts.fragment, keep_blank_values=True))

    @property
    def error(self) -> str | None:
        return self.values.get("error")


def claims_of(token: str) -> dict[str, Any]:
    """The claims of a JWT, unchecked."""
    return _part(token, 1)


def header_of(token: str) -> dict[str, Any]:
    """The header of a JWT, unchecked."""
    return _part(token, 0)


def _part(token: str, number: int) -> dict[str, Any]:
    encoded = token.split(".")[number]
    part: dict[str, Any] = json.loads(urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return part
