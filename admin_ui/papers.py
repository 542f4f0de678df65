"""Files that come with a form of the console, and showing them again: never as anything that could act."""

from datetime import datetime
from uuid import UUID

from flask import request
from sqlalchemy import Select, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Field, Form, SelectField
from wtforms.validators import StopValidation

from admin_ui.access import who
from admin_ui.administrators import actor_of
from admin_ui.events import DocumentCompared, LetterRead, PaperRead
from idp.audit.models import AuditEvent
from idp.organisations import reviews
from idp.organisations.reviews import GRADES, Paper, ReviewRefused
from idp.web import forms

POLICY = "default-src 'none'; sandbox"
"""No script, no form, no frame, no origin: whatever somebody has put into the file."""


class Grade(SelectField):  # type: ignore[misc]  # WTForms has no types
    """How good a paper it is; a form without one is refused in words that say so."""

    def pre_validate(self, _form: Form) -> None:
        """Before any other rule, in place of the library's own words."""
        if self.data not in GRADES:
            raise StopValidation("grade_required")


def grade() -> Grade:
    """The field of the grade."""
    return Grade(choices=[*GRADES])


def again(field: Field) -> None:
    """Ask once more for a file that was in order: no browser keeps it for a form shown again."""
    if not field.errors:
        forms.refuse(field, "paper_again")


def uploaded(field: Field) -> Paper | None:
    """The file that was chosen at a field; what is wrong with it is noted there."""
    chosen = request.files.get(field.name)
    try:
        return reviews.paper(chosen.read(reviews.MOST_BYTES + 1) if chosen else b"")
    except ReviewRefused as refused:
        forms.refuse(field, f"paper_{refused.reason}")
        return None


def was_opened(db: Session, reading: LetterRead | PaperRead, since: datetime) -> bool:
    """Whether the administrator who asks has opened this very paper, as the trail knows it."""
    digest = AuditEvent.details["digest"].as_string() == reading.digest
    return db.scalar(_mine(reading.topic, reading.case, since).where(digest)) is not None


def was_compared(db: Session, case: str, since: datetime) -> bool:
    """Whether they have looked at the document of the person whom a case is about, likewise."""
    return db.scalar(_mine(DocumentCompared.topic, case, since)) is not None


def _mine(topic: str, case: str, since: datetime) -> Select[UUID]:
    """What they did about a case."""
    return (
        select(AuditEvent.id)
        .where(
            AuditEvent.topic == topic,
            AuditEvent.at >= since,
            AuditEvent.actor == actor_of(who().person_id),
            AuditEvent.details["case"].as_string() == case,
        )
        .limit(1)
    )


def shown(content: bytes, media_type: str, digest: str) -> Response:
    """A file to look at: pictures here, a PDF as a file, for no browser shows one that may do nothing."""
    response = Response(content, mimetype=media_type)
    how = "inline" if media_type.startswith("image/") else "attachment"
    ending = media_type.rpartition("/")[2]
    response.headers["Content-Disposition"] = f'{how}; filename="{digest[:12]}.{ending}"'
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
