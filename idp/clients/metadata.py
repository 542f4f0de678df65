"""A client as the rules see it: frozen, checked, with the metadata names of RFC 7591 on the outside.

Everything here was approved by whoever registered the client; a request can only ask for less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from joserfc.jwk import Key

from idp.assurance import NOTHING, Level, requirement
from idp.clients import protected, redirects, saml_metadata, services
from idp.clients.fields import Fields, MetadataFault
from idp.clients.models import ClientClass, ClientRow, ClientStatus
from idp.clients.protected import Guarded
from idp.clients.saml_metadata import SamlSystem
from idp.clients.services import Service
from idp.crypto import jose

__all__ = ["Client", "MetadataFault", "client_of", "parse"]

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 – a grant type
GRANT_TYPES = ("authorization_code", "refresh_token", "client_credentials", TOKEN_EXCHANGE)
RESPONSE_TYPES = ("code",)
RESPONSE_MODES = ("query", "fragment", "form_post")
TOKEN_FORMATS = ("jwt", "opaque")
PROTOCOLS = ("oidc", "saml", "cas", "proxy")
REALMS = ("citizen", "staff")
CAPACITIES = ("person", "organisation")
MATTER_DETAILS = "urn:yitong:matter"
"""The type of authorization details that name a matter (RFC 9396 §2)."""
DETAILS_TYPES = (MATTER_DETAILS,)
GOVERNMENT = "government"
"""The sector that all government departments share: they know a person by one subject."""


@dataclass(frozen=True)
class ClientKeys:
    """The public keys a client registered (`jose.KeySource`)."""

    keys: tuple[Key, ...] = ()

    def verifying(self, kid: str | None, alg: str) -> Sequence[Key]:
        """The key of this name, or without a name all that suit the algorithm."""
        return [key for key in self.keys if (kid is None or key.kid == kid) and jose.suits(key, alg)]


@dataclass(frozen=True)
class Client:
    """A relying application and what it is approved for."""

    id: str
    name: str
    name_en: str
    client_class: ClientClass
    status: ClientStatus
    department_id: UUID | None
    generation: int
    """Grows when everything given to the client so far must stop working."""
    protocol: str
    """By which it signs people in; `proxy` is a system behind one that asks for it (forward-auth)."""
    auth_method: str
    secret_digest: bytes | None = field(repr=False)
    keys: ClientKeys = field(repr=False)
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    native: bool
    grant_types: frozenset[str]
    response_types: frozenset[str]
    response_modes: frozenset[str]
    scopes: frozenset[str]
    claims: frozenset[str]
    """Claims approved one by one, beyond what the scopes give."""
    minimum: Level
    """The least level whoever signs in must have, whatever the request says."""
    default_acr: tuple[str, ...]
    default_max_age: int | None
    access_token_format: str
    id_token_alg: str
    backchannel_logout_uri: str | None
    backchannel_logout_session_required: bool
    realms: tuple[str, ...]
    """Whose people may sign in: `citizen`, `staff` or both; the first is asked for."""
    capacities: frozenset[str]
    """As what people come here: as a `person`, for an `organisation`, or either."""
    details_types: frozenset[str]
    """Types of authorization details it may ask for (RFC 9396 §10)."""
    matters: frozenset[str]
    """Matters it may ask about besides its department's own; ``group:CODE`` is a whole group."""
    events_uri: str | None
    """Where signed events go that it asked for (RFC 8935)."""
    events_requested: frozenset[str]
    window_device: bool
    """Whether it is an approved card reader, whose assertions of documents are believed with a witness."""
    services: tuple[Service, ...]
    """Where CAS tickets may be sent."""
    single_logout: bool
    """Whether a CAS client takes logout requests at the service a ticket was for."""
    proxy_callbacks: tuple[str, ...]
    """Where a CAS client may have proxy tickets sent (CAS 3.0 §2.5.4)."""
    proxied_by: frozenset[str]
    """The CAS clients that may come here in somebody's name."""
    protects: tuple[str, ...]
    """Origins of the sites whose proxy asks us for every request."""
    paths: tuple[Guarded, ...]
    """What is asked below which path of those."""
    sector: str
    """Clients of one sector know a person by one subject."""
    homepage: str | None
    contacts: tuple[str, ...]
    purpose: str
    purpose_en: str
    saml: SamlSystem | None
    """What a SAML system registered besides; None for every other protocol."""
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def is_online(self) -> bool:
        """Whether it is served at all."""
        return self.status == ClientStatus.ONLINE

    @property
    def is_public(self) -> bool:
        """Whether it can keep no secret (RFC 6749 §2.1)."""
        return self.auth_method == "none"

    @property
    def is_government(self) -> bool:
        """Whether legal duty replaces consent by a notice."""
        return self.client_class == ClientClass.GOVERNMENT

    @property
    def hears_logout(self) -> bool:
        """Whether it wants to be told that a session is over."""
        by_soap = self.saml is not None and self.saml.logout("soap") is not None
        told = self.protocol == "proxy" or (self.protocol == "cas" and self.single_logout)
        return self.is_online and (told or by_soap or self.backchannel_logout_uri is not None)

    @property
    def lets_act(self) -> bool:
        """Whether people may come here for an organisation."""
        return "organisation" in self.capacities

    def may_redirect_to(self, uri: str) -> bool:
        """Whether an answer may be sent there (RFC 6749 §3.1.2.3)."""
        return redirects.matches(uri, self.redirect_uris, self.native and self.is_public)

    def may_return_to(self, uri: str) -> bool:
        """Whether a browser may be sent there after signing out (OIDC RP-Initiated Logout §3.1)."""
        if uri in self.post_logout_redirect_uris:
            return True
        normal = services.normalised(uri)
        return normal is not None and services.best(self.services, normal) is not None


