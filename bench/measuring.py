"""Rounds of floor and ours, one right after the other, so that what disturbs one disturbs both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench.driver import Flow, Load, Measure, Seeding, play, playing
from bench.machine import Others
from bench.scenarios import (
    CONNECTIONS,
    FLOORS,
    Row,
    Stage,
    bare,
    client_credentials,
    passkey_post,
    sign_in,
    silent_flow,
)

TOKENS_PER_SECOND, SIGN_INS_PER_SECOND, TOKEN_P99_MS = 800, 12, 10.0
SIGN_IN_MS, SILENT_MS, PASSKEY_MS, PEOPLE_AT_ONCE = 150.0, 25.0, 30.0, 20


@dataclass(frozen=True)
class Figure:
    """A line of the table: what was measured, what it stands on, and whether that is enough."""

    store: str
    name: str
    ours: Measure
    others: float
    floor: str = ""
    floor_rate: float = 0
    ratio: float | None = None
    wanted: str = ""
    enough: bool | None = None


def middle(measures: Sequence[Measure]) -> Measure:
    """The round of median rate."""
    return sorted(measures, key=lambda measure: measure.per_second)[len(measures) // 2]


def floors(url: str, load: Load, rounds: int, only: Sequence[str] = FLOORS) -> list[Figure]:
    """The bare routes alone."""
    figures = []
    for route in only:
        others = Others()
        measures = [play(bare(route), url, load) for _ in range(rounds)]
        figures.append(Figure("floor", route, middle(measures), others.cores()))
    return figures


def against_floor(store: str, row: Row, stage: Stage, floor_url: str, load: Load, rounds: int) -> Figure:
    """A row of the table: its ratio is the median over the rounds."""
    load = replace(load, seeding=row.seeding)
    pairs = []
    busy = []
    for _ in range(rounds):
        flow, seeds = row.prepare(stage, load)
        others = Others()
        below = play(bare(row.floor), floor_url, load)
        pairs.append((play(flow, stage.url, load, seeds), below))
        busy.append(others.cores())
    ratio = median(ours.per_second / below.per_second for ours, below in pairs)
    ours, below = middle([ours for ours, _ in pairs]), middle([below for _, below in pairs])
    judged = store == "postgres"
    return Figure(
        store,
        row.name,
        ours,
        median(busy),
        row.floor,
        below.per_second,
        ratio,
        f">= {row.target:.2f}" if judged else "",
        ratio >= row.target and not ours.failed if judged else None,
    )


def beside_sign_ins(store: str, stage: Stage, load: Load) -> Figure:
    """Token calls on a schedule while people sign in on another: hashing must not hold them up."""
    tokens, token_seeds = client_credentials(stage, load)
    people, people_seeds = sign_in(stage, load)
    ours, others = side_by_side(stage.url, load, (tokens, token_seeds), (people, people_seeds))
    judged = store == "postgres"
    return Figure(
        store,
        f"tokens at {TOKENS_PER_SECOND}/s, {SIGN_INS_PER_SECOND} sign-ins/s",
        ours,
        others,
        wanted=f"p99 < {TOKEN_P99_MS:.0f} ms" if judged else "",
        enough=ours.latency.p99 < TOKEN_P99_MS and not ours.failed if judged else None,
    )


def floor_beside_hashes(store: str, floor_url: str, load: Load) -> Figure:
    """The same schedules on the bare routes: what the server itself makes of them."""
    ours, others = side_by_side(floor_url, load, (bare("sign"), []), (bare("argon2id"), []))
    return Figure(
        store, f"bare: sign at {TOKENS_PER_SECOND}/s, {SIGN_INS_PER_SECOND} argon2id/s", ours, others
    )


Played = tuple[Flow, Sequence[dict[str, str]]]


def side_by_side(url: str, load: Load, tokens: Played, people: Played) -> tuple[Measure, float]:
    """What the token calls see, and how busy the rest of the machine was; failed sign-ins count as theirs."""
    slow = replace(load, rate=SIGN_INS_PER_SECOND, connections=CONNECTIONS // 2, seeding="flow")
    fast = replace(load, rate=TOKENS_PER_SECOND)
    others = Others()
    with playing(people[0], url, slow, people[1]) as hashing:
        ours = play(tokens[0], url, fast, tokens[1])
        beside = hashing.result()
    failed = ours.failed + beside.failed + beside.abandoned
    return replace(ours, failed=failed, failures=(*ours.failures, *beside.failures)), others.cores()


def embedded(store: str, stage: Stage, load: Load) -> list[Figure]:
    """What one person waits on SQLite, and whether twenty at once all get in."""
    alone = replace(load, connections=1)
    crowd = replace(load, connections=PEOPLE_AT_ONCE)
    return [
        waited(store, "whole sign-in, alone", stage, alone, sign_in, SIGN_IN_MS),
        waited(store, "silent flow, alone", stage, alone, silent_flow, SILENT_MS),
        waited(store, "passkey post, alone", stage, alone, passkey_post, PASSKEY_MS, "once"),
        nobody_failed(store, stage, crowd),
    ]


def waited(
    store: str,
    name: str,
    stage: Stage,
    load: Load,
    prepare: Callable[[Stage, Load], tuple[Flow, list[dict[str, str]]]],
    limit: float,
    seeding: Seeding | None = None,
) -> Figure:
    flow, seeds = prepare(stage, load)
    others = Others()
    seeding = seeding or ("flow" if flow.forgets else "connection")
    ours = play(flow, stage.url, replace(load, seeding=seeding), seeds)
    good = bool(ours.counted) and ours.latency.p95 < limit and not ours.failed
    return Figure(store, name, ours, others.cores(), wanted=f"p95 < {limit:.0f} ms", enough=good)


def nobody_failed(store: str, stage: Stage, load: Load) -> Figure:
    flow, seeds = sign_in(stage, load)
    others = Others()
    ours = play(flow, stage.url, replace(load, seeding="flow"), seeds)
    good = bool(ours.counted) and not ours.failed
    return Figure(
        store, f"{PEOPLE_AT_ONCE} people at once", ours, others.cores(), wanted="no error", enough=good
    )
