"""The simulated registries of organisations, by the service codes under which the platform knows them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from connectors.catalogue import CIVIL_AFFAIRS
from connectors.legal_person_base import Account
from connectors.simulator.credentials import Credentials
from connectors.simulator.faults import FaultKind
from connectors.simulator.legal_person_offices import (
    CivilAffairsOffice,
    InstitutionsOffice,
    LegalPersonOffice,
    change_list,
    code_in,
)
from connectors.simulator.market_office import MarketOffice
from connectors.simulator.registered import Register

Posted = Mapping[str, str]


@dataclass(frozen=True)
class Service:
    """One interface of a registry: how it answers, and where its question names the credit code."""

    answer: Callable[[Posted, FaultKind | None], Mapping[str, object]]
    code: Callable[[Posted], str]


class Offices:
    """Every registry, with one register behind them all."""

    def __init__(self, register: Register, credentials: Credentials, now: Callable[[], datetime]) -> None:
        market = MarketOffice(register, credentials.market_authcode)
        civil = CivilAffairsOffice(register)
        base = LegalPersonOffice(register, Account(credentials.base_key, credentials.base_secret), now)
        services = {
            "market_query": Service(market.query, _field("uniscid")),
            "market_individual": Service(market.individual, _field("uniscid")),
            "market_verify": Service(market.verify, _field("uniscid")),
            "market_four_elements": Service(market.four_elements, _field("enterpriseMark")),
            "institutions": Service(InstitutionsOffice(register).unit, _field("uscc")),
            "base": Service(base.find, _field("uniscId")),
            "changes": Service(partial(change_list, register), _field("")),
            **{
                name: Service(civil.certificate(category), code_in)
                for category, name in CIVIL_AFFAIRS.items()
            },
        }
        self._services = {credentials.sids[name]: service for name, service in services.items()}

    def serve(self, sid: str) -> bool:
        """Whether a service code is one of theirs."""
        return sid in self._services

    def code(self, sid: str, posted: Mapping[str, object]) -> str:
        """The credit code a call is about, empty where it names none."""
        return self._services[sid].code(_texts(posted))

    def call(self, sid: str, posted: Mapping[str, object], fault: FaultKind | None) -> Mapping[str, object]:
        """Answer one call."""
        return self._services[sid].answer(_texts(posted), fault)


def _field(name: str) -> Callable[[Posted], str]:
    return lambda posted: posted.get(name, "")


def _texts(posted: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in posted.items() if isinstance(value, str)}
