"""Where the portal is, where its provider is and what it is called there: read once, from the environment."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

MISSING = """{missing} not set.
Create a client at the provider and pass what it prints (all fields: docs/integration.md):
  idp clients create --name "{name}" --redirect-uri {base}/callback --json
  {prefix}CLIENT_ID=… {prefix}CLIENT_SECRET=… python -m {module}{option}"""

OWN = ("CLIENT_ID", "CLIENT_SECRET", "HOST", "PORT", "BASE_URL")


@dataclass(frozen=True)
class PortalSettings:
    """One portal: the provider it trusts, its own credentials there, and its own address."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    host: str
    port: int
    base_url: str

    @property
    def redirect_uri(self) -> str:
        return f"{self.base_url}/callback"

    @property
    def signed_out_uri(self) -> str:
        return f"{self.base_url}/signed-out"


def read(
    module: str,
    name: str,
    default_port: int,
    arguments: Sequence[str] | None = None,
    prefix: str = "",
) -> PortalSettings:
    """
    Read ISSUER, CLIENT_ID, CLIENT_SECRET, HOST, PORT and BASE_URL; stop with all that is missing.

    With a `prefix` all but ISSUER are called so, for portals that share a process.
    """
    own = {key: os.environ.get(prefix + key) for key in OWN}
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=f"Serve the sample portal {name}."
    )
    parser.add_argument("--host", default=own["HOST"] or "127.0.0.1")
    parser.add_argument("--port", type=int, default=int(own["PORT"] or default_port))
    given = parser.parse_args(arguments)
    base = (own["BASE_URL"] or f"http://{given.host}:{given.port}").rstrip("/")
    missing = [prefix + key for key in ("CLIENT_ID", "CLIENT_SECRET") if not own[key]]
    if missing:
        option = "" if prefix else f" --port {given.port}"
        said = {"name": name, "base": base, "module": module, "prefix": prefix, "option": option}
        parser.exit(2, MISSING.format(missing=", ".join(missing), **said) + "\n")
    return PortalSettings(
        issuer=os.environ.get("ISSUER", "http://localhost:8000").rstrip("/"),
        client_id=own["CLIENT_ID"] or "",
        client_secret=own["CLIENT_SECRET"] or "",
        host=given.host,
        port=given.port,
        base_url=base,
    )
