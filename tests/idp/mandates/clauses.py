"""
Who may do what, written from the clauses alone, in the plainest way to read: an oracle for sequences.

It keeps what was agreed and works everything out anew at every question; it knows no states and no versions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from idp.mandates.models import Role

GRACE = timedelta(days=15)
Pair = tuple[str, str]
"""A matter and an action."""


@dataclass(eq=False)
class Grant:
    """One yes: to a person or, as `company:<n>`, to an organisation; two that look alike are two."""

    company: int
    agent: int | str
    role: Role
    pairs: frozenset[Pair]
    begins: datetime
    ends: datetime
    under: "Grant | None" = None
    may_delegate: bool = False
    over: bool = False
    rests: bool = False
    """Until the new representative has confirmed it."""
    grace: datetime | None = None

    def line(self) -> Iterator["Grant"]:
        """This grant and those above it."""
        here: Grant | None = self
        while here is not None:
            yield here
            here = here.under


@dataclass
class Clauses:
    """What was agreed, who is frozen, who represents whom, which organisations are stopped."""

    grants: list[Grant] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)
    stopped: set[int] = field(default_factory=set)
    representatives: dict[int, Grant] = field(default_factory=dict)

    def may(self, person: int, company: int, pair: Pair, now: datetime) -> bool:
        """Whether there is a valid chain: the person's own, or through an organisation that is the agent."""
        mine = [grant for grant in self.grants if grant.agent == person and self._gives(grant, pair, now)]
        through = {f"company:{grant.company}" for grant in mine}
        others = (grant for grant in self.grants if grant.agent in through)
        return any(grant.company == company for grant in mine) or any(
            grant.company == company and self._gives(grant, pair, now) for grant in others
        )

    def _gives(self, grant: Grant, pair: Pair, now: datetime) -> bool:
        """Every mandate on the way names it; every one that still counts is in force."""
        if grant.company in self.stopped or any(pair not in each.pairs for each in grant.line()):
            return False
        if grant.grace is not None and pair[1] == "apply":
            return False
        return self._holds(grant, now)

    def _holds(self, grant: Grant, now: datetime) -> bool:
        in_force = not grant.over and not grant.rests and grant.begins <= now < grant.ends
        if not in_force or grant.agent in self.frozen:
            return False
        if grant.grace is not None:
            return now < grant.grace
        if grant.under is None:
            return self.representatives.get(grant.company) is grant
        return self._may_appoint(grant.under, grant.role) and self._holds(grant.under, now)

    def _may_appoint(self, upper: Grant, role: Role) -> bool:
        if not isinstance(upper.agent, int):
            return False
        if upper.role is Role.REPRESENTATIVE:
            return role in (Role.ADMINISTRATOR, Role.AGENT)
        return role is Role.AGENT and (upper.role is Role.ADMINISTRATOR or upper.may_delegate)

    def below(self, grant: Grant) -> list[Grant]:
        """Everything granted under it, directly or not, that is not over."""
        return [one for one in self.grants if not one.over and one is not grant and grant in one.line()]

    def represent(self, company: int, person: int, everything: frozenset[Pair], now: datetime) -> None:
        """The registry names somebody."""
        current = self.representatives.get(company)
        if current is not None and current.agent == person:
            return
        self.leave(company, now)
        made = Grant(
            company, person, Role.REPRESENTATIVE, everything, now, datetime.max.replace(tzinfo=now.tzinfo)
        )
        self.grants.append(made)
        self.representatives[company] = made

    def leave(self, company: int, now: datetime) -> None:
        """The role ends; administrators and what rests wait, others may finish what they began."""
        current = self.representatives.pop(company, None)
        if current is None:
            return
        for grant in self.below(current):
            asleep = any(each.agent in self.frozen for each in grant.line())
            if grant.role is Role.ADMINISTRATOR or asleep or grant.rests:
                grant.rests = True
            else:
                grant.grace = min(grant.grace or now + GRACE, now + GRACE)
        current.over = True

    def end(self, grant: Grant) -> None:
        """And whatever was granted under it."""
        for one in (grant, *self.below(grant)):
            one.over = True

    def narrow(self, grant: Grant, pairs: frozenset[Pair], ends: datetime) -> None:
        """Less from now on, for it and for all below it, for good."""
        for one in (grant, *self.below(grant)):
            one.pairs, one.ends = one.pairs & pairs, min(one.ends, ends)

    def renew(self, earlier: Grant, later: Grant) -> None:
        """Those under the earlier one go on under the later, within it, if that appoints anybody."""
        under = [one for one in self.below(earlier) if one.under is earlier]
        earlier.over = True
        for one in under:
            if later.role is earlier.role and self._may_appoint(later, Role.AGENT):
                one.under = later
                for each in (one, *self.below(one)):
                    each.pairs, each.ends = each.pairs & later.pairs, min(each.ends, later.ends)
            else:
                self.end(one)

    def confirm(self, grant: Grant, now: datetime) -> Grant:
        """The new representative takes it over as it stands."""
        representative = self.representatives[grant.company]
        grant.over = True
        return Grant(
            grant.company, grant.agent, grant.role, grant.pairs, max(now, grant.begins), grant.ends,
            representative, grant.may_delegate,
        )  # fmt: skip
