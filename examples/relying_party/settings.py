"""Where the portal is, where its provider is and what it is called there: read once, from the environment."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

MISSING = """{missing} not set.
Create a client at the provider and pass what it prints (all fields: docs/integration.md):
  idp clients create --name "{name}" --redirect-uri {base}/callback --json
  CLIENT_ID=… CLIENT_SECRET=… python -m {module} --port {port}"""


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


def read(module: str, name: str, default_port: int, arguments: Sequence[str] | None = None) -> PortalSettings:
    """Read ISSUER, CLIENT_ID, CLIENT_SECRET, HOST, PORT and BASE_URL; stop with all that is missing."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=f"Serve the sample portal {name}."
    )
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", default_port)))
    given = parser.parse_args(arguments)
    base = os.environ.get("BASE_URL", f"http://{given.host}:{given.port}").rstrip("/")
    missing = [key for key in ("CLIENT_ID", "CLIENT_SECRET") if not os.environ.get(key)]
    if missing:
        parser.exit(
            2,
            MISSING.format(missing=", ".join(missing), name=name, base=base, module=module, port=given.port)
            + "\n",
        )
    return PortalSettings(
        issuer=os.environ.get("ISSUER", "http://localhost:8000").rstrip("/"),
        client_id=os.environ["CLIENT_ID"],
        client_secret=os.environ["CLIENT_SECRET"],
        host=given.host,
        port=given.port,
        base_url=base,
    )
