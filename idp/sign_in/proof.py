"""What all ways of signing in share: whom an interaction asks, and what follows from a proof."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from idp.assurance import own_level
from idp.authenticators import catalogue, password
from idp.authenticators.base import Denied, Proven
from idp.authenticators.proving import Arrived
from idp.authenticators.throttle import Wait
from idp.crypto.handles import new_handle
from idp.interaction import reasons
from idp.interaction.record import OLD_ACCOUNT, OWN_PAGES, Facts, Interaction, Step
from idp.moving import claims
from idp.notices.telling import tell
from idp.persons import hold, locking
from idp.persons import lifecycle as persons
from idp.persons.models import Person
from idp.services import current
from idp.sessions import devices, entering, lifecycle
from idp.sessions.entering import Browser
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import SignInSession
from idp.sign_in import arrivals, further
from idp.sign_in.further import Held
from idp.web import csrf, showing
from idp.web.doorway import client_of, door, due, facts_here, opened
from idp.web.pages import render
from idp.web.request_scope import device, now, patient, session_handle

OVERTAKEN = "overtaken"
"""In `Interaction.kept`, and as a reason code: a proof came to nothing, as everything ended meanwhile."""
Entered = tuple[UUID, str]
"""A session, and the handle for the browser's cookie."""
Show = Callable[[str, int, int], Response]
"""The page once more, with a reason code, a status, and seconds to wait."""


@dataclass(frozen=True)
class Proving:
    """An interaction in which somebody has to prove themselves."""

    handle: str
    interaction: Interaction
    facts: Facts | None
    """What is known of this browser, as its request came in."""
    confirms: Facts | None
    """Whose session is to be strengthened by a second factor; None where anybody may sign in."""

    @property
    def kept(self) -> dict[str, str]:
        """What the pages of a way have noted on the way to a proof."""
        return dict(self.interaction.kept)

    @property
    def bound_to(self) -> str:
        """What a form or a challenge shown here is bound to: this sign-in, and who is confirmed in it."""
        facts = self.confirms
        return self.handle if facts is None else f"{self.handle}|{facts.session_id.hex}"

    def path(self, way: str = "") -> str:
        """The address of a page of this interaction."""
        return f"/interaction/{self.handle}/{way}".rstrip("/")


def asked(handle: str) -> Proving | Response:
    """What this browser's interaction asks, or the way on where there is nothing to be proven."""
    interaction = opened(handle)
    if not isinstance(interaction, Interaction):
        return interaction
    facts = facts_here(interaction)
    step = due(interaction, facts)
    if step is Step.DONE and request.method == "GET" and not interaction.unfinished:
        return door(handle)
    return Proving(handle, interaction, facts, facts if step is Step.SECOND_FACTOR else None)


def note(proving: Proving, **values: str) -> Proving:
    """Keep something between two pages of a way; it is sealed, and gone with the interaction."""
    interaction = replace(proving.interaction, kept={**proving.interaction.kept, **values})
    current().interactions.revise(proving.handle, interaction)
    return replace(proving, interaction=interaction)


def judged(proving: Proving, outcome: Proven | Denied | Wait | Arrived, show: Show) -> Response:
    """Go on after a proof; otherwise `show(refusal, status, seconds)` gives the page once more."""
    match outcome:
        case Wait(seconds=seconds):
            slower = show("", 429, seconds)
            slower.headers["Retry-After"] = str(seconds)
            return slower
        case Denied(reason=reason):
            return show(reason, 403 if reason.startswith("person_") else 200, 0)
        case Arrived(account_id=account_id):
            noted = note(proving, **{OLD_ACCOUNT: account_id.hex})
            return redirect(f"/register?interaction={noted.handle}", 303)
        case Proven() as proven:
            if proving.confirms is not None and proving.confirms.person_id != proven.person_id:
                return show("other_person", 403, 0)
            return succeeded(proving, proven)


def succeeded(
    proving: Proving,
    proven: Proven,
    proven_at: datetime | None = None,
    begun: Callable[[UUID], None] | None = None,
) -> Response:
    """
    Begin the session, or strengthen the one that is to be confirmed, and go back to the door.

    `proven_at` is for a proof that was not given just now (`lifecycle.Achievement`); `begun` is told the
    session that begins.
    """
    services, realm = current(), proving.interaction.realm
    achieved = Achievement(
        proven.person_id, proven.amr, now(), proven_at, proven.secret, proven.seen, proven.since
    )
    known = services.cookies.device(request.environ)
    browser = Browser(known or new_handle(), device(), patient())
    if proving.confirms is not None:
        entered = _strengthened(proving, achieved)
    else:
        entered = _begun_at_once(proving, achieved, browser) or _begun(proving, achieved, browser)
    if entered is None:
        note(proving, **{OVERTAKEN: "1"})
        return door(proving.handle)
    session_id, handle = entered
    if begun is not None:
        begun(session_id)
    elif proving.confirms is None and not proving.interaction.unfinished:  # LINK links it by itself
        arrivals.remind(proving.kept.get(arrivals.ARRIVED), proven.person_id)
    response = door(proving.handle)
    response.headers.add("Set-Cookie", services.cookies.keep_session(handle, realm))
    response.headers.add("Set-Cookie", services.cookies.keep_device(browser.handle))
    return response


def _begun_at_once(proving: Proving, achieved: Achievement, browser: Browser) -> Entered | None:
    realm = proving.interaction.realm
    if session_handle(realm) is not None or old_account(proving) is not None:
        return None
    return entering.begin(current().prepared, achieved, realm, browser, _absolute())


