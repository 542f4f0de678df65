"""`POST /api/v1/old-users/subjects`: a portal maps the users it had before to subjects, 500 at a time."""

from http import HTTPStatus

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import Field, model_validator

from idp import clock
from idp.api import callers
from idp.api.callers import Asked, Refused, like
from idp.clients.metadata import Client
from idp.oauth import old_users
from idp.oauth.old_users import MOST, NamedDocument, NotYours
from idp.persons import identifiers, lookup
from idp.persons.identifiers import DocumentType, MalformedNumber
from idp.services import current
from idp.web.request_scope import now

bp = Blueprint("api_old_users", __name__, url_prefix="/api/v1/old-users")
SCOPE = "old_users"


class Held(Asked):
    """A user by the document the portal has on file."""

    id: str = Field(min_length=1)
    id_type: DocumentType = Field(strict=False)
    id_number: str = Field(min_length=1, repr=False)
    country: str | None = None


class Users(Asked):
    """Ids of an import's source, or documents: one of the two."""

    source: str | None = None
    ids: list[str] = Field(default=[], max_length=MOST)
    documents: list[Held] = Field(default=[], max_length=MOST)

    model_config = like({"source": "gjj", "ids": ["10001", "10002"]})

    @model_validator(mode="after")
    def asks_one_thing(self) -> "Users":
        """Ids go with their source, documents stand alone."""
        if bool(self.ids) == bool(self.documents) or bool(self.ids) != bool(self.source):
            raise ValueError("give source and ids, or documents")
        return self


@bp.post("/subjects")
def map_subjects() -> ResponseReturnValue:
    """Own id → subject; who is not known, or may not be, is left out."""
    client = callers.caller(SCOPE)
    asked = callers.sent(Users)
    try:
        return callers.answer({"subjects": _found(client, asked)})
    except NotYours as fault:
        raise Refused(HTTPStatus.FORBIDDEN, "source_not_yours") from fault


def _found(client: Client, asked: Users) -> dict[str, str]:
    services = current()
    collaborators = services.database, services.prepared, services.vault, client
    if asked.source:
        return dict(old_users.by_id(*collaborators, asked.source, asked.ids, now()))
    return dict(old_users.by_document(*collaborators, [_document(one) for one in asked.documents], now()))


def _document(held: Held) -> NamedDocument:
    try:
        parsed = identifiers.parse(held.id_type, held.id_number, clock.day(now()), held.country)
    except MalformedNumber:
        raise Refused(
            HTTPStatus.BAD_REQUEST, "document_malformed", "one of the documents is malformed"
        ) from None
    kind, number = lookup.filed_as(parsed)
    return NamedDocument(held.id, kind, number, held.country)
