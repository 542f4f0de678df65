"""As what somebody comes 办事身份: as themselves, or for an organisation; settled before any answer.

The application may name the organisation and what is to be done; then there is nothing to choose, only to
judge. Otherwise what was last chosen for it in this session holds while its mandate does, and whoever acts
for nobody comes as themselves.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from idp.interaction.record import Acting, Demand, Facts, OnBehalf, Wish
from idp.mandates import holdings, rules
from idp.mandates.holdings import Holdings
from idp.mandates.rules import Path, Reason, Verdict
from idp.mandates.scope import ALL_ACTIONS, Act
from idp.matters.catalogue import Catalogue
from idp.matters.models import Action
from idp.storage.prepared import Prepared

SELECT = "select_capacity"
"""The prompt with which an application asks that the person choose anew."""


def settle(
    prepared: Prepared,
    catalogue: Catalogue,
    demand: Demand,
    facts: Facts,
    met: frozenset[str],
    now: datetime,
    known: Holdings | None = None,
) -> Facts:
    """The facts with the capacity in them: settled, due, or refused.

    `known` are the ways towards the named organisation, where they were read along with the facts.
    """
    wanted = demand.on_behalf
    if wanted is None:
        return facts
    if wanted.organisation is not None:
        known = known or holdings.towards_code(prepared, facts.person_id, wanted.organisation, now)
        return _judged(facts, known, known.towards_code(wanted.organisation), wanted, catalogue, now)
    if SELECT in demand.prompt - met and facts.may_act and wanted.others:
        return replace(facts, capacity_due=True)
    if facts.chosen is not None and facts.chosen.organisation_id is not None and wanted.others:
        known = holdings.towards(prepared, facts.person_id, facts.chosen.organisation_id, now)
        paths = known.towards(facts.chosen.organisation_id)
        return _judged(facts, known, paths, wanted, catalogue, now)
    refusal = as_oneself(catalogue, wanted)
    oneself = wanted.oneself and (facts.chosen is not None or not facts.may_act or not wanted.others)
    return replace(facts, capacity_due=not oneself or refusal is not None, refusal=refusal or "")


def judged(
    known: Holdings, paths: Sequence[Path], wishes: Sequence[Wish], catalogue: Catalogue, now: datetime
) -> Verdict:
    """Whether one of these ways allows everything that is wished for; the first that does, or the nearest."""
    acts = [act_of(wish, catalogue) for wish in wishes]
    best = Verdict(Reason.NO_MANDATE)
    for path in paths:
        reason = _along(path, known, acts, now)
        if reason is Reason.ALLOWED:
            return Verdict(reason, path)
        if rules.NEARNESS[reason] > rules.NEARNESS[best.reason]:
            best = Verdict(reason, path)
    return best


def as_oneself(catalogue: Catalogue, wanted: OnBehalf) -> Reason | None:
    """What of the wishes nobody can do, not even for themselves."""
    for wish in wanted.wishes:
        act = act_of(wish, catalogue)
        if act is None:
            return Reason.MATTER_UNKNOWN
        refused = rules.unoffered(act)
        if refused is not None:
            return refused
    return None


def acting(path: Path, known: Holdings, sub: str | None = None) -> Acting:
    """What is remembered of a way that was judged to hold."""
    side, own, outer = known.sides[path.organisation_id], path.own, path.outer
    through = own if own.id != outer.id else None
    return Acting(
        organisation_id=path.organisation_id,
        code=side.code,
        name=side.name,
        status=side.state,
        role=own.role.value,
        mandate_id=outer.id,
        mandate_version=outer.version,
        ends_at=path.ends_at,
        through_id=through.id if through else None,
        through_version=through.version if through else None,
        sub=sub,
    )


def act_of(wish: Wish, catalogue: Catalogue) -> Act | None:
    """A wish as the rules judge it; None where no such matter or action is known."""
    matter = catalogue.find(wish.matter)
    if matter is None or wish.action not in ALL_ACTIONS:
        return None
    return Act(matter, Action(wish.action), wish.region, wish.project, wish.amount)


def _judged(
    facts: Facts,
    known: Holdings,
    paths: Sequence[Path],
    wanted: OnBehalf,
    catalogue: Catalogue,
    now: datetime,
) -> Facts:
    verdict = judged(known, paths, wanted.wishes, catalogue, now)
    if verdict.path is None or not verdict.allowed or not wanted.others:
        return replace(facts, capacity_due=True, refusal=verdict.reason.value)
    organisation: UUID = verdict.path.organisation_id
    chosen = facts.chosen
    sub = chosen.sub if chosen is not None and chosen.organisation_id == organisation else None
    return replace(facts, acting=acting(verdict.path, known, sub))


def _along(path: Path, known: Holdings, acts: Sequence[Act | None], now: datetime) -> Reason:
    if not acts:
        return rules.stands(path, known.sides, now)
    reasons = [rules.along(path, known.sides, act, now) for act in acts]
    return min(reasons, key=rules.NEARNESS.__getitem__)
