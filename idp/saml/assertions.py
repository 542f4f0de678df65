"""What a system is told, as an assertion inside a response, written in exclusive canonical form.

Attributes are the claims of `oauth.identity` under the same names: nested ones joined by an underscore, lists
as several values. A value that is not there is no attribute.
"""

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from idp import assurance
from idp.assurance import Level
from idp.clients.metadata import Client
from idp.clock import instant
from idp.oauth.claims import Claims
from idp.saml import names, signatures
from idp.saml.collaborators import Saml
from idp.saml.documents import SAML, SAMLP, escaped, escaped_attribute
from idp.saml.encryption import encrypted

BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS = "Success"
NOT_RELEASED = frozenset({"sub", "sid", "auth_time", "verified_claims", "act", "organisation"})
"""Said elsewhere in the assertion, or under flatter names below."""


@dataclass(frozen=True)
class Told:
    """Whom an assertion is about, and to whom and how it is said."""

    client: Client
    consumer: str
    in_response_to: str | None
    classes: tuple[str, ...]
    """The classes that were asked for, if one of them is to be named in the answer."""
    session_id: UUID
    said: Claims
    ends_at: datetime | None
    """When the mandate ends under which somebody acts."""


def response(saml: Saml, told: Told, now: datetime) -> str:
    """A signed response with a signed, perhaps encrypted, assertion."""
    assertion = _assertion(saml, told, now)
    system = told.client.saml
    if system is not None and system.assertions_encrypted:
        assertion = encrypted(assertion, system.encryption[0])
    status = f'<samlp:StatusCode Value="{STATUS}{SUCCESS}"></samlp:StatusCode>'
    return _response(saml, told.consumer, told.in_response_to, status, assertion, now)


def refusal(
    saml: Saml, consumer: str, in_response_to: str | None, top: str, second: str, now: datetime
) -> str:
    """A signed response without an assertion (SAML Core §3.2.2.2)."""
    inner = f'<samlp:StatusCode Value="{STATUS}{second}"></samlp:StatusCode>'
    status = f'<samlp:StatusCode Value="{STATUS}{top}">{inner}</samlp:StatusCode>'
    return _response(saml, consumer, in_response_to, status, "", now)


def attributes(said: Claims) -> dict[str, list[str]]:
    """The claims as attributes, sorted by name."""
    flat = {name: value for name, value in said.items() if name not in NOT_RELEASED}
    organisation, act = said.get("organisation") or {}, said.get("act") or {}
    flat |= {f"organisation_{name}": value for name, value in organisation.items()}
    flat |= {f"act_{name}": value for name, value in act.items() if name != "verified_claims"}
    flat |= dict(_authority(said))
    found = {name: _values(value) for name, value in sorted(_flattened(flat))}
    return {name: values for name, values in found.items() if values}


def new_id() -> str:
    """An ID nobody can guess and nobody has used (SAML Core §1.3.4)."""
    return f"_{secrets.token_hex(20)}"


def _response(
    saml: Saml, consumer: str, in_response_to: str | None, status: str, assertion: str, now: datetime
) -> str:
    element_id = new_id()
    answers = f' InResponseTo="{escaped_attribute(in_response_to)}"' if in_response_to else ""
    head = (
        f'<samlp:Response xmlns:samlp="{SAMLP}" Destination="{escaped_attribute(consumer)}"'
        f' ID="{element_id}"{answers} IssueInstant="{instant(now)}" Version="2.0">{issuer(saml, own=True)}'
    )
    tail = f"<samlp:Status>{status}</samlp:Status>{assertion}</samlp:Response>"
    return signatures.signed(head, tail, element_id, saml.signer)


def issuer(saml: Saml, own: bool) -> str:
    """Our name; `own` where no element around has declared the namespace."""
    declared = f' xmlns:saml="{SAML}"' if own else ""
    return f"<saml:Issuer{declared}>{escaped(saml.entity_id)}</saml:Issuer>"


