"""What the pages of registration and recovery work with, besides the services every page has."""

from dataclasses import dataclass
from typing import cast

from idp import clock
from idp.account.records import Recovery, Registration
from idp.authenticators.sms import CodeLimits, PhoneCodes
from idp.keys.vault import Vault
from idp.notices.sms import SmsGateway
from idp.services import current
from idp.settings import Settings
from idp.storage.state import Collection, StateStore
from idp.web.request_scope import patience


@dataclass(frozen=True)
class Desk:
    """The wizards' records and the codes they send."""

    registrations: Collection[Registration]
    recoveries: Collection[Recovery]
    codes: PhoneCodes


def create_desk(settings: Settings, state: StateStore, vault: Vault, sms: SmsGateway) -> Desk:
    """The desk of an instance; `wsgi.py` keeps it in `Services.extras["desk"]`."""
    lifetime = float(settings.interaction_lifetime * clock.PATIENCE)
    limits = CodeLimits(
        phone_per_hour=settings.limit_codes_per_hour,
        phone_per_day=settings.limit_codes_per_day,
        source_per_hour=settings.limit_source_codes_per_hour,
        wrong_per_day=settings.limit_wrong_codes_per_day,
        source_wrong_per_day=settings.limit_source_wrong_codes_per_day,
        lifetime=float(settings.sms_code_lifetime),
    )
    return Desk(
        Collection(state, Registration, "registration", lifetime, vault.sealer("registration")),
        Collection(state, Recovery, "recovery", lifetime, vault.sealer("recovery")),
        PhoneCodes(state, vault, sms, limits),
    )


def desk() -> Desk:
    """The desk of the application that answers this request."""
    return cast(Desk, current().extras["desk"])


def code_seconds() -> float:
    """How long a code is good that is sent to whoever asks now."""
    return desk().codes.limits.lifetime * patience()
