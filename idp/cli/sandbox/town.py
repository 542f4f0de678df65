"""The town: its clients and people, brought into being, and the document that tells programs about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.simulator.personas import Persona
from idp import clock
from idp.audit import scope
from idp.cli.sandbox import (
    admins,
    cards,
    catalogue,
    clients,
    enterprises,
    estate,
    offices,
    people,
    province,
    roster,
    windows,
)
from idp.cli.sandbox.admins import Official
from idp.cli.sandbox.offices import Clerk
from idp.cli.sandbox.people import Told
from idp.cli.sandbox.places import Places
from idp.services import Services

SETTLER = scope.Scope(request_id="sandbox", actor="sandbox")


@dataclass(frozen=True)
class Town:
    """Who lives there, who might come, and `sandbox.json`."""

    people: list[Told]
    free: list[Persona]
    staff: list[Clerk]
    admins: list[Official]
    document: dict[str, Any]


def settle(services: Services, where: Places, told: Mapping[str, Any]) -> Town:
    """Make what is missing, keeping what `told`, the last `sandbox.json`, promised."""
    with scope.within(SETTLER):
        with services.database.writing() as db:
            settled = clients.settle(db, where, told, clock.now())
            matters = catalogue.settle(db, clock.now())
            counters = windows.settle(db, told, clock.now())
            by_saml = estate.settle(db, services.settings.home, where, services.settings.issuer)
        inhabitants = people.settle(services, told)
        firms = enterprises.settle(services, where.registry_control, inhabitants, told)
        bearers = cards.settle(services, inhabitants, told)
        clerks = offices.settle(services, where, told)
        officials = admins.settle(services, told)
        with services.database.writing() as db:
            windows.appoint(db)
    free = people.unregistered(services)
    companies = roster.of_registered(services, firms, inhabitants)
    return Town(
        inhabitants,
        free,
        clerks,
        officials,
        {
            "issuer": services.settings.issuer,
            "clients": settled,
            "persons": [
                {**one, "certificate": bearers.get(str(one["persona"]))}
                for one in people.as_told(inhabitants)
            ],
            "staff": offices.as_told(clerks),
            "unregistered": people.as_free(free),
            "organisations": companies,
            "unregistered_organisations": roster.of_unregistered(services),
            "registry_control": where.registry_control,
            "sms_inbox": where.sms_inbox,
            "province": province.as_told(where),
            "portals": [where.city_portal, where.housing_fund],
            "offices": [where.approvals, where.archive],
            "cas": {
                "login": f"{services.settings.issuer}/cas/login",
                "services": [f"{where.pension}/mine"],
            },
            "proxied": {
                "sites": [where.property_records],
                "verify": f"{services.settings.issuer}/forward-auth/verify",
            },
            "saml": by_saml,
            **counters,
            "matters": matters,
            "admins": admins.as_told(officials),
        },
    )
