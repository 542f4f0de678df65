"""Acting for organisations: how long the rules take among a million mandates, what a sign-in costs."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench import enterprises
from bench.driver import Latency, Load, Measure, play
from bench.machine import Others
from bench.measuring import Figure, middle
from bench.population import CALLBACK, GRANTS, SCOPE, Population
from bench.scenarios import Stage, silent_flow
from bench.servers import ROOT, Provider
from bench.visitor import Client

MAY, AGENTS = "may", "agents"
ROWS = (MAY, AGENTS)
MANDATES, QUESTIONS, P95_MS, COST = 1_000_000, 5_000, 5.0, 1.3
QUICK_MANDATES, QUICK_QUESTIONS = 20_000, 500
MINUTES = 10
"""The longest that filling may take."""


def figures(
    store: str, provider: Provider, stage: Stage, load: Load, rounds: int, only: Sequence[str] | None
) -> Iterator[Figure]:
    """Fill the instance, ask the rules, and let agents in beside citizens."""
    quick = rounds == 1
    _run(provider, "fill", QUICK_MANDATES if quick else MANDATES)
    if not only or MAY in only:
        yield _asked(store, provider, QUICK_QUESTIONS if quick else QUESTIONS)
    if not only or AGENTS in only:
        with Stage(provider.url, Population(_client(provider), stage.population.persons)) as agents:
            yield _beside(store, stage, agents, load, rounds)


def _asked(store: str, provider: Provider, questions: int) -> Figure:
    others = Others()
    said = json.loads(_run(provider, "ask", questions))
    latency = Latency(**said["latency_ms"])
    ours = Measure(
        per_second=1000 / latency.mean,
        requests_per_second=1000 / latency.mean,
        latency=latency,
        steps={},
        counted=said["count"],
        failed=said["wrong"],
        abandoned=0,
        failures=(),
        driver_cores=0,
    )
    name = f"may, {enterprises.LARGE:,} of {said['mandates']:,}"
    good = latency.p95 < P95_MS and not ours.failed
    return Figure(store, name, ours, others.cores(), wanted=f"p95 < {P95_MS:.0f} ms", enough=good)


def _beside(store: str, citizens: Stage, agents: Stage, load: Load, rounds: int) -> Figure:
    """The same silent flow, as a citizen and for a company, one right after the other."""
    pairs: list[tuple[Measure, Measure]] = []
    busy = []
    for _ in range(rounds):
        others = Others()
        pairs.append((_played(citizens, load), _played(agents, load)))
        busy.append(others.cores())
    cost = median(plain.per_second / acting.per_second for plain, acting in pairs)
    plain, acting = (middle([pair[place] for pair in pairs]) for place in (0, 1))
    return Figure(
        store,
        "silent flow of an agent",
        replace(acting, failed=acting.failed + plain.failed),
        median(busy),
        "citizen",
        plain.per_second,
        cost,
        f"<= {COST:.2f}",
        cost <= COST and not acting.failed and not plain.failed,
    )


def _played(stage: Stage, load: Load) -> Measure:
    flow, seeds = silent_flow(stage, load)
    return play(flow, stage.url, load, seeds)


def _client(provider: Provider) -> Client:
    """One like the other, to which people come for organisations."""
    detail = {"type": "urn:yitong:matter", "organisation": enterprises.CODE}
    detail |= {"matter": enterprises.GRANTED, "action": "apply"}
    metadata = {
        "client_name": "测速企业门户",
        "redirect_uris": [CALLBACK],
        "grant_types": list(GRANTS),
        "scope": SCOPE,
        "capacities": ["person", "organisation"],
        "authorization_details_types": ["urn:yitong:matter"],
        "matters": [enterprises.GRANTED],
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        Path(file.name).write_text(json.dumps(metadata))
        created = json.loads(provider.command("clients", "create", "--metadata", file.name, "--json"))
    scope = " ".join(sorted(created["scopes"]))
    asks = {"authorization_details": json.dumps([detail])}
    return Client(created["client_id"], created["client_secret"], CALLBACK, scope, asks)


def _run(provider: Provider, what: str, count: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bench.enterprises", what, str(count)],
        cwd=ROOT,
        env=dict(provider.environment),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60 * MINUTES,
    )
    return done.stdout