def client_of(row: ClientRow) -> Client:
    """Read a stored client."""
    return parse(
        row.details,
        row.id,
        ClientClass(row.client_class),
        status=ClientStatus(row.status),
        department_id=row.department_id,
        generation=row.generation,
        secret_digest=row.secret_digest,
    )


def parse(
    details: Mapping[str, Any],
    client_id: str,
    client_class: ClientClass,
    *,
    status: ClientStatus = ClientStatus.ONLINE,
    department_id: UUID | None = None,
    generation: int = 1,
    secret_digest: bytes | None = None,
) -> Client:
    """Check registration metadata and freeze it; raises MetadataFault with every fault at once."""
    read = Fields(details)
    native = read.choice("application_type", ("web", "native"), "web") == "native"
    protocol = read.choice("protocol", PROTOCOLS, PROTOCOLS[0])
    usual, by_code = (AUTH_METHODS[0], ("authorization_code",)) if protocol == "oidc" else ("none", ())
    auth_method = read.choice("token_endpoint_auth_method", AUTH_METHODS, usual)
    saml = saml_metadata.parse(details.get("saml"), read.faults) if protocol == "saml" else None
    consumers = [one.location for one in saml.consumers] if saml else []
    grants = read.choices("grant_types", GRANT_TYPES, by_code)
    redirect_uris = read.uris("redirect_uris", native)
    tickets_to, sites = services.read(read), protected.read_origins(read)
    addresses = (*(consumers or redirect_uris), *(service.url for service in tickets_to), *sites)
    name = read.text("client_name")
    purpose = read.text("purpose", "")
    client = Client(
        id=client_id,
        name=name,
        name_en=read.text("client_name#en", name),
        client_class=client_class,
        status=status,
        department_id=department_id,
        generation=generation,
        protocol=protocol,
        auth_method=auth_method,
        secret_digest=secret_digest,
        keys=ClientKeys(read.keys("jwks")),
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=read.uris("post_logout_redirect_uris", native),
        native=native,
        grant_types=grants,
        response_types=read.choices("response_types", RESPONSE_TYPES, RESPONSE_TYPES),
        response_modes=read.choices("response_modes", RESPONSE_MODES, RESPONSE_MODES),
        scopes=read.scopes("scope"),
        claims=frozenset(read.texts("claims")),
        minimum=_level(read, "minimum_acr"),
        default_acr=read.texts("default_acr_values"),
        default_max_age=read.number("default_max_age"),
        access_token_format=read.choice("access_token_format", TOKEN_FORMATS, "jwt"),
        id_token_alg=read.choice("id_token_signed_response_alg", jose.OURS, jose.OURS[0]),
        backchannel_logout_uri=read.uri("backchannel_logout_uri"),
        backchannel_logout_session_required=read.flag("backchannel_logout_session_required"),
        realms=_realms(read),
        capacities=read.choices("capacities", CAPACITIES, CAPACITIES[:1]),
        details_types=read.choices("authorization_details_types", DETAILS_TYPES, ()),
        matters=frozenset(read.texts("matters")),
        events_uri=read.uri("events_uri"),
        events_requested=frozenset(read.texts("events_requested")),
        window_device=read.flag("window_device"),
        services=tickets_to,
        single_logout=read.flag("single_logout", default=True),
        proxy_callbacks=read.uris("proxy_callbacks", native=False),
        proxied_by=frozenset(read.texts("proxied_by")),
        protects=sites,
        paths=protected.read_paths(read),
        sector=read.text("sector", "") or sector_of(client_class, addresses, client_id),
        homepage=read.uri("client_uri"),
        contacts=read.texts("contacts"),
        purpose=purpose,
        purpose_en=read.text("purpose#en", purpose),
        saml=saml,
        raw=dict(details),
    )
    read.faults += _contradictions(client)
    read.finish()
    return client


