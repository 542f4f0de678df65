"""``python -m federation.simulator --port 8200``: the province's identity provider, with people to play."""

import signal
import sys
from pathlib import Path

import click

from federation.simulator import people
from federation.simulator.app import create_app
from idp.simulator.server import listen


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8200, show_default=True, help="Port to listen on.")
@click.option(
    "--people", "file", type=click.Path(path_type=Path, exists=True), help="JSON file with its people."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where it keeps its SAML key; without it there is another one at each start.",
)
def main(host: str, port: int, file: Path | None, folder: Path | None) -> None:
    """Simulate the identity provider of a province."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    known = people.read(file) if file else people.invented()
    server = listen(create_app(known, folder=folder), host, port)
    click.echo(f"the province: http://{host}:{server.server_port}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
