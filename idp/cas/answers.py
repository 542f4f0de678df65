"""What a validation answers, in each form that clients of thirty years expect; all say the same."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from idp.cas.validation import Code, Failure, Success
from idp.clock import instant
from idp.crypto.handles import new_handle
from idp.oauth.message import Headers, Response
from idp.safe_xml import NOT_XML

XML = "application/xml; charset=utf-8"
NAMESPACE = "http://www.yale.edu/tp/cas"
AS_TEXT = frozenset({"verified_claims", "authorization_details"})
"""Claims whose depth an attribute cannot have; they travel as JSON."""
SAML_LIFETIME = timedelta(seconds=30)
SKEW = timedelta(seconds=60)


def attributes(found: Success) -> Mapping[str, str | list[str]]:
    """The claims as flat attributes; of an object every member has a name of its own (`act_sub`)."""
    said: dict[str, str | list[str]] = {
        "authenticationDate": instant(found.at),
        "longTermAuthenticationRequestTokenUsed": "false",
        "isFromNewLogin": _word(found.fresh),
    }
    return said | {name: value for name, value in _flat(found.claims) if name != "sub"}  # it is `user`


def as_lines(found: Success | Failure) -> Response:
    """CAS 1.0 (§2.4.2)."""
    text = f"yes\n{found.user}\n" if isinstance(found, Success) else "no\n\n"
    return _answer(text, "text/plain; charset=utf-8")


def as_xml(found: Success | Failure, with_attributes: bool) -> Response:
    """CAS 2.0, and 3.0 with attributes (§2.5.2, §2.5.7)."""
    if isinstance(found, Failure):
        return _answer(_failed("authenticationFailure", found), XML)
    parts = [f"<cas:user>{_text(found.user)}</cas:user>"]
    if with_attributes:
        inside = "".join(_elements(attributes(found)))
        parts.append(f"<cas:attributes>{inside}</cas:attributes>")
    if found.iou:
        parts.append(f"<cas:proxyGrantingTicket>{_text(found.iou)}</cas:proxyGrantingTicket>")
    if found.proxies:
        through = "".join(f"<cas:proxy>{_text(one)}</cas:proxy>" for one in found.proxies)
        parts.append(f"<cas:proxies>{through}</cas:proxies>")
    return _answer(_envelope(f"<cas:authenticationSuccess>{''.join(parts)}</cas:authenticationSuccess>"), XML)


def as_json(found: Success | Failure, with_attributes: bool) -> Response:
    """The same for `format=JSON` (§2.5.2, §2.5.3)."""
    if isinstance(found, Failure):
        said: dict[str, Any] = {"code": found.code, "description": found.description}
        return _json({"authenticationFailure": said})
    said = {"user": found.user}
    if with_attributes:
        said["attributes"] = attributes(found)
    if found.iou:
        said["proxyGrantingTicket"] = found.iou
    if found.proxies:
        said["proxies"] = list(found.proxies)
    return _json({"authenticationSuccess": said})


def proxied(ticket: str | None, failure: Failure | None, as_json: bool) -> Response:
    """What `/cas/proxy` answers (§2.7.2, §2.7.3)."""
    if as_json:
        said: dict[str, Any] = {"proxyTicket": ticket}
        if failure is not None:
            said = {"code": failure.code, "description": failure.description}
        return _json({"proxyFailure" if failure else "proxySuccess": said})
    if failure is not None:
        return _answer(_failed("proxyFailure", failure), XML)
    inside = f"<cas:proxyTicket>{_text(ticket or '')}</cas:proxyTicket>"
    return _answer(_envelope(f"<cas:proxySuccess>{inside}</cas:proxySuccess>"), XML)


def as_saml(found: Success | Failure, issuer: str, service: str, now: datetime) -> Response:
    """The SAML 1.1 answer that `/cas/samlValidate` gives (§2.8); the connection vouches for it."""
    name = "urn:oasis:names:tc:SAML:1.0:"
    if isinstance(found, Failure):
        status = f'<saml1p:StatusCode Value="saml1p:RequestDenied"/><saml1p:StatusMessage>{found.code}: '
        inside = f"<saml1p:Status>{status}{_text(found.description)}</saml1p:StatusMessage></saml1p:Status>"
    else:
        inside = '<saml1p:Status><saml1p:StatusCode Value="saml1p:Success"/></saml1p:Status>'
        inside += _assertion(found, issuer, service, now)
    head = f'xmlns:saml1p="{name}protocol" xmlns:saml1="{name}assertion"'
    head += f' ResponseID="_{new_handle()}" IssueInstant="{instant(now)}" MajorVersion="1" MinorVersion="1"'
    body = f"<saml1p:Response {head} Recipient={quoteattr(service)}>{inside}</saml1p:Response>"
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return _answer(
        f'<S:Envelope xmlns:S="{soap}"><S:Body>{body}</S:Body></S:Envelope>', "text/xml; charset=utf-8"
    )


def _assertion(found: Success, issuer: str, service: str, now: datetime) -> str:
    subject = f"""<saml1:Subject><saml1:NameIdentifier>{_text(found.user)}</saml1:NameIdentifier>\
