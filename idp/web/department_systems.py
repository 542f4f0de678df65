"""Department systems that will never speak OIDC, as `wsgi.py` needs them: CAS and forward-auth."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from idp.cas import machine as cas_machine
from idp.cas import views as cas_views
from idp.cas.tickets import create_cas
from idp.clients.callbacks import Callbacks
from idp.forward_auth import machine as forward_machine
from idp.forward_auth import views as forward_views
from idp.forward_auth.verdicts import create_forward_auth
from idp.oauth.collaborators import OAuth
from idp.oauth.machine import Route
from idp.services import RelyingProtocol, Services
from idp.web import declined, signed_out


@dataclass(frozen=True)
class Systems:
    """What the interaction calls back, and the collaborators."""

    protocols: Mapping[str, RelyingProtocol]
    extras: Mapping[str, Any]


def create(oauth: OAuth, callbacks: Callbacks) -> Systems:
    """The collaborators of both."""
    cas = create_cas(oauth, callbacks)
    forward = create_forward_auth(oauth, cas.entrances)
    tickets, handovers = cas_views.ServiceTickets(cas), forward_views.Handovers(forward)
    return Systems({"cas": tickets, "proxy": handovers}, {"cas": cas, "forward_auth": forward})


def routes(extras: Mapping[str, Any], oauth: OAuth) -> Mapping[str, Route]:
    """What is answered straight on WSGI, counted by this `oauth`."""
    return {
        **cas_machine.routes(replace(extras["cas"], oauth=oauth)),
        **forward_machine.routes(replace(extras["forward_auth"], oauth=oauth)),
    }


def install(app: Flask, services: Services) -> None:
    """The pages, and where people stay who come back from such a system or leave all of them."""
    own = (cas_views.create_blueprint(services.extras["cas"]), forward_views.bp)
    for pages in (*own, declined.bp, signed_out.bp):
        app.register_blueprint(pages)
