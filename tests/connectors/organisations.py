"""What the suites of the registries of organisations share: claims of the simulated ones, and who is asked."""

from dataclasses import replace
from typing import Any

from connectors import catalogue
from connectors.gateway import Limits
from connectors.simulator.credentials import SANDBOX, organisation_values
from connectors.simulator.registered import RegisteredOrganisation, organisations
from idp.organisations.registry import OrganisationClaim, OrganisationRegistry, Representative
from idp.persons.registry import Purpose
from tests.connectors.stage import PATIENT, POPULATION, Stage

ORGANISATIONS = {one.key: one for one in organisations(POPULATION)}
PURPOSE = Purpose(system="yitong", matter="organisation_registration")


def registry(stage: Stage, limits: Limits = PATIENT, **values: object) -> OrganisationRegistry:
    """All registries of a running simulator; `without` names service codes that are not connected."""
    known = {**organisation_values(stage.url), "limits": limits, **values}
    without = known.pop("without", ())
    assert isinstance(without, tuple)
    sids = {name: sid for name, sid in SANDBOX.sids.items() if name not in without}
    return catalogue.organisation_registry("exchange", **{**known, "sids": sids})


def represented_by(key: str) -> Representative:
    """The persona of that key, who says that they represent something."""
    persona = POPULATION.persona(key)
    return Representative(persona.name, persona.kind.value, persona.number)


def claim(key: str, **changes: Any) -> OrganisationClaim:
    """Code and name of the organisation of that key."""
    one = ORGANISATIONS[key]
    return replace(OrganisationClaim(one.credit_code, one.name, PURPOSE), **changes)


def four_elements(key: str, **changes: Any) -> OrganisationClaim:
    """The same, with its representative's name and number."""
    one: RegisteredOrganisation = ORGANISATIONS[key]
    return claim(key, representative=represented_by(one.representative), **changes)
