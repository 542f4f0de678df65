"""Begin a session when somebody has proven themselves, touch it while it is used, end it at once when asked.

Ending is a fact on the row that every liveness read checks, plus an outbox message that tells the clients.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from idp import assurance, clock
from idp.assurance import FACTORS, NEVER_SECOND
from idp.audit import trail
from idp.audit.events import SessionEnded, SignedIn
from idp.crypto.handles import digest, new_handle
from idp.persons import locking
from idp.sessions import logout
from idp.sessions.models import SignInSession

SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use is known; one write a minute is enough."""
RECENT = timedelta(minutes=15)
"""How old a proof may be that a page of one's own takes as just given."""

SIGNED_OUT, CLOSING = "signed_out", "person_closing"
"""Its person left, here or at a service, or closes the account; for no other reason do they leave an upstream
too."""


@dataclass(frozen=True)
class Achievement:
    """A proof that was just given: by whom, with which methods (RFC 8176 `amr` names), when."""

    person_id: UUID
    amr: frozenset[str]
    at: datetime
    proven_at: datetime | None = None
    """When its person proved themselves, where that was earlier: at an upstream they were signed in to."""
    secret: str | None = field(default=None, repr=False)
    """The password's hash that was compared with, which must be theirs still when the session begins."""
    seen: datetime | None = None
    """Since when proofs by them counted (`Person.proofs_count_from`) as what was proven was looked up."""
    since: datetime | None = None
    """When the proof began, if that was earlier."""

    def counts(self, since: datetime | None) -> bool:
        """
        Whether it begins a session of who ended everything at `since`, as their row says once it is locked.

        It must have begun after that, and been judged by what was true after it: a moment alone would let in
        who began while the end was being written, a look alone who had prepared everything beforehand.
        """
        return self.seen == since and (since is None or (self.since or self.at) > since)


def idle_limit(idle: timedelta, patient: bool) -> timedelta:
    """How long a session may be unused."""
    return idle * clock.PATIENCE if patient else idle


def begin(
    db: Session,
    achieved: Achievement,
    *,
    absolute: timedelta,
    device: str = "",
    replaces: str | None = None,
    patient: bool = False,
) -> tuple[SignInSession, str]:
    """Begin a session; gives the row and the handle for the cookie.

    `replaces` is the handle the browser had before: signing in always makes a new one, so that nobody can
    prepare a session for somebody else (session fixation). The same person keeps their row and participants.
    """
    handle = new_handle()
    earlier = find(db, replaces, achieved.at) if replaces else None
    if earlier is not None and earlier.person_id == achieved.person_id:
        session = earlier
        session.digest = digest(handle)
        session.amr, session.let_in_by = achieved.amr, frozenset()
    else:
        if earlier is not None:
            end(db, [earlier], "replaced", achieved.at)
        session = SignInSession(
            person_id=achieved.person_id,
            digest=digest(handle),
            amr=achieved.amr,
            let_in_by=frozenset(),
            device=device[:128],
            started_at=achieved.at,
            expires_at=achieved.at + absolute,
        )
        db.add(session)
    session.patient = patient
    _prove(db, session, achieved)
    return session, handle


def strengthen(
    db: Session,
    session: SignInSession,
    achieved: Achievement,
    spent: frozenset[str] = frozenset(),
    lets_in: frozenset[str] = frozenset(),
) -> str:
    """
    Add a further proof by the same person to what a session rests on; gives a new handle.

    `spent` are methods that add up with nothing while a hold lasts (`persons.hold`): the session rests on
    them only if there is nothing else. Those in `lets_in` let its person through a second step nevertheless.

    The moment of proof moves only if this one, given here, is worth as much as all together: a weak one must
    not make the strong ones of yesterday look fresh.
    """
    if session.person_id != achieved.person_id:
        raise ValueError("a session is only strengthened by its own person")
    handle, proven_at = new_handle(), session.authenticated_at
    session.digest = digest(handle)
    session.amr = (session.amr | achieved.amr) - spent or session.amr
    session.let_in_by |= achieved.amr & spent & lets_in
    _prove(db, session, achieved)
    if assurance.own_level(achieved.amr - spent) < session.aal:
        session.authenticated_at = proven_at
    return handle


def lacks_only_more(session: SignInSession, aal: int, now: datetime) -> bool:
    """Whether everything this session rests on was just given, here, and only a further way is missing.

    `authenticated_at` is never later than the oldest proof that counts, so none of them can be stale. What
    another device or an identity provider said is not built upon: then all is asked anew.
    """
    kinds = {FACTORS[method].kind for method in session.amr if method in FACTORS}
    just_given = now - session.authenticated_at <= RECENT
    return session.aal < aal and bool(kinds) and not kinds & NEVER_SECOND and just_given


