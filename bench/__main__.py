"""`python -m bench`: measure the provider on both pairs of stores beside its floor, and print one table."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg

from bench import acting, measuring, saml, servers, table
from bench.driver import Flow, Load, NoCompiler, Step, compiled, constant_server, play
from bench.floor import TABLE
from bench.machine import Others
from bench.measuring import Figure
from bench.population import populate
from bench.scenarios import FLOORS, ROWS, Stage
from tests.servers import ServerMissing

ROUNDS = 3
BESIDE = "beside sign-ins"
EMBEDDED = "embedded"
MORE = (BESIDE, *saml.ROWS, *acting.ROWS, EMBEDDED)


def main() -> int:
    """0 when all is fast enough, 1 when a target was missed, 2 when nothing could be measured."""
    asked = arguments()
    try:
        compiled()
        figures = list(shown(measured(asked)))
    except (NoCompiler, ServerMissing, servers.DidNotStart) as missing:
        print(missing, file=sys.stderr)
        return 2
    if asked.json:
        Path(asked.json).write_text(json.dumps(table.as_json(figures), indent=1) + "\n")
    return 1 if any(figure.enough is False for figure in figures) else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one round of one second: whether it works at all"
    )
    parser.add_argument("--store", choices=servers.STORES, help="only this pair of stores")
    parser.add_argument("--floor", action="store_true", help="only the floor, without the provider")
    parser.add_argument(
        "--row", action="append", metavar="NAME", choices=[*(row.name for row in ROWS), *MORE],
        help=f"only this row, may be repeated: {', '.join([*(row.name for row in ROWS), *MORE])}",
    )  # fmt: skip
    parser.add_argument("--seconds", type=float, help="length of a round (3)")
    parser.add_argument("--json", metavar="FILE", help="write every figure there too")
    return parser.parse_args()


def shown(figures: Iterator[Figure]) -> Iterator[Figure]:
    """Print each line of the table as soon as it is known."""
    seen: list[Figure] = []
    printed = 0
    for figure in figures:
        seen.append(figure)
        text = list(table.lines(seen))
        print("\n".join(text[printed:]), flush=True)
        printed = len(text)
        yield figure


def measured(asked: argparse.Namespace) -> Iterator[Figure]:
    rounds = 1 if asked.quick else ROUNDS
    load = Load(seconds=asked.seconds or (1 if asked.quick else 3), warmup=0.3 if asked.quick else 0.5)
    yield ceiling(load)
    with servers.stores() as stores, servers.floor(stores) as floor_url:
        with psycopg.connect(stores.postgres_url) as connection:
            connection.execute(TABLE)
        yield from measuring.floors(floor_url, load, rounds, FLOORS if asked.floor or not asked.row else ())
        if asked.floor:
            yield measuring.floor_beside_hashes("floor", floor_url, load)
            return
        for store in [asked.store] if asked.store else wanted_stores(asked.row):
            with (
                servers.provider(store, stores) as provider,
                Stage(provider.url, populate(provider)) as stage,
            ):
                yield from on_store(store, stage, floor_url, load, rounds, asked.row)
                if store == "postgres":
                    yield from saml.figures(store, provider, stage, load, rounds, asked.row)
                if store == "postgres" and (not asked.row or set(acting.ROWS) & set(asked.row)):
                    yield from acting.figures(store, provider, stage, load, rounds, asked.row)


def wanted_stores(only: list[str] | None) -> Iterable[str]:
    """Both, unless only what is measured on servers is asked for."""
    return ("postgres",) if only and set(only) <= {*acting.ROWS, *saml.ROWS} else servers.STORES


def ceiling(load: Load) -> Figure:
    """What the driver reaches when the server costs next to nothing."""
    others = Others()
    with constant_server() as url:
        measure = play(Flow((Step("constant", "GET /"),)), url, load)
    return Figure("driver", "against constant bytes in C", measure, others.cores())


def on_store(
    store: str, stage: Stage, floor_url: str, load: Load, rounds: int, only: list[str] | None
) -> Iterator[Figure]:
    for row in ROWS:
        if not only or row.name in only:
            yield measuring.against_floor(store, row, stage, floor_url, load, rounds)
    if not only or BESIDE in only:
        yield measuring.floor_beside_hashes(store, floor_url, load)
        yield measuring.beside_sign_ins(store, stage, load)
    if store == "sqlite" and (not only or EMBEDDED in only):
        yield from measuring.embedded(store, stage, load)


if __name__ == "__main__":
    raise SystemExit(main())
