"""The protocols an upstream may speak, by the names the settings use; another one is another line.

A maker takes the upstream's name and its table of the settings, and gives an `Upstream`
(`idp.interaction.upstream`); it raises ValueError in words that help where the table does not fit it.
"""

from collections.abc import Callable, Mapping

from federation import cas, dialect, oidc
from idp.interaction.upstream import Upstream
from idp.settings_upstreams import UpstreamTable

Maker = Callable[[str, UpstreamTable], Upstream]

PROTOCOLS: dict[str, Maker] = {
    "oidc": oidc.create,
    "dialect": dialect.create,
    "cas": cas.create,
}


def upstreams(tables: Mapping[str, UpstreamTable]) -> dict[str, Upstream]:
    """Every upstream of this instance, in the order of the settings."""
    return {name: PROTOCOLS[table.protocol](name, table) for name, table in tables.items()}
