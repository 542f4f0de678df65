"""What is known about the person; what an authority has confirmed cannot be edited here."""

from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from idp.account import own, renaming, wizards
from idp.account.verify import REACHABLE
from idp.persons.identifiers import mask
from idp.persons.models import Document, Person
from idp.services import current
from idp.web.signed_in import login_required, who

bp = Blueprint("profile", __name__, url_prefix="/account/profile")


@dataclass(frozen=True)
class DocumentShown:
    """A document with its number masked."""

    kind: str
    masked: str
    verified_at: datetime | None


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def profile() -> ResponseReturnValue:
    """Name, documents, phone."""
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        shown = SimpleNamespace(
            name=person.name,
            gender=person.sex,
            birthdate=date.fromisoformat(person.birth_date) if person.birth_date else None,
            phone=wizards.masked(person.phone) if person.phone else None,
            login_name=person.login_name,
            address=person.address,
            created_at=person.created_at,
        )
        documents = [_shown(document) for document in person.documents if document.displaced_at is None]
        verified = own.standing(db).level >= REACHABLE
    return own.show(
        "account/profile.html",
        profile=shown,
        documents=documents,
        renaming_url=renaming.PAGE if verified else None,
        checked=request.args.get("checked", ""),
    )


def _shown(document: Document) -> DocumentShown:
    return DocumentShown(document.kind, mask(document.number or ""), document.verified_at)
