"""What `sandbox.json` and the table say of organisations: those that are here, and those that may come."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.simulator import population
from connectors.simulator.personas import Persona
from connectors.simulator.registered import RegisteredOrganisation, organisations
from idp import clock
from idp.cli.sandbox.firms import Firm
from idp.cli.sandbox.people import LOGINS, REPRESENTATIVES, TURNED_AWAY, Told
from idp.keys.vault import Vault
from idp.mandates.models import WITHOUT_END, Mandate, Role
from idp.organisations.models import Organisation
from idp.organisations.registry import RegisteredState
from idp.persons import lookup
from idp.services import Services

EVERYTHING = "*"
GROUP = "group:"


def of_registered(services: Services, firms: Sequence[Firm], people: Sequence[Told]) -> list[dict[str, Any]]:
    """Those that are here, as they are now."""
    records = {one.key: one for one in organisations()}
    with services.database.reading() as db:
        known = _personas(db, services.vault, people)
        found = []
        for firm in firms:
            organisation = db.scalar(
                select(Organisation).where(Organisation.credit_code == records[firm.key].credit_code)
            )
            if organisation is not None:
                found.append(_registered(db, firm, records[firm.key], organisation, known))
        return found


def of_unregistered(services: Services) -> list[dict[str, Any]]:
    """Live ones that are not here, and whose representative is one can play; who can at once comes first."""
    personas = {one.key: one for one in population.populate(crowd=0).personas}
    with services.database.reading() as db:
        here = set(db.scalars(select(Organisation.credit_code)))
    free = [one for one in organisations() if one.credit_code not in here and _may_come(one)]
    return [
        {**_record(one), "legal_representative": _person(personas[one.representative])}
        for one in sorted(free, key=_nearness)
    ]


def _may_come(one: RegisteredOrganisation) -> bool:
    playable = one.representative not in TURNED_AWAY
    return one.state is RegisteredState.LIVE and not one.unknown_to and playable


def _nearness(one: RegisteredOrganisation) -> tuple[bool, bool]:
    """Whose representative is known at level 4 already, then who has an account, then who may register."""
    return one.representative not in REPRESENTATIVES, one.representative not in LOGINS


def _record(one: RegisteredOrganisation) -> dict[str, Any]:
    return {"uscc": one.credit_code, "name": one.name, "registry": one.registration.adapter or ""}


def _registered(
    db: Session,
    firm: Firm,
    record: RegisteredOrganisation,
    organisation: Organisation,
    known: Mapping[UUID, Persona],
) -> dict[str, Any]:
    represents = known.get(organisation.representative_id) if organisation.representative_id else None
    on_file = population.populate(crowd=0).persona(record.representative)
    query = select(Mandate).where(
        Mandate.organisation_id == organisation.id, Mandate.role != Role.REPRESENTATIVE
    )
    return {
        **_record(record),
        "name": organisation.name,
        "case": firm.case,
        "status": organisation.state,
        "standing": organisation.standing,
        "legal_representative": _person(represents or on_file),
        "represented": represents is not None,
        "agents": [
            _agent(db, one, known) for one in db.scalars(query.order_by(Mandate.created_at, Mandate.id))
        ],
    }


def _agent(db: Session, mandate: Mandate, known: Mapping[UUID, Persona]) -> dict[str, Any]:
    persona = known.get(mandate.agent_person_id) if mandate.agent_person_id else None
    through = db.get(Organisation, mandate.agent_organisation_id) if mandate.agent_organisation_id else None
    groups = [f"{GROUP}{group}" for group in sorted(mandate.groups)]
    return {
        "persona": persona.key if persona else None,
        "organisation": through.credit_code if through else None,
        "role": mandate.role,
        "matters": [EVERYTHING] if mandate.everything else [*groups, *sorted(mandate.matters)],
        "actions": sorted(mandate.actions),
        "until": _until(mandate.valid_until),
        "state": mandate.state,
    }


def _person(persona: Persona) -> dict[str, str]:
    """By what a program finds them among `persons` or `unregistered`."""
    return {"persona": persona.key, "name": persona.name, "id_number": persona.number}


def _until(at: datetime) -> str | None:
    return None if at >= WITHOUT_END else clock.day(at).isoformat()


def _personas(db: Session, vault: Vault, people: Sequence[Told]) -> Mapping[UUID, Persona]:
    found = {one.persona: lookup.by_login(db, vault, one.login, clock.now()) for one in people}
    return {person.id: persona for persona, person in found.items() if person is not None}
