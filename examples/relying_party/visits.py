"""Sessions kept in the portal's memory, so that the provider can end them (Back-Channel Logout 1.0 §2.7).

Flask's own session lives in the browser's cookie, where nobody but the browser can end it.
A restart forgets every visit; people come back through the provider without noticing.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from flask import Flask, Request, Response, session
from flask.sessions import SessionInterface, SessionMixin

SHOWN = ("code", "name", "type", "status")
MAY_ACT = ("active", "restricted")
"""What an organisation's standing must be for anybody to act for it."""


class Visit(dict[str, Any], SessionMixin):
    """What the portal remembers of one browser; the cookie holds its handle and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.handle = secrets.token_urlsafe(32)
        self.announced = False
        self.ended = False
        self.seen_at = time.monotonic()

    def belongs_to(self, sid: str | None, sub: str | None) -> bool:
        """
        Tell whether the provider means this visit: by its session, its subject, or both.

        In one session somebody comes as themselves and for an organisation: the subject tells which is over.
        """
        person = self.get("person")
        if person is None:
            return False
        return sid in (None, person.get("sid")) and sub in (None, person["sub"])

    def is_under(self, sub: str, mandate: str) -> bool:
        """Tell whether somebody is here for this organisation by this mandate."""
        person = self.get("person")
        return bool(person and person["sub"] == sub and person.get("act", {}).get("mandate") == mandate)

    def is_outdated(self, sub: str, said: Mapping[str, Any]) -> bool:
        """Tell whether what is shown of this organisation is true no more, or it may do nothing any more."""
        person = self.get("person")
        if person is None or person["sub"] != sub:
            return False
        shown = person.get("organisation", {})
        differs = any(said[name] != shown.get(name) for name in SHOWN if name in said)
        return differs or said.get("standing", "active") not in MAY_ACT


class Visits(SessionInterface):
    """Keeps visits for `idle` seconds after their last request, the `most` recent ones at most."""

    def __init__(self, cookie: str, secure: bool, idle: float = 1800, most: int = 10_000) -> None:
        self.cookie = f"__Host-{cookie}" if secure else cookie
        self.secure = secure
        self.idle = idle
        self.most = most
        self._visits: OrderedDict[str, Visit] = OrderedDict()
        self._lock = Lock()

    def open_session(self, app: Flask, request: Request) -> Visit:
        handle = request.cookies.get(self.cookie, "")
        with self._lock:
            self._forget_the_old()
            visit = self._visits.get(handle)
            return visit if visit is not None else Visit()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Keep what is worth keeping; a visit ended while its request ran stays ended."""
        assert isinstance(session, Visit)
        if not session:
            return
        with self._lock:
            if session.ended:
                return
            session.seen_at = time.monotonic()
            self._visits[session.handle] = session
            self._visits.move_to_end(session.handle)
        if not session.announced:
            response.set_cookie(
                self.cookie, session.handle, httponly=True, secure=self.secure, samesite="Lax"
            )
            session.announced = True

    def renew(self, visit: Visit) -> None:
        """Empty the visit and give it a new handle, so that a cookie planted before sign-in wins nothing."""
        with self._lock:
            self._visits.pop(visit.handle, None)
        visit.clear()
        visit.handle = secrets.token_urlsafe(32)
        visit.announced = False

    def end(self, sid: str | None, sub: str | None) -> int:
        """End every visit the provider means and say how many."""
        return self._end(lambda visit: visit.belongs_to(sid, sub))

    def end_under(self, sub: str, mandate: str) -> int:
        """End every visit for an organisation that rests on this mandate and say how many."""
        return self._end(lambda visit: visit.is_under(sub, mandate))

    def end_outdated(self, sub: str, said: Mapping[str, Any]) -> int:
        """End every visit for an organisation of which it shows what is no longer so and say how many."""
        return self._end(lambda visit: visit.is_outdated(sub, said))

    def _end(self, is_meant: Callable[[Visit], bool]) -> int:
        with self._lock:
            meant = [visit for visit in self._visits.values() if is_meant(visit)]
            for visit in meant:
                del self._visits[visit.handle]
                visit.ended = True
        return len(meant)

    def _forget_the_old(self) -> None:
        oldest_allowed = time.monotonic() - self.idle
        while self._visits:
            handle, visit = next(iter(self._visits.items()))
            if visit.seen_at >= oldest_allowed and len(self._visits) <= self.most:
                return
            del self._visits[handle]


def current_visit() -> Visit:
    """The visit of this request."""
    visit = session._get_current_object()  # type: ignore[attr-defined]  # Flask's session is a proxy
    assert isinstance(visit, Visit)
    return visit
