"""Signing in without a portal at `/sign-in`, and signing out at `/sign-out`."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account import preferences
from idp.assurance import Level
from idp.authenticators import catalogue
from idp.interaction.record import Demand, Facts, Interaction
from idp.services import Goto, PostTo, current
from idp.sessions import lifecycle, logout
from idp.web import csrf, languages, showing, signed_out
from idp.web.pages import render
from idp.web.request_scope import now, signed_in
from idp.web.signed_in import local_path

bp = Blueprint("sign_in", __name__)
KNOWN = ("3", "4")
"""Identity levels that a page of one's own may ask for."""
ACTS = (
    ("/account/organisations/register", "register_organisation"),
    ("/account/organisations/", "act_for_organisation"),
    ("/account/invitations/", "accept_mandate"),
    ("/account/export", "export"),
    ("/account/close", "close"),
    ("/account/methods", "change_methods"),
    ("/account/phone", "change_phone"),
)
"""Where the address begins → what waits there; the first that fits."""


class OwnPages:
    """A person's own pages, as the interaction calls them back (`services.RelyingProtocol`)."""

    def finish(self, interaction: Interaction, facts: Facts) -> Goto | PostTo:
        """On to the page that was asked for."""
        wanted = local_path(interaction.request.get("next"))
        with current().database.reading() as db:
            return Goto(preferences.place(db, facts.person_id, wanted))

    def decline(self, interaction: Interaction, reason: str) -> Goto | PostTo:
        """The start page asks again; a page that lacks a level says so itself."""
        wanted = interaction.request.get("next") if reason == "unmet_level" else None
        return Goto(local_path(wanted))

    def restart(self, interaction: Interaction) -> str:
        """The same wish once more."""
        wanted = {"next": local_path(interaction.request.get("next"))}
        wished = " ".join(interaction.demand.ui_locales)
        return f"/sign-in?{urlencode(wanted | ({'ui_locales': wished} if wished else {}))}"


@bp.get("/sign-in")
def ask() -> ResponseReturnValue:
    """Begin an interaction as a portal would; whoever is signed in goes on, unless asked `again` or for more.

    `known` asks for the identity level that the page needs: the interaction has the way up to it, and back.
    `own` asks for the person's own means, in so far as they have any.
    """
    wanted, again = local_path(request.args.get("next")), request.args.get("again")
    known = int(request.args["known"]) if request.args.get("known") in KNOWN else 0
    with current().database.reading() as db:
        if again is None and not known and signed_in(db) is not None:
            return redirect(wanted, 303)
    level = Level(ial=known, aal=2 if again == "2" else 1)
    demand = Demand(level=level, ui_locales=_wished(wanted))
    if "own" in request.args:
        demand = _by_own(demand)
    if again is not None:
        demand = _proven_now(demand)
    handle = current().interactions.add(
        Interaction(demand, "own", {"next": wanted, "act": act_at(wanted)}, now())
    )
    response = redirect(f"/interaction/{handle}", 303)
    response.headers.add("Set-Cookie", current().cookies.keep_interaction(handle))
    return response


def _by_own(demand: Demand) -> Demand:
    """The demand met by the own means of who is signed in alone, as far as these reach.

    Whoever has none, or is not signed in any more, signs in as always: the page that asked looks again.
    Upstreams are left out unless without them there would be nothing to begin with.
    """
    extras = current().extras
    with current().database.reading() as db:
        found = signed_in(db)
        best = catalogue.best_of_own(db, found[1], extras) if found else 0
        begins = found is not None and catalogue.begins_by_own(db, found[1], extras)
    if best == 0:
        return demand
    level = Level(demand.level.ial, min(demand.level.aal, best))
    return replace(demand, level=level, own=True, elsewhere=not begins)


def _proven_now(demand: Demand) -> Demand:
    """The demand met by fresh proofs alone: all of them anew, or what is missing beside a fresh one."""
    with current().database.reading() as db:
        found = signed_in(db)
        if found is not None and lifecycle.lacks_only_more(found[0], demand.level.aal, now()):
            return replace(demand, max_age=int(lifecycle.RECENT.total_seconds()))
    return replace(demand, prompt=frozenset({"login"}))


def act_at(wanted: str) -> str:
    """What waits at a page for a proof, as the pages that ask for it say; empty where none is named."""
    path = urlsplit(wanted).path
    return next((act for start, act in ACTS if path.startswith(start)), "")


def _wished(wanted: str) -> tuple[str, ...]:
    """The languages asked for here, by the page one is on the way to, or by the service that led there."""
    beyond = dict(parse_qsl(urlsplit(wanted).query))
    waiting = current().interactions.find(beyond.get("interaction"))
    further = waiting.demand.ui_locales if waiting else ()
    return (*languages.asked_for(request.args), *languages.asked_for(beyond), *further)


@bp.get("/sign-out")
def ask_to_sign_out() -> ResponseReturnValue:
    """Ask first: a link from elsewhere must not sign anybody out."""
    with current().database.reading() as db:
        found = signed_in(db)
        if found is None:
            return redirect("/sign-in", 303)
        session_id = found[0].id
        clients = logout.clients_of(db, session_id)
    return render(
        "oauth/sign_out.html",
        service=None,
        services=[name for name in map(service_name, clients) if name],
        csrf_token=csrf.form_token(services_key(), session_id.hex, "sign-out"),
        action="/sign-out",
    )


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session, tell the services it led to, and forget the cookie."""
    services = current()
    if request.form.get("decision") == "stay":
        return redirect("/account", 303)
    with services.database.writing() as db:
        found = signed_in(db)
        if found is not None:
            session = found[0]
            token = request.form.get("csrf_token")
            if not csrf.token_matches(token, services_key(), session.id.hex, "sign-out"):
                return redirect("/sign-out", 303)
            lifecycle.end(db, [session], lifecycle.SIGNED_OUT, now())
    return signed_out_page(found[0].id if found else None)


def signed_out_page(session_id: UUID | None = None, closes_at: datetime | None = None) -> Response:
    """The session has ended; the cookie goes with it. `closes_at`: the account will be closed then."""
    page = signed_out.page(session_id, "/sign-in", closes_at=closes_at)
    page.headers.add("Set-Cookie", current().cookies.forget_session())
    return page


def service_name(client_id: str) -> str | None:
    """A client's name in the reader's language."""
    client = current().clients.find(client_id)
    return None if client is None else showing.client_name(client, languages.of_request())


def services_key() -> bytes:
    """The key of form tokens."""
    return current().csrf_key


def known_better(wanted: str, ial: int) -> str:
    """The address that leads up to an identity level and then to a page."""
    return "/sign-in?" + urlencode({"next": wanted, "known": ial})


def again(wanted: str, aal: int = 1, by_own: bool = False) -> Response:
    """Have the person of this request prove themselves once more, this well, before they go on to a page.

    `by_own`: by means of their own, as far as they have any.
    """
    asked = {"next": wanted, "again": aal, **({"own": 1} if by_own else {})}
    return redirect("/sign-in?" + urlencode(asked), 303)
