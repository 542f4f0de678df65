"""What `idp worker` does for persons: messages, checks that wait, holds that end, closings that are due."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from federation.leaving import work as upstream_end
from idp import clock
from idp.account import closing, ending, returning
from idp.notices import delivery, telling
from idp.outbox.worker import Deliver, Leased
from idp.persons import displacement, enrolment, guardians, lifecycle, pending, wards
from idp.services import Services
from idp.sessions import logout


def topics(services: Services) -> Mapping[str, Deliver]:
    """Topic → what delivering one message means."""
    database, vault = services.database, services.vault
    hold = timedelta(seconds=services.settings.displacement_hold)

    def verify(message: Leased) -> None:
        pending.verify_queued(database, vault, services.registry, hold, message)

    def settle(message: Leased) -> None:
        with database.writing() as db:
            displacement.settle(db, vault, message.payload, clock.now())

    federation = services.extras.get("federation")
    upstreams = {logout.UPSTREAM: partial(upstream_end.end, federation)} if federation else {}
    return {
        **upstreams,
        telling.SMS: lambda message: delivery.send(database, services.sms, message),
        enrolment.VERIFY: verify,
        displacement.SETTLE: settle,
        returning.FINAL: lambda message: returning.make_final(database, message),
        ending.LATECOMERS: lambda message: ending.end_latecomers(database, message),
        lifecycle.STATUS_CHANGED: lambda message: ending.status_changed(database, message),
    }


def close_due(services: Services) -> int:
    """Periodic: erase whoever's time to change their mind is over; gives how many."""
    return closing.finish_due(services.database, clock.now())


def end_guardianships(services: Services) -> int:
    """Periodic: whoever has come of age is in nobody's care any more, and one child is one record.

    Gives how many links ended.
    """
    wards.share_earlier(services.database, services.vault, clock.now())
    return guardians.end_grown(services.database, clock.now())
