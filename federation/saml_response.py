"""
Judging a SAML response: is it the upstream's, for us, in answer to our request, and of now?

The order is the defence: first whose signature covers which element, and from then on nothing but that
element is read, anew from the bytes that were digested. Everything named below is refused when it is missing,
for an answer that leaves something out would fit somewhere else (SAML Profiles §4.1.4.2-3).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509

from idp.interaction.upstream import Reason, Refused
from idp.saml import documents, messages, signatures
from idp.saml.documents import (
    SAML,
    SAMLP,
    Element,
    Untrusted,
    attribute,
    child,
    children,
    moment,
    optional,
    text,
)

BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
DECLINED = {f"{STATUS}{name}" for name in ("AuthnFailed", "NoPassive", "RequestDenied", "NoAuthnContext")}
SKEW = timedelta(seconds=60)


@dataclass(frozen=True)
class Expected:
    """What an answer must be in answer to."""

    issuer: str
    audience: str
    back: str
    request: str
    certificates: Sequence[x509.Certificate] = field(repr=False)


@dataclass(frozen=True)
class Said:
    """Whom an assertion names."""

    id: str
    subject: str = field(repr=False)
    at: datetime
    context: str
    session_index: str = field(repr=False)
    attributes: dict[str, str] = field(repr=False)


class _Wrong(Exception):
    """The answer is not what it must be."""


def judge(encoded: str, expected: Expected, now: datetime) -> Said | Refused:
    """Whom the response names; never raises, whatever it is."""
    try:
        response = documents.parse(messages.decoded(encoded))
        if response.tag != f"{{{SAMLP}}}Response" or response.get("Version") != "2.0":
            raise Untrusted("not a Response")
        if refused := _refused(response):
            return refused
        return _said(_believed(response, expected), expected, now)
    except _Wrong as wrong:
        return Refused(Reason.UNBELIEVED, str(wrong))
    except signatures.Unsigned:
        return Refused(Reason.UNBELIEVED, "signature")
    except Untrusted:
        return Refused(Reason.UNBELIEVED, "form")


def _refused(response: Element) -> Refused | None:
    """Its no, which needs no signature: whoever forges one has only annoyed somebody."""
    codes = [one.get("Value", "") for one in child(response, "Status").iter(f"{{{SAMLP}}}StatusCode")]
    if codes == [f"{STATUS}Success"]:
        return None
    reason = Reason.DECLINED if DECLINED.intersection(codes) else Reason.UNAVAILABLE
    return Refused(reason, codes[-1].rpartition(":")[2][:40] if codes else "")


def _believed(response: Element, expected: Expected) -> Element:
    """The one assertion, out of what a key of the issuer has signed: itself, or the response around it."""
    vouched_for = signatures.is_signed(response)
    if vouched_for:
        response = signatures.verify(response, expected.certificates)
    named = (expected.back,) if vouched_for else (expected.back, None)
    _require(response.get("Destination") in named, "destination")
    _require(response.get("InResponseTo") == expected.request, "request")
    issuer = optional(response, "Issuer")
    _require(issuer is None or text(response, "Issuer") == expected.issuer, "issuer")
    _require(optional(response, "EncryptedAssertion") is None, "encrypted")
    assertion = child(response, "Assertion")
    _require(assertion.tag == f"{{{SAML}}}Assertion" and assertion.get("Version") == "2.0", "form")
    if signatures.is_signed(assertion):
        return signatures.verify(assertion, expected.certificates)
    if not vouched_for:
        raise signatures.Unsigned("neither response nor assertion")
    return assertion


def _said(assertion: Element, expected: Expected, now: datetime) -> Said:
    _require(text(assertion, "Issuer") == expected.issuer, "issuer")
    _require_conditions(child(assertion, "Conditions"), expected, now)
    subject = child(assertion, "Subject")
    _require(any(_confirms(one, expected, now) for one in _confirmations(subject)), "recipient")
    name = child(subject, "NameID")
    _require(name.get("Format") != TRANSIENT and bool(text(subject, "NameID")), "subject")
    statement = child(assertion, "AuthnStatement")
    ends = statement.get("SessionNotOnOrAfter")
    _require(ends is None or now < moment(ends) + SKEW, "time")
    return Said(
        id=attribute(assertion, "ID"),
        subject=text(subject, "NameID"),
        at=moment(attribute(statement, "AuthnInstant")),
        context=text(child(statement, "AuthnContext"), "AuthnContextClassRef"),
        session_index=statement.get("SessionIndex", ""),
        attributes=dict(_attributes(assertion)),
    )


def _require_conditions(conditions: Element, expected: Expected, now: datetime) -> None:
    """For us and for now (SAML Core §2.5.1): all audience restrictions must hold, and there is one."""
    _require_now(conditions, now)
    restrictions = children(conditions, f"{{{SAML}}}AudienceRestriction")
    _require(bool(restrictions), "audience")
    for restriction in restrictions:
        named = [(one.text or "").strip() for one in restriction if len(one) == 0]
        _require(expected.audience in named, "audience")


def _confirmations(subject: Element) -> Iterator[Element]:
    for one in children(subject, f"{{{SAML}}}SubjectConfirmation"):
        data = optional(one, "SubjectConfirmationData")
        if one.get("Method") == BEARER and data is not None:
            yield data


def _confirms(data: Element, expected: Expected, now: datetime) -> bool:
    """A bearer's confirmation: here, in answer to us, not too late, and never one that begins later."""
    ends = data.get("NotOnOrAfter")
    return (
        data.get("Recipient") == expected.back
        and data.get("InResponseTo") == expected.request
        and data.get("NotBefore") is None
        and ends is not None
        and now < moment(ends) + SKEW
    )


def _require_now(conditions: Element, now: datetime) -> None:
    begins, ends = conditions.get("NotBefore"), conditions.get("NotOnOrAfter")
    _require(begins is None or moment(begins) - SKEW <= now, "time")
    _require(ends is not None and now < moment(ends) + SKEW, "time")


def _attributes(assertion: Element) -> Iterator[tuple[str, str]]:
    """Attributes with one plain value; what is said twice is not said."""
    statements = children(assertion, f"{{{SAML}}}AttributeStatement")
    named = [one for statement in statements for one in children(statement, f"{{{SAML}}}Attribute")]
    names = [one.get("Name", "") for one in named]
    for one in named:
        values = children(one, f"{{{SAML}}}AttributeValue")
        if names.count(one.get("Name", "")) == 1 and len(values) == 1 and len(values[0]) == 0:
            yield one.get("Name", ""), (values[0].text or "").strip()


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise _Wrong(what)
