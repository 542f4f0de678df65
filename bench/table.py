"""The figures as one table for people and as JSON for whoever compares runs."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bench.measuring import Figure
from bench.servers import STORES

HEADINGS = ("", "per s", "p50 ms", "p95 ms", "p99 ms", "floor", "per s", "ratio", "wanted", "", "others")
WIDTHS = (38, 9, 8, 8, 8, 9, 9, 6, 11, 5, 6)
TITLES = {"driver": "Load driver", "floor": "Floor: bare WSGI routes", **STORES}


def lines(figures: Sequence[Figure]) -> Iterator[str]:
    """The table; `others` is how many cores the rest of the machine used meanwhile."""
    yield row(HEADINGS)
    shown = ""
    for figure in figures:
        if figure.store != shown:
            shown = figure.store
            yield TITLES[shown]
        yield row(cells(figure))
        for failure in figure.ours.failures[:2] if figure.ours.failed else ():
            yield f"    {figure.ours.failed} failed, {failure}"


def cells(figure: Figure) -> tuple[str, ...]:
    latency = figure.ours.latency
    return (
        f"  {figure.name}",
        f"{figure.ours.per_second:,.0f}",
        f"{latency.p50:.2f}",
        f"{latency.p95:.2f}",
        f"{latency.p99:.2f}",
        figure.floor,
        f"{figure.floor_rate:,.0f}" if figure.floor else "",
        f"{figure.ratio:.2f}" if figure.ratio is not None else "",
        figure.wanted,
        {True: "ok", False: "MISS", None: ""}[figure.enough],
        f"{figure.others:.1f}",
    )


def row(texts: Sequence[str]) -> str:
    first, *rest = zip(texts, WIDTHS, strict=True)
    return f"{first[0]:<{first[1]}}" + "".join(f" {text:>{width}}" for text, width in rest)


def as_json(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    return [asdict(figure) for figure in figures]
