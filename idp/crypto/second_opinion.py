"""What python-jose makes of our tokens, because many portals verify with it.

The only place that imports it: it verifies, with public keys, RS256 or ES256, and decides nothing else
(`keys.rotation` asks it before a new key may sign).
"""

from collections.abc import Mapping
from typing import Any

from jose import jwt
from jose.exceptions import JOSEError

from idp.crypto.jose import OURS

_SIGNATURE_ONLY = {"verify_aud": False, "verify_at_hash": False}


def claims_of(token: str, jwk: Mapping[str, Any]) -> dict[str, Any] | None:
    """The claims python-jose reads from a token under this published key; None when it refuses."""
    if jwk.get("alg") not in OURS or "d" in jwk:
        return None
    try:
        return dict(jwt.decode(token, dict(jwk), algorithms=[jwk["alg"]], options=_SIGNATURE_ONLY))
    except (JOSEError, ValueError, TypeError):
        return None
