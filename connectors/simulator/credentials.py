"""What requester and simulated platform know of each other; public, and worth nothing elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from connectors.catalogue import (
    BASE,
    CHANGES,
    IDENTITY_CHECK,
    INSTITUTIONS,
    ORGANISATIONS,
    REAL_PERSON,
)
from connectors.chosen import ISSUED
from connectors.signing import PREFIX

PING = "s_1200000000000_0001"
"""A REST service that answers whatever it is asked; it shows that the way is open."""


@dataclass(frozen=True)
class Credentials:
    """Requester id, application key, service codes and the registry's own user, as a platform issues them."""

    rid: str = "rid-sandbox-0001"
    app_key: str = "sandbox-app-key"
    prefix: str = PREFIX
    sids: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {
                IDENTITY_CHECK: "s_1200000900000_2109",
                REAL_PERSON: "s_1200000900000_2110",
                "market_query": "s_1200000100000_3101",
                "market_individual": "s_1200000100000_3102",
                "market_verify": "s_1200000100000_3103",
                "market_four_elements": "s_1200000100000_3104",
                "associations": "s_1200000200000_3201",
                "social_services": "s_1200000200000_3202",
                "foundations": "s_1200000200000_3203",
                INSTITUTIONS: "s_1200000300000_3301",
                BASE: "s_2100000000000_3401",
                CHANGES: "s_2100000000000_3402",
            }
        )
    )
    user: str = "sandbox"
    password: str = "sandbox-registry"  # noqa: S105 – public by purpose
    market_authcode: str = "sandbox-market-authcode"
    base_key: str = "sandbox-base-key"
    base_secret: str = "sandbox-base-secret"  # noqa: S105 – public by purpose
    sms_key: str = "sandbox-sms-key"


SANDBOX = Credentials()


def registry_values(base_url: str, credentials: Credentials = SANDBOX) -> dict[str, object]:
    """The values with which `catalogue.person_registry("public_security", …)` reaches the simulator."""
    return {
        "base_url": base_url,
        "rid": credentials.rid,
        "app_key": credentials.app_key,
        "prefix": credentials.prefix,
        "sids": credentials.sids,
        "user": credentials.user,
        "password": credentials.password,
        "ministry": ("000000", "示范部"),
        "province_system": ("210000000000", "示范省政务服务平台"),
        "unit": ("210000000000", "示范省政务服务中心"),
        "operators": {"self-service": ("210000198001019001", "示范操作员")},
    }


def likeness_values(base_url: str, credentials: Credentials = SANDBOX) -> dict[str, object]:
    """The values with which `catalogue.likeness_service("real_person", …)` reaches the simulator."""
    return {
        "base_url": base_url,
        "rid": credentials.rid,
        "app_key": credentials.app_key,
        "prefix": credentials.prefix,
        "sids": credentials.sids,
        "pages": f"{base_url}/likeness/",
    }


def organisation_values(base_url: str, credentials: Credentials = SANDBOX) -> dict[str, object]:
    """The values with which `catalogue.organisation_registry("exchange", …)` reaches the simulator."""
    return {
        "base_url": base_url,
        "rid": credentials.rid,
        "app_key": credentials.app_key,
        "prefix": credentials.prefix,
        "sids": credentials.sids,
        **{name: getattr(credentials, name) for name in ISSUED},
    }


def organisation_services(credentials: Credentials = SANDBOX) -> dict[str, str]:
    """The table `organisation_services` of an instance's settings, for the simulator."""
    issued = {name: str(getattr(credentials, name)) for name in ISSUED}
    return {name: credentials.sids[name] for name in ORGANISATIONS} | issued


def sms_values(base_url: str, credentials: Credentials = SANDBOX) -> dict[str, object]:
    """The values with which `catalogue.sms_gateway("inbox", …)` reaches the simulator."""
    return {"url": f"{base_url}/sms/send", "key": credentials.sms_key}


def authority_values(base_url: str, trusted: bytes) -> dict[str, object]:
    """The values with which `catalogue.certificate_authority("provincial", …)` reaches the simulator."""
    lists = [f"{base_url}/ca/issuing.crl", f"{base_url}/ca/root.crl"]
    return {"trusted": trusted, "crl_urls": lists, "ocsp_url": f"{base_url}/ca/ocsp"}
