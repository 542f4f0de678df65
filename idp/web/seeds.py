"""How the seed of an authenticator app is shown: as a picture to scan, and as text to type."""

import segno
from markupsafe import Markup

from idp.authenticators import totp


def shown(seed: str, issuer: str, login: str) -> dict[str, str]:
    """`picture` and `seed` for a page; both give the seed away to whoever sees them."""
    picture = segno.make(totp.address(seed, issuer, login), error="m")
    return {
        "picture": Markup(picture.svg_inline(scale=5, border=2)),  # noqa: S704 – made here, of modules only
        "seed": " ".join(seed[start : start + 4] for start in range(0, len(seed), 4)),
    }
