"""Begin a session in a browser that has none, in one statement: session, browser and trail, or nothing.

This is written beside every password hash, and most sign-ins are of this plain kind. Whatever is not – a
session to replace, a browser that is news to its person, a closing to take back, somebody of another realm –
writes nothing here and goes the long way (`lifecycle.begin`, `devices.note`).
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from idp import assurance
from idp.audit import trail
from idp.audit.events import SignedIn
from idp.crypto.handles import digest, new_handle
from idp.sessions import devices
from idp.sessions.lifecycle import Achievement, method_of
from idp.storage.base import new_id
from idp.storage.columns import EPOCH
from idp.storage.prepared import Prepared, Statement, Writing

PLAIN = """
    select p.id from persons p
     where p.id = :person and p.realm = :realm and p.status <> 'closing'
       and coalesce(p.proofs_count_from, :ever) = :seen
       and (exists (select 1 from known_devices k where k.digest = :browser and k.last_at > :kept_since)
            or not exists (select 1 from known_devices o where o.person_id = :person
                              and o.first_at < :settled_since and o.last_at > :kept_since))
"""
"""The person, unless everything ended meanwhile, they must hear of this browser (`devices.is_news`), or they
are closing the account, which a whole sign-in takes back."""
STILL = """
    (:secret = '' or exists (
        select 1 from credentials c where c.person_id = p.id and c.kind = 'password'
           and c.ended_at is null and c.secret = :secret {held}))
"""
"""That the password which let them in was not changed while its hash was computed.

PostgreSQL reads a row that it locks once more when it had to wait for it, and no other: so both are locked,
the person's first (`persons.locking`), or a change that commits just now would be overlooked.
"""
SESSION = """
    insert into sessions (id, person_id, digest, aal, amr, device, name, started_at, authenticated_at,
                          last_seen_at, patient, expires_at)
    select :session, p.id, :digest, :aal, :amr, :device, '', :now, :authenticated_at, :now, :patient,
           :expires_at
"""
BROWSER = (
    "insert into known_devices (digest, person_id, first_at, last_at) select :browser, :person, :now, :now"
)
SEEN_AGAIN = """
    on conflict (digest) do update
       set first_at = case when known_devices.last_at > :kept_since then known_devices.first_at
                           else excluded.first_at end,
           last_at = excluded.last_at
"""
BEGUN = "from sessions where id = :session"
WRITING = Writing(
    at_once=Statement(
        f"""
        with person as ({PLAIN} for key share),
             begun as ({SESSION} from person p where {STILL.format(held="for share")} returning id),
             seen as ({BROWSER} from begun {SEEN_AGAIN}),
             told as ({trail.INSERT} from begun)
        select id from begun
        """
    ),
    one_by_one=[
        Statement(sql)
        for sql in (
            f"{SESSION} from ({PLAIN}) p where {STILL.format(held='')}",
            f"{BROWSER} {BEGUN} {SEEN_AGAIN}",
            f"{trail.INSERT} {BEGUN}",
            f"select id {BEGUN}",
        )
    ],
)


@dataclass(frozen=True)
class Browser:
    """Where somebody signs in: the handle of its own cookie, what it calls itself, how patient it is."""

    handle: str
    device: str
    patient: bool


def begin(
    prepared: Prepared, achieved: Achievement, realm: str, browser: Browser, absolute: timedelta
) -> tuple[UUID, str] | None:
    """The new session and the handle for its cookie; None when nothing was written (see above)."""
    if not achieved.counts(achieved.seen):
        return None
    session_id, handle, aal = new_id(), new_handle(), assurance.authentication_level(achieved.amr)
    event = SignedIn(
        person_id=achieved.person_id, session_id=session_id, method=method_of(achieved.amr), aal=aal
    )
    values = trail.values(event) | {
        "person": achieved.person_id,
        "secret": achieved.secret or "",
        "realm": realm,
        "ever": EPOCH,
        "seen": achieved.seen or EPOCH,
        "session": session_id,
        "digest": digest(handle),
        "aal": aal,
        "amr": " ".join(sorted(achieved.amr)),
        "device": browser.device[:128],
        "browser": devices.name_of(achieved.person_id, browser.handle),
        "now": achieved.at,
        "authenticated_at": achieved.proven_at or achieved.at,
        "kept_since": achieved.at - devices.KEPT,
        "settled_since": achieved.at - devices.SETTLED,
        "patient": browser.patient,
        "expires_at": achieved.at + absolute,
    }
    return (session_id, handle) if prepared.write(WRITING, values) else None
