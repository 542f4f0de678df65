"""``python -m connectors.simulator --port 8100``: the exchange platform, its registries and the SMS inbox."""

import signal
import sys
from pathlib import Path

import click

from connectors.simulator import authority, population
from connectors.simulator.app import create_app
from idp.simulator.server import listen


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8100, show_default=True, help="Port to listen on.")
@click.option("--seed", default=population.SEED, show_default=True, help="Same seed, same people.")
@click.option("--people", default=population.CROWD, show_default=True, help="Size of the crowd.")
@click.option("--ca", type=click.Path(path_type=Path), help="Folder of the certification authority's keys.")
def main(host: str, port: int, seed: int, people: int, ca: Path | None) -> None:
    """Simulate the data-exchange platform with a synthetic population."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    known = population.populate(seed, people, left_a_phone=population.few)
    server = listen(create_app(known, authority=authority.found(ca)), host, port)
    click.echo(f"exchange platform, registries and SMS inbox: http://{host}:{server.server_port}/")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