def sector_of(client_class: ClientClass, redirect_uris: Sequence[str], client_id: str) -> str:
    """Whose subject a client sees: the government's shared one, else its host's own (OIDC Core §8.1).

    Loopback and several hosts say nothing about who runs the application, so such a client stands alone.
    """
    if client_class == ClientClass.GOVERNMENT:
        return GOVERNMENT
    hosts = {urlsplit(uri).hostname for uri in redirect_uris if not redirects.is_loopback(urlsplit(uri))}
    (host,) = hosts if len(hosts) == 1 else (None,)
    return f"host:{host}" if host else f"client:{client_id}"


def _realms(read: Fields) -> tuple[str, ...]:
    asked = read.texts("realms") or REALMS[:1]
    if not set(asked) <= set(REALMS):
        read.faults.append("realms: write citizen, staff or both")
    return tuple(dict.fromkeys(asked))


def _level(read: Fields, name: str) -> Level:
    acr = read.text(name, "")
    level = requirement(acr) if acr else NOTHING
    if level is None:
        read.faults.append(f"{name}: no such level {acr!r}, write for example ial3.aal1")
    return level or NOTHING


def _contradictions(client: Client) -> list[str]:
    """What each field allows and the whole does not."""
    by_code = "authorization_code" in client.grant_types
    ours, other = client.sector == GOVERNMENT, client.protocol != "oidc"
    wrong = {
        "redirect_uris: at least one is needed for authorization_code": by_code and not client.redirect_uris,
        "grant_types: only oidc clients get tokens": other and bool(client.grant_types),
        "grant_types: a client without a secret cannot use client_credentials": client.is_public
        and "client_credentials" in client.grant_types,
        "grant_types: only government clients with a secret exchange tokens": TOKEN_EXCHANGE
        in client.grant_types
        and (client.is_public or not client.is_government),
        "grant_types: refresh_token needs authorization_code": "refresh_token" in client.grant_types
        and not by_code,
        "jwks: private_key_jwt needs the client's public keys": client.auth_method == "private_key_jwt"
        and not client.keys.keys,
        "saml: only for protocol saml": client.protocol != "saml" and "saml" in client.raw,
        "saml.entity_id: belongs to another client id": client.saml is not None
        and client.id != saml_metadata.client_id_of(client.saml.entity_id),
        "window_device: a device signs with a key of its own (private_key_jwt)": client.window_device
        and client.auth_method != "private_key_jwt",
        "window_device: only government clients have windows": client.window_device
        and not client.is_government,
        "services: a CAS client needs at least one": client.protocol == "cas" and not client.services,
        "protects: a proxied client needs at least one": client.protocol == "proxy" and not client.protects,
        "services: only CAS clients have them": client.protocol != "cas" and bool(client.services),
        "protects: only proxied clients have them": client.protocol != "proxy"
        and bool(client.protects or client.paths),
        "sector: only government clients belong to the government's": ours and not client.is_government,
    }
    return [fault for fault, holds in wrong.items() if holds]
