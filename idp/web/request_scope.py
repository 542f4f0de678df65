"""Facts of the request being answered that several pages need: when, from where, by whom."""

from datetime import datetime
from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import g, request
from sqlalchemy.orm import Session

from idp import clock
from idp.authenticators import local_staff
from idp.persons.models import Person, Realm
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.lifecycle import idle_limit
from idp.sessions.models import SignInSession
from idp.web.pages import care_is_on

BROWSERS = (
    ("MicroMessenger", "微信"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def now() -> datetime:
    """One moment for the whole request."""
    moment: datetime | None = g.get("now")
    if moment is None:
        moment = g.now = clock.now()
    return moment


def source() -> str:
    """Where this request comes from, for counting; the edge has settled which header to believe."""
    return network(str(request.environ.get("REMOTE_ADDR", "")))


def network(address: str) -> str:
    """An IPv4 address as it is, an IPv6 one by its /64: whoever has one has all of them (RFC 6177)."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(IPv6Network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def device() -> str:
    """The browser in words a person recognises, such as `Edge · Windows`."""
    agent = request.headers.get("User-Agent", "")
    found = [next((name for mark, name in kinds if mark in agent), "") for kinds in (BROWSERS, SYSTEMS)]
    return " · ".join(name for name in found if name)


def patient() -> bool:
    """Whether to wait longer for whoever asks: they read 关怀版."""
    return care_is_on()


def patience() -> int:
    """How many times as long everything lasts that ends by itself (WCAG 2.2.1)."""
    return clock.PATIENCE if patient() else 1


def session_handle(realm: str = Realm.CITIZEN) -> str | None:
    """The session handle this browser sent."""
    return current().cookies.session(request.environ, realm)


def signed_in(db: Session, realm: str = Realm.CITIZEN) -> tuple[SignInSession, Person] | None:
    """
    Who is signed in in this browser; None when the session is too old, the person may not enter, or a civil
    servant's password must be changed first.
    """
    session = lifecycle.find(db, session_handle(realm), now())
    if session is None or now() - session.last_seen_at > idle_limit(current().idle, session.patient):
        return None
    person = db.get(Person, session.person_id)
    if person is None or not may_enter(person, realm) or lifecycle.is_half(session, person.least_aal):
        return None
    if realm == Realm.STAFF and local_staff.is_due(db, person.id, now()):
        return None
    return session, person


def may_enter(person: Person, realm: str = Realm.CITIZEN) -> bool:
    """Whether the person's state lets them sign in: active, or closing and free to change their mind."""
    return person.realm == realm and person.status in {"active", "closing"}
