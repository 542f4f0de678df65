"""The network zone a browser came by: where links that come back to us must lead, whose passkeys it has."""

from collections.abc import Mapping
from typing import cast

from flask import request

from idp.authenticators.ceremonies import RelyingParty
from idp.services import current


def base() -> str:
    """The URL that paths are appended to for this browser: its cookies are of this host and of no other."""
    return current().zones.base_for(request.host)


def passkey_party() -> RelyingParty | None:
    """For whom this browser makes and shows passkeys: they belong to the host they were made at."""
    found = cast("Mapping[str, RelyingParty]", current().extras.get("passkeys_by_zone", {}))
    return found.get(base())
