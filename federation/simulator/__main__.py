"""``python -m federation.simulator --port 8200``: the province's identity provider, with people to play."""

from pathlib import Path

import click

from federation.simulator import people
from federation.simulator.app import create_app
from idp.simulator.server import serve


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
    known = people.read(file) if file else people.invented()
    serve(create_app(known, folder=folder), host, port, "the province")


if __name__ == "__main__":
    main()
