"""`GET /api/v1/subjects/changes`: which of a client's own subjects were joined, parted or split.

For every client with a token of its own, subscribed to events or not, and needs no approval, for it tells
nobody whom this client was not told of before. The token names the scope, so that one the client sends to a
resource server does not tell its subjects there.
"""

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime, BaseModel, Field

from idp.api import callers
from idp.api.callers import Asked, Refused, like
from idp.clients.scopes import SUBJECT_CHANGES
from idp.oauth import successors
from idp.oauth.models import SubjectChange
from idp.services import current
from idp.web.request_scope import now

bp = Blueprint("api_subject_changes", __name__, url_prefix="/api/v1/subjects")
MOST = 200
"""Lines of one page."""
OVERLAP = timedelta(minutes=1)
"""What is written at this very moment may be dated before it; whoever asks from `until` on misses nothing."""
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)


class Since(Asked):
    """From when on, and after which line; without both, everything that is kept."""

    since: AwareDatetime | None = Field(default=None, ge=EARLIEST, le=LATEST)
    after: UUID | None = Field(default=None, description="`next` of the page before.")

    model_config = like({"since": "2026-11-01T00:00:00Z"})


class Change(BaseModel):
    """`sub` comes no more and `new_sub` instead; or is a person of its own again; or was two people."""

    id: UUID
    at: datetime
    sub: str
    reason: Literal["merged", "restored", "split"]
    new_sub: str | None = None
    was: str | None = None

    model_config = like(
        {
            "id": "019ad5c8-7a10-7c3e-9d2b-51f0a7c4e8b2",
            "at": "2026-11-20T09:30:00Z",
            "sub": "3yJ…",
            "reason": "merged",
            "new_sub": "q3v…",
        }
    )


class Changes(BaseModel):
    """One page, oldest first."""

    changes: list[Change]
    next: UUID | None = Field(default=None, description="Send it as `after`; null on the last page.")
    until: datetime = Field(description="Send it as `since` next time; a line may then come twice.")
    kept_days: int = Field(description="How long a line can be asked for.")

    model_config = like(
        {"changes": [], "next": None, "until": "2026-11-30T07:59:00Z", "kept_days": 400},
    )


@bp.get("/changes")
def changes() -> ResponseReturnValue:
    """This client's lines."""
    client = callers.caller(SUBJECT_CHANGES)
    asked = callers.queried(Since)
    with current().database.reading() as db:
        try:
            found = successors.changes(db, client.id, asked.since, asked.after, MOST + 1)
        except LookupError as fault:
            raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "after: no line of yours") from fault
        page = [_told(one) for one in found[:MOST]]
    last = page[-1]["id"] if len(found) > MOST else None
    until = (now() - OVERLAP).isoformat(timespec="seconds")
    kept = current().settings.subject_changes_days
    return callers.answer({"changes": page, "next": last, "until": until, "kept_days": kept})


def _told(one: SubjectChange) -> dict[str, Any]:
    about = {"id": str(one.id), "at": one.at.isoformat(timespec="seconds"), "sub": one.sub}
    return about | successors.said(one.reason, one.other)
