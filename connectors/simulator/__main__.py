"""``python -m connectors.simulator --port 8100``: the exchange platform, its registries and the SMS inbox."""

from pathlib import Path

import click

from connectors.simulator import authority, population
from connectors.simulator.app import create_app
from idp.simulator.server import serve


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8100, show_default=True, help="Port to listen on.")
@click.option("--seed", default=population.SEED, show_default=True, help="Same seed, same people.")
@click.option("--people", default=population.CROWD, show_default=True, help="Size of the crowd.")
@click.option("--ca", type=click.Path(path_type=Path), help="Folder of the certification authority's keys.")
def main(host: str, port: int, seed: int, people: int, ca: Path | None) -> None:
    """Simulate the data-exchange platform with a synthetic population."""
    known = population.populate(seed, people, left_a_phone=population.few)
    app = create_app(known, authority=authority.found(ca))
    serve(app, host, port, "exchange platform, registries and SMS inbox")


if __name__ == "__main__":
    main()
