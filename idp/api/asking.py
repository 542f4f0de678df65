"""What the sign-in interface is sent, step by step; every model has an example, which the tests send."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from idp import clock
from idp.api import callers
from idp.api.callers import Asked, Fault, like
from idp.persons import claim as claims
from idp.persons.claim import Claim
from idp.persons.identifiers import DocumentType, MalformedNumber
from idp.web.request_scope import now


class Begin(Asked):
    """A sign-in, as a browser would ask for one at the authorization endpoint."""

    redirect_uri: str = Field(max_length=200, description="One of the client's registered ones, exactly.")
    code_challenge: str = Field(description="S256 of the verifier the client sends to the token endpoint.")
    address: str = Field(description="The device's own network address.")
    scope: str = "openid"
    state: str | None = None
    nonce: str | None = None
    acr_values: str | None = None
    prompt: Literal["login", "create"] | None = None
    authorization_details: str | None = Field(default=None, max_length=4096)
    ui_locales: str | None = None
    login_hint: str | None = None
    device: str = Field(default="", max_length=100, description="What the person calls it: Mate 60, say.")

    model_config = like(
        {
            "redirect_uri": "https://portal.example.gov.cn/callback",
            "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "scope": "openid profile",
            "state": "s-1",
            "address": "203.0.113.7",
        }
    )


class Password(Asked):
    """A login name, phone or document number, and a password."""

    login: str = Field(min_length=1)
    password: str = Field(min_length=1, max_length=1024, repr=False)

    model_config = like({"login": "zhou_yalin", "password": "three quiet herons"})


class Send(Asked):
    """Where a code shall go; without a phone, to the one before, or the person's own."""

    phone: str | None = None
    channel: Literal["text", "voice"] = "text"

    model_config = like({"phone": "13900000000", "channel": "text"})


class Code(Asked):
    """A code that was typed."""

    code: str = Field(min_length=4, max_length=12)

    model_config = like({"code": "123456"})


class RecoveryCode(Asked):
    """One of the printed codes, with or without its dashes."""

    code: str = Field(pattern=r"^[0-9A-Za-z -]{12,20}$", repr=False)

    model_config = like({"code": "k7wm-3q9x-t2rd"})


class Capacity(Asked):
    """As what the person comes: `self`, or the id of one of the choices."""

    capacity: str

    model_config = like({"capacity": "self"})


class Decision(Asked):
    """The person's yes or no to the notice or consent that was shown."""

    decision: Literal["accept", "decline"]
    scopes: list[str] = Field(default=[], max_length=20, description="The optional ones that were ticked.")

    model_config = like({"decision": "accept", "scopes": []})


class Identity(Asked):
    """Who the person says they are, as on their document."""

    kind: DocumentType = Field(strict=False)
    number: str = Field(repr=False)
    name: str = Field(repr=False)
    country: str | None = Field(default=None, description="Of a foreign passport, ISO 3166-1 alpha-3.")

    model_config = like({"kind": "resident_id_18", "number": "（证件号码）", "name": "林晓云"})


def claim_in(given: Identity, *more: Fault) -> Claim:
    """The claim that was sent; raises Refused with all that is wrong, and never with what it was."""
    typed = (given.kind, given.number, given.name, given.country, clock.day(now()))
    found = [
        Fault("number", "number_malformed", fault.reason.value)
        if isinstance(fault, MalformedNumber)
        else Fault("name", "name_malformed", fault.fault.value)
        for fault in claims.faults(*typed)
    ]
    if claims.lacks_country(given.kind, given.country):
        found.insert(0, Fault("country", "country_required"))
    callers.refuse_faults([*found, *more])
    return claims.read(*typed)


class Applicant(Identity):
    """The same, with the texts that the person has read and agreed to just now."""

    agreed: dict[str, str] = Field(
        max_length=10, description="Key and version of each text that `GET /api/v1/texts` requires."
    )

    model_config = like(
        {
            "kind": "resident_id_18",
            "number": "（证件号码）",
            "name": "林晓云",
            "agreed": {"service-agreement": "2026-11"},
        }
    )


class NewPassword(Asked):
    """The first password, and a login name if the person wants one."""

    password: str = Field(min_length=1, max_length=1024, repr=False)
    login: str | None = None

    model_config = like({"password": "three quiet herons", "login": "lin_xiaoyun"})


class Nothing(Asked):
    """No fields; the body may be `{}`."""

    model_config = like({})


class Status(BaseModel):
    """Where a sign-in stands: what the person must do next, and by which ways they can."""

    sign_in: str
    next: str = Field(description="A step: sign-in, register, second-factor, …, done.")
    expires_in: int
    device_secret: str | None = Field(default=None, description="Told once; comes back as Yitong-Device.")
    ways: list[str] | None = None
    registration: str | None = Field(default=None, description="code, identity, password, check_messages")
    recovery: str | None = Field(default=None, description="code, identity, password, check_messages, done")
    verification: dict[str, Any] | None = Field(default=None, description="What the authority said.")
    sent_to: str | None = Field(default=None, description="The phone a code went to, masked.")
    details: dict[str, Any] | None = Field(default=None, description="What a page would show here.")

    model_config = like({"sign_in": "…", "next": "sign-in", "ways": ["password", "sms"], "expires_in": 1800})


class Finished(BaseModel):
    """The answer to the client: the same as the browser would bring to its redirect URI."""

    redirect_uri: str
    parameters: dict[str, str]

    model_config = like(
        {
            "redirect_uri": "https://portal.example.gov.cn/callback",
            "parameters": {"code": "…", "state": "s-1", "iss": "https://id.example.gov.cn"},
        }
    )


class Problem(BaseModel):
    """A refusal (RFC 9457); `code` is stable."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    errors: list[dict[str, str]] | None = Field(
        default=None, description="All that is wrong: `pointer` into what was sent, `code`, `detail`."
    )

    model_config = like({"type": "about:blank", "title": "Forbidden", "status": 403, "code": "wrong"})
