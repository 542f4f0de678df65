"""The protocols an upstream may speak, by the names the settings use; another one is another line.

A maker takes the upstream's name, its table of the settings and what it may need of this instance, and gives
an `Upstream` (`idp.interaction.upstream`); it raises ValueError in words that help where the table does not
fit it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from federation import cas, dialect, oidc, saml
from idp.interaction.upstream import Upstream
from idp.saml.signatures import Signer
from idp.settings_upstreams import UpstreamTable


@dataclass(frozen=True)
class Means:
    """What an upstream may need of this instance."""

    once: Callable[[str, float], bool]
    """True for the first who names this, until so many seconds have passed."""
    signer: Callable[[], Signer]
    """Our key that signs XML now."""


Maker = Callable[[str, UpstreamTable, Means], Upstream]

PROTOCOLS: dict[str, Maker] = {
    "oidc": lambda name, table, _: oidc.create(name, table),
    "dialect": lambda name, table, _: dialect.create(name, table),
    "cas": lambda name, table, _: cas.create(name, table),
    "saml": lambda name, table, means: saml.create(name, table, means.once, means.signer),
}


def upstreams(tables: Mapping[str, UpstreamTable], means: Means) -> dict[str, Upstream]:
    """Every upstream of this instance, in the order of the settings; raises ValueError with every fault."""
    made, faults = {}, []
    for name, table in tables.items():
        try:
            made[name] = PROTOCOLS[table.protocol](name, table, means)
        except ValueError as fault:
            faults.append(str(fault))
    if faults:
        raise ValueError("\n".join(faults))
    return made
