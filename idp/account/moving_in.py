"""What `idp worker` does for accounts of other systems, a little at a time."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from idp import clock
from idp.moving import catching_up, claims, faults, joining
from idp.outbox.jobs import Job
from idp.services import Services
from idp.verifications import reuse

MINUTE, TEN_MINUTES, HOUR = 60.0, 600.0, 3600.0
AT_ONCE = 500
"""Accounts joined in one transaction."""


def jobs(services: Services, stopping: Callable[[], bool]) -> Sequence[Job]:
    """Wrap hashes all the time, ask registries within the quota, join, forget."""
    database, vault, settings = services.database, services.vault, services.settings

    def check() -> int:
        most = settings.import_checks_per_minute
        return catching_up.check(database, vault, services.registry, most, stopping, clock.now())

    def forget() -> int:
        return joining.forget_old(database, timedelta(days=settings.import_kept_days), clock.now())

    return (
        Job("import_hashes", lambda: catching_up.wrap(database, vault, stopping)),
        Job("import_checks", check, MINUTE),
        Job("import_joins", lambda: joining.join_held(database, vault, AT_ONCE, clock.now()), TEN_MINUTES),
        Job("import_claims", lambda: claims.settle(database, vault, AT_ONCE, clock.now()), TEN_MINUTES),
        Job("import_forgets", forget, HOUR),
        Job("import_faults", lambda: faults.forget(database, clock.now()), HOUR),
        Job("verifications", lambda: reuse.forget_old(database, clock.now()), HOUR),
    )
