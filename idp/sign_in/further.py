"""By what somebody who is signed in can confirm that it is them, and what counts for nothing meanwhile.

Pages and interface ask here, so that both offer, refuse and explain the same.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.assurance import authentication_level
from idp.authenticators import catalogue, certificate
from idp.authenticators.catalogue import Way
from idp.interaction.record import Demand, Facts
from idp.persons import hold
from idp.persons.models import Person
from idp.services import current
from idp.web.request_scope import now

VERIFIED = 3
"""The level from which a document is the person's own, so that a certificate can name it."""


@dataclass(frozen=True)
class Held:
    """What a hold keeps from being a second way (`persons.hold`)."""

    until: datetime
    ways: tuple[str, ...]
    """Those of the person's ways, as `catalogue.WAYS` names them."""
    alone: bool
    """Whether this session rests on nothing else, so that it can only begin anew with another way."""
    usable: tuple[str, ...] = ()
    """Those that make two with the password nevertheless."""
    lets_in: bool = False
    """Whether they are all there is for a second step, and let somebody through it nevertheless."""
    is_half: bool = False
    """Whether the person wants a second step everywhere that is still missing."""


def needed(demand: Demand, facts: Facts) -> int:
    """The AAL that is asked for, by whomever."""
    return demand.level.union(facts.own_minimum).aal


def ways(demand: Demand, facts: Facts) -> list[Way]:
    """The ways by which this person gets there, in the order to offer them.

    Half a sign-in is let in by what a hold has spent too, if its person has nothing else (`letting_in`).
    """
    find = catalogue.own_further if demand.own else catalogue.further
    extras = current().extras
    with current().database.reading() as db:
        person = db.get_one(Person, facts.person_id)
        found = find(db, person, facts.amr, needed(demand, facts), extras, now())
        if facts.is_half:
            found += catalogue.letting_in(db, person, facts.amr, extras, now())
    return [way for way in catalogue.WAYS if way in found]


def is_open(way: str, facts: Facts) -> bool:
    """Whether a proof by the way of this name counts for anything: else a code would be used up in vain."""
    with current().database.reading() as db:
        person = db.get_one(Person, facts.person_id)
        if way not in {one.name for one in catalogue.spent_ways(db, person, now())}:
            return True
        letting_in = catalogue.letting_in(db, person, facts.amr, current().extras, now())
        return facts.is_half and way in {one.name for one in letting_in}


def held(person_id: UUID, amr: frozenset[str], is_half: bool = False) -> Held | None:
    """What is spent of this person's ways, and until when; None where nothing is.

    `amr` is what the session rests on, `is_half` whether its person wants a second step that is missing.
    """
    with current().database.reading() as db:
        person = db.get_one(Person, person_id)
        until, spent = hold.until(person, now()), hold.spent(person, now())
        names = tuple(way.name for way in catalogue.spent_ways(db, person, now()))
        if until is None or not names:
            return None
        usable = tuple(way.name for way in catalogue.unspent_ways(db, person, current().extras, now()))
        lets_in = is_half and bool(catalogue.letting_in(db, person, amr, current().extras, now()))
    return Held(until, names, amr <= spent, usable, lets_in, is_half)


def may_bring_certificate(demand: Demand, facts: Facts) -> bool:
    """Whether a certificate not added yet would do: it is bound when it confirms a verified person."""
    with current().database.reading() as db:
        spent = hold.spent(db.get_one(Person, facts.person_id), now())
    level = authentication_level((facts.amr - spent) | certificate.AMR)
    return (
        facts.reached.ial >= VERIFIED
        and level >= needed(demand, facts)
        and catalogue.is_there(certificate.KIND, current().extras)
    )