<saml1:SubjectConfirmation><saml1:ConfirmationMethod>urn:oasis:names:tc:SAML:1.0:cm:artifact\
</saml1:ConfirmationMethod></saml1:SubjectConfirmation></saml1:Subject>"""
    told = "".join(
        f'<saml1:Attribute AttributeName="{name}" AttributeNamespace="{NAMESPACE}">'
        + "".join(f"<saml1:AttributeValue>{_text(one)}</saml1:AttributeValue>" for one in _several(value))
        + "</saml1:Attribute>"
        for name, value in attributes(found).items()
    )
    return f"""<saml1:Assertion AssertionID="_{new_handle()}" IssueInstant="{instant(now)}" \
Issuer={quoteattr(issuer)} MajorVersion="1" MinorVersion="1">\
<saml1:Conditions NotBefore="{instant(now - SKEW)}" NotOnOrAfter="{instant(now + SAML_LIFETIME)}">\
<saml1:AudienceRestrictionCondition><saml1:Audience>{_text(service)}</saml1:Audience>\
</saml1:AudienceRestrictionCondition></saml1:Conditions>\
<saml1:AuthenticationStatement AuthenticationInstant="{instant(found.at)}" \
AuthenticationMethod="urn:oasis:names:tc:SAML:1.0:am:unspecified">{subject}</saml1:AuthenticationStatement>\
<saml1:AttributeStatement>{subject}{told}</saml1:AttributeStatement></saml1:Assertion>"""


def _flat(claims: Mapping[str, Any]) -> Iterator[tuple[str, str | list[str]]]:
    for name, value in claims.items():
        if name in AS_TEXT:
            yield name, json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        elif isinstance(value, Mapping):
            yield from ((f"{name}_{inner}", said) for inner, said in _flat(value))
        elif isinstance(value, list):
            yield name, [_word(one) for one in value]
        elif value is not None:
            yield name, _word(value)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _several(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def _elements(said: Mapping[str, str | list[str]]) -> Iterator[str]:
    for name, value in said.items():
        yield from (f"<cas:{name}>{_text(one)}</cas:{name}>" for one in _several(value))


def _text(value: str) -> str:
    return escape(NOT_XML.sub("", value))


def _failed(element: str, failure: Failure) -> str:
    code: Code = failure.code
    return _envelope(f'<cas:{element} code="{code}">{_text(failure.description)}</cas:{element}>')


def _envelope(inside: str) -> str:
    return f'<cas:serviceResponse xmlns:cas="{NAMESPACE}">{inside}</cas:serviceResponse>'


def _json(said: Mapping[str, Any]) -> Response:
    body = json.dumps({"serviceResponse": said}, ensure_ascii=False, separators=(",", ":"))
    return _answer(body, "application/json")


def _answer(text: str, kind: str) -> Response:
    """A refusal is an answer too: clients of this protocol read the body and nothing else."""
    headers: Headers = [("Content-Type", kind), ("Cache-Control", "no-store")]
    return Response(200, text.encode(), headers)
