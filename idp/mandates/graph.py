"""The mandates of an organisation as a picture: who stands under whom, one line each, further in the farther
they are from the organisation. Names are the caller's; nothing here decides anything."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from idp.mandates.models import Mandate, Role, State
from idp.mandates.roster import Agent
from idp.mandates.statement import last_day

LINE = 72
BOX = 58
STEP = 22
WIDTH = 340
MARGIN = 4
FULL = 20
"""Units that a Chinese character takes; half of it a Latin one."""


@dataclass(frozen=True)
class Node:
    """A box: the organisation itself where `role` is None, or a mandate under the box of another."""

    name: str
    role: Role | None
    state: State
    until: date | None
    is_organisation: bool
    depth: int
    above: int | None
    """Which line it hangs on."""


@dataclass(frozen=True)
class Box:
    """A node in its place, in the units of the picture."""

    node: Node
    x: int
    y: int
    width: int
    height: int
    hangs_from: tuple[int, int] | None
    """Where its connecting line begins: down from there, then across to the box."""
    words: str
    """The name as far as it fits."""


def tree(name: str, mandates: Iterable[Mandate], agents: Mapping[UUID, Agent]) -> list[Node]:
    """The organisation, then everybody line by line; what hangs on nothing that is here hangs on it."""
    rows = list(mandates)
    known = {one.id for one in rows}
    under: dict[UUID | None, list[Mandate]] = {}
    for one in rows:
        under.setdefault(one.granted_under if one.granted_under in known else None, []).append(one)
    nodes = [Node(name, None, State.ACTIVE, None, is_organisation=True, depth=0, above=None)]
    _grow(nodes, under, None, 0, agents)
    return nodes


def laid_out(nodes: Sequence[Node]) -> list[Box]:
    """Every node in its place."""
    boxes: list[Box] = []
    for line, node in enumerate(nodes):
        x, y = MARGIN + node.depth * STEP, MARGIN + line * LINE
        width = WIDTH - MARGIN - x
        above = None if node.above is None else boxes[node.above]
        hangs = None if above is None else (above.x + STEP // 2, above.y + BOX)
        boxes.append(Box(node, x, y, width, BOX, hangs, fitting(node.name, width - 2 * FULL)))
    return boxes


def size(nodes: Sequence[Node]) -> tuple[int, int]:
    """Width and height of the whole picture."""
    return WIDTH, MARGIN * 2 + LINE * (len(nodes) - 1) + BOX


def fitting(text: str, room: int) -> str:
    """A text as far as it fits into so many units."""
    taken = 0
    for place, character in enumerate(text):
        taken += FULL if ord(character) > 0x2E7F else FULL // 2 + 1
        if taken > room:
            return text[: max(1, place - 1)] + "…"
    return text


def _grow(
    nodes: list[Node],
    under: Mapping[UUID | None, Sequence[Mandate]],
    parent: UUID | None,
    line: int,
    agents: Mapping[UUID, Agent],
) -> None:
    for one in under.get(parent, ()):
        agent = agents[one.id]
        nodes.append(
            Node(
                name=agent.name,
                role=Role(one.role),
                state=State(one.state),
                until=last_day(one.valid_until),
                is_organisation=agent.organisation,
                depth=nodes[line].depth + 1,
                above=line,
            )
        )
        _grow(nodes, under, one.id, len(nodes) - 1, agents)
