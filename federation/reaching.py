"""Whether an upstream can be reached now: one call that carries nothing, beside the line people wait for."""

import time
from dataclasses import dataclass

from federation.line import Fault, Limits, Line, NoAnswer
from idp.settings_upstreams import UpstreamTable

PATIENCE = Limits(connect=3.0, total=5.0, attempts=1, slot_wait=0.0, max_bytes=1024 * 1024)
DISCOVERY = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Reached:
    """What came of the call; `fault` is None where something answered, whatever it said."""

    milliseconds: int
    fault: Fault | None = None


def reach(name: str, table: UpstreamTable) -> Reached:
    """Ask the host whose answers sign-ins depend on; no breaker is moved by it."""
    line, started = Line(name, ca_file=table.ca_file, limits=PATIENCE), time.monotonic()
    fault = None
    try:
        line.get(address(table), line.deadline())
    except NoAnswer as refused:
        fault = refused.reason
    return Reached(round((time.monotonic() - started) * 1000), fault)


def address(table: UpstreamTable) -> str:
    """What is fetched: where machines ask, of OpenID Connect the document that names everything else."""
    top = table.endpoints.get("back_end", table.issuer).rstrip("/")
    return f"{top}{DISCOVERY}" if table.protocol == "oidc" else f"{top}/"