def name_id(saml: Saml, client: Client, session_id: UUID, sub: str, own: bool) -> str:
    """Who it is about: the same with every attribute wherever it is said, since peers compare them all."""
    declared = f' xmlns:saml="{SAML}"' if own else ""
    return (
        f'<saml:NameID{declared} Format="{names.name_id_format(client)}"'
        f' NameQualifier="{escaped_attribute(saml.entity_id)}"'
        f' SPNameQualifier="{escaped_attribute(_entity(client))}">'
        f"{escaped(names.name_id(saml.oauth.vault, client, session_id, sub))}</saml:NameID>"
    )


def _entity(client: Client) -> str:
    return client.saml.entity_id if client.saml else client.id


def _assertion(saml: Saml, told: Told, now: datetime) -> str:
    element_id, said, client = new_id(), told.said, told.client
    entity = _entity(client)
    lives = saml.oauth.lifetimes.acting if told.ends_at else saml.lifetimes.assertion
    expires = instant(now + lives)
    answers = f' InResponseTo="{escaped_attribute(told.in_response_to)}"' if told.in_response_to else ""
    begins = instant(now - saml.lifetimes.skew)
    head = (
        f'<saml:Assertion xmlns:saml="{SAML}" ID="{element_id}" IssueInstant="{instant(now)}" Version="2.0">'
        f"{issuer(saml, own=False)}"
    )
    tail = (
        f"<saml:Subject>{name_id(saml, client, told.session_id, said['sub'], own=False)}"
        f'<saml:SubjectConfirmation Method="{BEARER}"><saml:SubjectConfirmationData{answers}'
        f' NotOnOrAfter="{expires}" Recipient="{escaped_attribute(told.consumer)}">'
        "</saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>"
        f'<saml:Conditions NotBefore="{begins}" NotOnOrAfter="{expires}"><saml:AudienceRestriction>'
        f"<saml:Audience>{escaped(entity)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f"{_statement(saml, told)}{_attribute_statement(said)}</saml:Assertion>"
    )
    return signatures.signed(head, tail, element_id, saml.signer)


def _statement(saml: Saml, told: Told) -> str:
    at = datetime.fromtimestamp(told.said["auth_time"], UTC)
    index = names.session_index(saml.oauth.vault, told.session_id, told.client.id)
    ends = f' SessionNotOnOrAfter="{instant(told.ends_at)}"' if told.ends_at else ""
    return (
        f'<saml:AuthnStatement AuthnInstant="{instant(at)}" SessionIndex="{index}"{ends}><saml:AuthnContext>'
        f"<saml:AuthnContextClassRef>{escaped(_class(told))}</saml:AuthnContextClassRef>"
        "</saml:AuthnContext></saml:AuthnStatement>"
    )


def _class(told: Told) -> str:
    """The first class asked for that was reached, else our own name of the level."""
    reached = Level(told.said["ial"], told.said["aal"])
    for asked in told.classes:
        level = assurance.CLASSES.get(asked)
        if level is not None and reached.covers(level):
            return asked
    return assurance.SAML_CLASS + reached.acr


def _attribute_statement(said: Claims) -> str:
    written = "".join(
        f'<saml:Attribute Name="{escaped_attribute(name)}" NameFormat="{BASIC}">'
        + "".join(f"<saml:AttributeValue>{escaped(value)}</saml:AttributeValue>" for value in values)
        + "</saml:Attribute>"
        for name, values in attributes(said).items()
    )
    return f"<saml:AttributeStatement>{written}</saml:AttributeStatement>"


def _authority(said: Claims) -> Iterator[tuple[str, Any]]:
    """What the mandate permits: actions, days, matters."""
    authority = said.get("verified_claims", {}).get("claims", {}).get("authority")
    for permission in authority["permission"] if authority else ():
        yield "act_actions", permission["actions"]
        yield from ((f"act_{name}", value) for name, value in permission["matters"].items())
        yield "act_valid_from", permission["validity"]["from"]
        yield "act_valid_until", permission["validity"]["until"]


def _flattened(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", found) for inner, found in _flattened(value))
        else:
            yield name, value


def _values(value: Any) -> list[str]:
    if isinstance(value, list):
        return [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in value]
    if isinstance(value, bool):
        return ["true" if value else "false"]
    return [] if value is None else [str(value)]