def _begun(proving: Proving, achieved: Achievement, browser: Browser) -> Entered | None:
    """With all that may follow: an older account, a session that is replaced, news of a browser."""
    realm, person_id = proving.interaction.realm, achieved.person_id
    with current().database.writing() as db:
        person = _entering(db, achieved, realm)
        if person is None or not achieved.counts(person.proofs_count_from):
            return None
        _follow_old(db, proving, person_id)
        session, handle = lifecycle.begin(
            db,
            achieved,
            absolute=_absolute(),
            device=browser.device,
            replaces=session_handle(realm),
            patient=browser.patient,
        )
        if devices.is_news(db, person_id, browser.handle, achieved.at):
            tell(db, person_id, "device.new", achieved.at)
        _come_back(db, person, session, achieved)
        return session.id, handle


def _strengthened(proving: Proving, achieved: Achievement) -> Entered | None:
    realm = proving.interaction.realm
    with current().database.writing() as db:
        person = _entering(db, achieved, realm)
        session = lifecycle.find(db, session_handle(realm), achieved.at)
        confirmed = session is not None and proving.confirms and session.id == proving.confirms.session_id
        if person is None or session is None or not confirmed:
            return None
        # What has recovered the password would else pass for both: for what it has set, and for itself.
        spent = hold.spent(person, achieved.at)
        ways = catalogue.letting_in(db, person, session.amr, current().extras, achieved.at)
        lets_in = frozenset().union(*(way.amr for way in ways))
        handle = lifecycle.strengthen(db, session, achieved, spent, lets_in)
        _come_back(db, person, session, achieved)
        return session.id, handle


def _come_back(db: Session, person: Person, session: SignInSession, achieved: Achievement) -> None:
    """A closing is taken back by a whole sign-in alone (PIPL Art. 47): who has the password is not yet in."""
    if not lifecycle.is_half(session, person.least_aal):
        persons.come_back(db, person, achieved.at)


def _entering(db: Session, achieved: Achievement, realm: str) -> Person | None:
    """Whom a proof lets in, citizens as citizens, staff as staff: by what counts until this ends."""
    person = locking.first(db, achieved.person_id)
    if person is None or person.realm != realm:
        return None
    return person if password.is_still(db, person.id, achieved.secret) else None


def _absolute() -> timedelta:
    return timedelta(seconds=current().settings.session_absolute)


def old_account(proving: Proving) -> UUID | None:
    """The account of another system whose password was typed in this sign-in before."""
    noted = proving.interaction.kept.get(OLD_ACCOUNT)
    return UUID(noted) if noted else None


def _follow_old(db: Session, proving: Proving, person_id: UUID) -> None:
    """What follows for who typed the password of an older system before they signed in here."""
    old = old_account(proving)
    if old is not None:
        claims.follow(db, current().vault, old, db.get_one(Person, person_id), now())


def ways_to_begin(proving: Proving) -> list[tuple[str, str]]:
    """The other ways to sign in here: name and address."""
    realm, demand, extras = proving.interaction.realm, proving.interaction.demand, current().extras
    others = [other for other in demand.realms if other != realm and catalogue.beginning(other, extras)]
    ways = [way for way in catalogue.beginning(realm, extras) if not demand.own or own_level(way.amr)]
    found = [(way.name, proving.path(way.name)) for way in ways]
    return [*found, *((other, proving.path(f"as/{other}")) for other in others)]


def why_again(proving: Proving) -> str:
    """The reason code for who is asked again though they have proven themselves, or nothing."""
    return OVERTAKEN if OVERTAKEN in proving.kept and proving.confirms is None else ""


def page(proving: Proving, way: str, template: str = "", *, status: int = 200, **values: Any) -> Response:
    """A page of a way, with what every one of them shows."""
    client = client_of(proving.interaction)
    return render(
        template or f"sign_in/{way.replace('-', '_')}.html",
        status=status,
        destination=showing.destination(proving.interaction, client),
        csrf_token=token(proving, way),
        action=proving.path(way),
        other_ways_url=proving.path("second-factor?all" if proving.confirms else "sign-in"),
        confirming=proving.confirms is not None,
        why=reasons.second_way(proving.interaction.demand, proving.confirms) if proving.confirms else None,
        held=_held(proving.confirms),
        begin_url=proving.path("sign-in"),
        act=_waiting_act(proving.interaction),
        ui_locales=proving.interaction.demand.ui_locales,
        posts_to=showing.origins(proving.interaction, client),
        **values,
    )


def _held(facts: Facts | None) -> Held | None:
    return None if facts is None else further.held(facts.person_id, facts.amr, facts.is_half)


def _waiting_act(interaction: Interaction) -> str:
    """What waits at a page of the person's own (`idp.account.sign_in.ACTS`)."""
    return interaction.request.get("act", "") if interaction.demand.client_id == OWN_PAGES else ""


def token(proving: Proving, way: str) -> str:
    """The form token of one way in one interaction, and of whoever is confirmed there."""
    return csrf.form_token(current().csrf_key, proving.bound_to, way)


def token_fits(proving: Proving, way: str) -> bool:
    """Whether the form came from the page of this very way, and was shown to whom it is posted by."""
    posted = request.form.get("csrf_token")
    return csrf.token_matches(posted, current().csrf_key, proving.bound_to, way)