def is_half(session: SignInSession, least_aal: int) -> bool:
    """Whether a second step, which its person wants of every sign-in, is still missing."""
    return session.aal < least_aal and not session.let_in_by


def _prove(db: Session, session: SignInSession, achieved: Achievement) -> None:
    session.aal = assurance.authentication_level(session.amr)
    session.authenticated_at, session.last_seen_at = achieved.proven_at or achieved.at, achieved.at
    event = SignedIn(
        person_id=session.person_id, session_id=session.id, method=method_of(achieved.amr), aal=session.aal
    )
    trail.record(db, event)


def method_of(amr: frozenset[str]) -> str:
    """What the trail calls a proof by these methods."""
    return "+".join(sorted(amr))


def find(db: Session, handle: str | None, now: datetime) -> SignInSession | None:
    """The live session of a browser's handle."""
    if handle is None:
        return None
    return db.scalar(
        select(SignInSession).where(
            SignInSession.digest == digest(handle),
            SignInSession.ended_at.is_(None),
            SignInSession.expires_at > now,
        )
    )


def find_by_id(db: Session, session_id: UUID) -> SignInSession | None:
    """The session of this id, unless it has ended."""
    return db.scalar(
        select(SignInSession).where(SignInSession.id == session_id, SignInSession.ended_at.is_(None))
    )


def is_still(db: Session, person_id: UUID, session_id: UUID) -> bool:
    """
    Whether a session lives, for the transaction that changes how its person signs in; none ends it meanwhile.

    It may have ended since the page was let through: whoever ended it means to have the last word.
    """
    locking.alone(db, person_id)
    return find_by_id(db, session_id) is not None


def touch(db: Session, session_id: UUID, now: datetime, patient: bool | None = None) -> bool:
    """Note that the session is in use, at most once a minute, or that its person reads another style now."""
    stale, style = SignInSession.last_seen_at < now - SEEN_EVERY, {}
    if patient is not None:
        stale, style = or_(stale, SignInSession.patient != patient), {"patient": patient}
    result = db.execute(
        update(SignInSession).where(SignInSession.id == session_id, stale).values(last_seen_at=now, **style)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def renew(db: Session, session_id: UUID) -> str:
    """Give a session another handle, so that whoever copied the one before has nothing; gives the new one."""
    handle = new_handle()
    db.execute(update(SignInSession).where(SignInSession.id == session_id).values(digest=digest(handle)))
    return handle


def rest_on(db: Session, session_id: UUID, upstream: str) -> None:
    """Note at which upstream a session is to end, by a call, when the person signs out of this one."""
    db.execute(update(SignInSession).where(SignInSession.id == session_id).values(upstream=upstream))


def rename(db: Session, person_id: UUID, session_id: UUID, name: str) -> bool:
    """Call a session's device what its person calls it; true if it is theirs and alive."""
    result = db.execute(
        update(SignInSession)
        .where(
            SignInSession.id == session_id,
            SignInSession.person_id == person_id,
            SignInSession.ended_at.is_(None),
        )
        .values(name=name[:64])
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


def ended_since(db: Session, person_id: UUID, since: datetime) -> list[SignInSession]:
    """The person's sessions that were ended after a moment, latest first."""
    query = select(SignInSession).where(SignInSession.person_id == person_id, SignInSession.ended_at > since)
    return list(db.scalars(query.order_by(SignInSession.ended_at.desc())))


def live(db: Session, person_id: UUID, now: datetime) -> list[SignInSession]:
    """The person's sessions, latest first."""
    return list(
        db.scalars(
            select(SignInSession)
            .where(
                SignInSession.person_id == person_id,
                SignInSession.ended_at.is_(None),
                SignInSession.expires_at > now,
            )
            .order_by(SignInSession.last_seen_at.desc())
        )
    )


def end(db: Session, sessions: Iterable[SignInSession], reason: str, now: datetime) -> int:
    """End sessions at once and queue the notices to their clients; gives how many clients will be told."""
    told = 0
    for session in sessions:
        if session.ended_at is not None:
            continue
        session.ended_at, session.ended_because = now, reason
        if reason in {SIGNED_OUT, CLOSING}:
            logout.leave_upstream(db, session)
        participants = logout.announce(db, session)
        told += participants
        trail.record(
            db,
            SessionEnded(
                person_id=session.person_id, session_id=session.id, reason=reason, participants=participants
            ),
        )
    return told


def end_all(db: Session, person_id: UUID, reason: str, now: datetime, but: UUID | None = None) -> int:
    """End every session of a person, perhaps but one."""
    return end(db, [s for s in live(db, person_id, now) if s.id != but], reason, now)
