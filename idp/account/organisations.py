"""What registering organisations works with, and what `idp worker` does for organisations and mandates.

The registry of `Services.extras["organisations"]` is chosen in `wsgi.py`; without one every organisation is
looked at by a member of staff.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import cast
from uuid import UUID

from idp import clock
from idp.account import acting
from idp.mandates import people, refresh, rounds, standing, waiting
from idp.mandates.founding import Registrar
from idp.organisations import applications, freshness, lifecycle, reviews
from idp.organisations.registry import ChangeFeed, NoOrganisationRegistry, OrganisationRegistry
from idp.outbox.jobs import Job
from idp.outbox.worker import Deliver, Leased
from idp.persons import belongings
from idp.services import Services

MINUTE, HOUR = 60.0, 3600.0
FEED = "exchange"
"""The name under which the place in the list of changes is kept."""


def registry_of(services: Services) -> OrganisationRegistry:
    """Who knows organisations."""
    return cast(OrganisationRegistry, services.extras.get("organisations") or NoOrganisationRegistry())


def changes_of(services: Services) -> ChangeFeed | None:
    """Who tells which organisations changed."""
    return cast("ChangeFeed | None", services.extras.get("organisation_changes"))


def registrar_of(services: Services) -> Registrar:
    """What `mandates.founding` and `mandates.waiting` work with."""
    return Registrar(
        services.database,
        services.vault,
        services.state,
        registry_of(services),
        services.settings.limit_verifications_per_day,
    )


def topics(services: Services) -> Mapping[str, Deliver]:
    """Topic → what delivering one message means."""
    database, registrar = services.database, registrar_of(services)

    def verify(message: Leased) -> None:
        waiting.verify_queued(registrar, message)

    def ask(message: Leased) -> None:
        refresh.deliver(database, registrar.registry, message)

    def document_taken(message: Leased) -> None:
        with database.writing() as db:
            people.document_lost(db, UUID(message.payload["document_id"]), clock.now())

    def changed(message: Leased) -> None:
        acting.organisation_changed(database, message)

    return {
        applications.VERIFY: verify,
        lifecycle.CHANGED: changed,
        freshness.REFRESH: ask,
        belongings.DOCUMENT_TAKEN: document_taken,
    }


def jobs(services: Services, stopping: Callable[[], bool]) -> Sequence[Job]:
    """What is done again and again."""
    database, registrar = services.database, registrar_of(services)
    most = services.settings.organisation_checks_per_minute

    def look() -> int:
        return refresh.go_round(database, registrar.registry, most, clock.now(), stopping)

    return (
        Job("mandates", lambda: rounds.go_round(database, clock.now()), MINUTE),
        Job("representatives", lambda: waiting.go_on(registrar, clock.now()), MINUTE),
        Job("organisations", look, MINUTE),
        Job("organisation_changes", lambda: read_changes(services), MINUTE),
        Job("organisation_terms", lambda: standing.by_the_clock(database, clock.now()), HOUR),
        Job("organisation_papers", lambda: _forget(services), HOUR),
    )


def read_changes(services: Services) -> int:
    """Read the list of changes on, if there is one; gives how many organisations are asked about."""
    feed = changes_of(services)
    return 0 if feed is None else freshness.read_changes(services.database, feed, FEED, clock.now())


def _forget(services: Services) -> int:
    with services.database.writing() as db:
        return reviews.erase(db, clock.now()) + applications.lapse(db, clock.now())
