"""Changing a way of proving oneself takes a fresh proof, at the level that the ways one has can give."""

from collections.abc import Callable
from functools import wraps

from flask import redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own, sign_in
from idp.assurance import BY_ANOTHER, level_given_here
from idp.authenticators import catalogue, credentials
from idp.persons import hold
from idp.persons.models import Person
from idp.services import current
from idp.sessions import lifecycle
from idp.sessions.lifecycle import Achievement
from idp.sessions.models import SignInSession
from idp.web.request_scope import now
from idp.web.signed_in import login_required, who

RECENT = lifecycle.RECENT
"""How old the last proof may be."""


View = Callable[..., ResponseReturnValue]


class Overtaken(Exception):
    """While a change was under way its account was recovered: who asked for it may not be its person."""


def still(db: Session) -> Person:
    """
    The person, for the transaction that writes a guarded change; nobody recovers the account until it ends.

    Raises Overtaken if a hold has begun, or the session ended, since the page was let through: then nothing
    is written, and the page is asked for again.
    """
    person = db.get_one(Person, who().person_id, with_for_update=True)
    if hold.until(person, now()) is not None or lifecycle.find_by_id(db, who().session_id) is None:
        raise Overtaken
    return person


def freshly_proven(view: View) -> View:
    """Let in who has just proven themselves well enough; others prove it first and come back.

    An upstream's word counts only for who has no means of their own yet: a province that errs, or lies, must
    not be able to put a key of somebody's into an account. `idp.account.sign_in` asks by the same rule.
    Nobody is let in while a hold lasts: whoever recovered the account yesterday may not be its person.
    """
    return _guarded(view, credentials.guarded, by_own=True)


def proven_twice(view: View) -> View:
    """The same where nothing less than two factors will do, such as signing for an organisation."""
    return _guarded(view, lambda _db, _person: 2)


def _guarded(view: View, least: Callable[[Session, Person], int], by_own: bool = False) -> View:
    @wraps(view)
    def guarded(*args: object, **kwargs: object) -> ResponseReturnValue:
        with current().database.reading() as db:
            person = db.get_one(Person, who().person_id)
            held_until = hold.until(person, now())
            needed = least(db, person)
            enough = is_fresh_by_own(db, person, needed) if by_own else is_fresh(db, needed)
        if held_until is not None:
            return own.show("account/methods/held.html", status=403, held_until=held_until)
        if not enough:
            return sign_in.again(_place(), needed, by_own)
        try:
            return view(*args, **kwargs)
        except Overtaken:
            return redirect(_place(), 303)

    checked: View = login_required(guarded)
    return checked


def is_fresh(db: Session, aal: int, without: frozenset[str] = frozenset()) -> bool:
    """Whether this session was proven lately, at this level, and here: what a phone confirmed guards nothing.

    Somebody who was talked into confirming a screen has let it in, and must not have given the account away.
    `without` names methods that do not count for what is guarded.
    """
    session = db.get_one(SignInSession, who().session_id)
    return level_given_here(session.amr - without) >= aal and now() - session.authenticated_at <= RECENT


def is_fresh_by_own(db: Session, person: Person, aal: int) -> bool:
    """The same by the person's own means, as far as they reach; by an upstream for who has none at all."""
    best = catalogue.best_of_own(db, person, current().extras)
    return is_fresh(db, min(aal, best), without=BY_ANOTHER) if best else is_fresh(db, aal)


def also_proven(db: Session, amr: frozenset[str]) -> str:
    """Adding a way showed that it works, so it counts as a proof; gives the session's new cookie."""
    session = db.get_one(SignInSession, who().session_id)
    handle = lifecycle.strengthen(db, session, Achievement(who().person_id, amr, now()))
    return current().cookies.keep_session(handle)


def _place() -> str:
    """Where to come back to: what was typed into a form is not carried along, so to the page of the form."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path
