"""What `idp worker` tells clients: that a session is over, that a mandate ended, what they subscribed to."""

from collections.abc import Mapping

from idp import clock
from idp.account import acting
from idp.cas import logout as cas_logout
from idp.clients.callbacks import Callbacks
from idp.forward_auth import logout as forward_logout
from idp.mandates import states
from idp.oauth import backchannel_logout, security_events
from idp.oauth.security_events import EventMessenger
from idp.outbox.worker import Deliver, Leased, TryAgain
from idp.saml import logout as saml_logout
from idp.services import Services
from idp.sessions import logout
from idp.sessions.logout import Messenger, NotTold


def topics(services: Services, callbacks: Callbacks) -> Mapping[str, Deliver]:
    """Topic → what delivering one message means; who was not reached is told again later."""
    messengers = messengers_of(services, callbacks)
    events = EventMessenger(services.extras["oauth"], callbacks)

    def session_over(message: Leased) -> None:
        client = services.clients.find(message.payload["client_id"])
        messenger = messengers.get(client.protocol) if client else None
        if messenger is None:
            return
        try:
            told = messenger.deliver(message.payload, clock.now())
        except NotTold as failure:
            raise TryAgain(str(failure)) from failure
        if told:
            with services.database.writing() as db:
                logout.note_answer(db, message.payload, clock.now())

    def event(message: Leased) -> None:
        try:
            events.deliver(message.payload, clock.now())
        except NotTold as failure:
            raise TryAgain(str(failure)) from failure

    def mandate_ended(message: Leased) -> None:
        acting.mandates_ended(services.database, message)

    return {
        logout.TOPIC: session_over,
        security_events.TOPIC: event,
        states.ENDED: mandate_ended,
    }


def messengers_of(services: Services, callbacks: Callbacks) -> Mapping[str, Messenger]:
    """Protocol → how its clients hear that a session is over."""
    oauth = services.extras["oauth"]
    return {
        "oidc": backchannel_logout.Messenger(oauth, callbacks),
        "saml": saml_logout.Messenger(services.extras["saml"], callbacks),
        "cas": cas_logout.Messenger(oauth, callbacks),
        "proxy": forward_logout.Messenger(oauth.clients),
    }
