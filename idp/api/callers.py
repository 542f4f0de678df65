"""Who calls the API: a client with a token of its own (client credentials), within the pace it has."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar, cast

from flask import Response, json, request
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator
from pydantic.config import JsonDict

from idp import clock
from idp.authenticators import throttle
from idp.clients.matters import own
from idp.clients.metadata import Client
from idp.clients.scopes import UNAPPROVED
from idp.crypto import jose
from idp.matters.catalogue import Catalogue, Listed
from idp.oauth import access_tokens, liveness
from idp.oauth.collaborators import OAuth
from idp.services import current
from idp.web.request_scope import now, source

Body = TypeVar("Body", bound=BaseModel)
PER_MINUTE = 6000
"""Questions of one client."""


class Asked(BaseModel):
    """What a caller sends: known fields and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, str_max_length=200)

    @field_validator("*")
    @classmethod
    def holds_no_nul(cls, value: object) -> object:
        """Databases cannot keep one."""
        if isinstance(value, str) and "\0" in value:
            raise ValueError("a NUL character")
        return value


def like(example: JsonDict) -> ConfigDict:
    """What such a body looks like; the description of the API shows it."""
    return ConfigDict(json_schema_extra={"examples": [example]})


@dataclass(frozen=True)
class Fault:
    """What is wrong with one field of what was sent."""

    field: str
    code: str
    detail: str = ""
    status: HTTPStatus = HTTPStatus.BAD_REQUEST
    """The answer's, where nothing else is wrong."""


class Refused(Exception):
    """A refusal for programs (RFC 9457)."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str = "",
        seconds: int = 0,
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(code)
        self.faults = faults
        self.status, self.code, self.detail = status, code, detail
        self.seconds = seconds
        """How long to wait before trying again."""


def caller(scope: str) -> Client:
    """The client behind the bearer token; raises Refused unless it is its own, for us, and has the scope.

    A token goes to every resource server it is for: without a scope for each question, and without us in its
    audience, whoever holds it there could ask in its client's name.
    """
    oauth: OAuth = current().extras["oauth"]
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not text:
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "send a client's own access token")
    try:
        token = access_tokens.read(oauth, text.strip(), now())
    except jose.Refused as refusal:
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "not ours, or expired") from refusal
    if oauth.issuer not in token.audience:
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "the token is for another resource")
    if token.authorization_id is not None or liveness.is_revoked(oauth.prepared, token.jti):
        raise Refused(HTTPStatus.UNAUTHORIZED, "invalid_token", "send a client's own access token")
    if scope not in token.scopes & (token.client.scopes | UNAPPROVED):
        raise Refused(HTTPStatus.FORBIDDEN, "insufficient_scope", f"the token needs the scope {scope}")
    count(token.client)
    return token.client


def count(client: Client) -> None:
    """Count a question of this client; raises Refused after the last of this minute."""
    if current().state.count(f"api:{client.id}", 60.0) > PER_MINUTE:
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", seconds=60)


def pace(what: str) -> None:
    """Count one such request of the device that asks; raises Refused when it has had its share."""
    wait = throttle.pace(current().state, source(), what, current().limits)
    if wait is not None:
        raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "throttled", seconds=wait.seconds)


def matters() -> Catalogue:
    """Every matter there is."""
    return cast(Catalogue, current().extras["matters"])


def own_matter(client: Client, code: str) -> Listed:
    """The matter of this code; raises Refused unless it is among the client's own."""
    matter = own(client, matters(), code)
    if matter is None:
        raise Refused(HTTPStatus.FORBIDDEN, "matter_not_yours", "no such matter among this client's own")
    return matter


def attempts_spent(detail: str = "") -> Refused:
    """Today's guesses about one person are used up."""
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, "attempts_spent", detail, clock.left_of_day(now()))


def spent_today(most: int) -> Refused:
    """A client has asked all it may ask about one thing in a day."""
    detail = f"{most} such questions a day; the next day begins at midnight in Beijing"
    return Refused(HTTPStatus.TOO_MANY_REQUESTS, "daily_limit", detail, clock.left_of_day(now()))


def sent(kind: type[Body]) -> Body:
    """The body as the API describes it; raises Refused with every field that is not."""
    try:
        return kind.model_validate_json(request.get_data(cache=False))
    except ValidationError as fault:
        raise _malformed(fault) from fault


def queried(kind: type[Body]) -> Body:
    """The same of what stands in the address, each thing once."""
    if any(len(values) > 1 for _, values in request.args.lists()):
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "something was said twice")
    try:
        return kind.model_validate_strings(request.args.to_dict())
    except ValidationError as fault:
        raise _malformed(fault) from fault


def _malformed(fault: ValidationError) -> Refused:
    places = sorted({".".join(map(str, error["loc"])) or "body" for error in fault.errors()})
    detail = f"missing, unknown or malformed: {', '.join(places)}"
    faults = [Fault(place, "malformed") for place in places if place != "body"]
    return Refused(HTTPStatus.BAD_REQUEST, "malformed", detail, faults=faults)


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise Refused with all that is wrong with what was sent, if anything is; `code` is the first's."""
    if faults:
        first = min(faults, key=lambda fault: fault.status)
        raise Refused(first.status, first.code, first.detail, faults=faults)


def _told(fault: Fault) -> dict[str, str]:
    """Where it is, as a pointer into what was sent (RFC 6901, RFC 9457 §3)."""
    told = {"pointer": f"#/{fault.field.replace('.', '/')}", "code": fault.code}
    return told | ({"detail": fault.detail} if fault.detail else {})


def answer(body: dict[str, Any]) -> Response:
    """An answer nobody may keep."""
    response = Response(json.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def problem(refused: Refused) -> Response:
    """A refusal as problem+json."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": refused.status.phrase,
        "status": refused.status,
        "code": refused.code,
    }
    if refused.detail:
        body["detail"] = refused.detail
    if refused.faults:
        body["errors"] = [_told(fault) for fault in refused.faults]
    response = Response(json.dumps(body), refused.status, mimetype="application/problem+json")
    if refused.seconds:
        response.headers["Retry-After"] = str(refused.seconds)
    if refused.status is HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = f'Bearer error="{refused.code}"'
    return response
