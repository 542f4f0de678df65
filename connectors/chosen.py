"""The adapters an instance's settings choose; what is not configured is absent and says so by its type."""

from typing import Any

from connectors import catalogue
from idp.authenticators.certificate_authority import CertificateAuthority
from idp.authenticators.directory import Directory
from idp.notices.sms import NoSms, SmsGateway
from idp.organisations.registry import ChangeFeed, NoOrganisationRegistry, OrganisationRegistry
from idp.persons.likeness import LikenessService
from idp.persons.registry import NoRegistry, PersonRegistry
from idp.settings import Settings
from idp.settings_tables import Exchange

ISSUED = ("market_authcode", "base_key", "base_secret")
"""What registries of organisations issue to those who may ask."""
ATTRIBUTES = ("login", "id", "name", "unit", "post", "window", "disabled")
"""What is read of a civil servant's entry."""


def person_registry(settings: Settings) -> PersonRegistry:
    """The authority on natural persons."""
    exchange = settings.exchange
    if settings.registry == "none" or exchange is None:
        return NoRegistry()
    return catalogue.person_registry(
        settings.registry,
        **_platform(exchange),
        sids={catalogue.IDENTITY_CHECK: exchange.identity_check},
        ministry=exchange.ministry,
        province_system=exchange.province_system,
        unit=exchange.unit,
        operators={"self-service": exchange.operator},
        user=exchange.user,
        password=exchange.password,
        compares_phone=exchange.compares_phone,
    )


def likeness_service(settings: Settings) -> LikenessService | None:
    """Who compares faces."""
    exchange = settings.exchange
    if settings.likeness == "none" or exchange is None:
        return None
    return catalogue.likeness_service(
        settings.likeness,
        **_platform(exchange),
        sids={catalogue.REAL_PERSON: exchange.real_person},
        pages=exchange.real_person_pages,
    )


def organisation_registry(settings: Settings) -> OrganisationRegistry:
    """The authorities on organisations."""
    exchange, services = settings.exchange, settings.organisation_services
    if settings.organisation_registry == "none" or exchange is None or services is None:
        return NoOrganisationRegistry()
    return catalogue.organisation_registry(
        settings.organisation_registry,
        **_platform(exchange),
        sids={name: getattr(services, name) for name in catalogue.ORGANISATIONS},
        **{name: getattr(services, name) for name in ISSUED},
    )


def change_feed(settings: Settings) -> ChangeFeed | None:
    """Who tells which organisations changed."""
    exchange, services = settings.exchange, settings.organisation_services
    if settings.organisation_registry == "none" or exchange is None or services is None:
        return None
    if not services.changes:
        return None
    return catalogue.change_list(sids={catalogue.CHANGES: services.changes}, **_platform(exchange))


def certificate_authority(settings: Settings) -> CertificateAuthority | None:
    """Who says whether a certificate holds."""
    chosen = settings.certificates
    if chosen is None:
        return None
    return catalogue.certificate_authority(
        chosen.authority,
        trusted=chosen.trusted.read_bytes(),
        crl_urls=chosen.crl_urls,
        ocsp_url=chosen.ocsp_url,
        total=chosen.answers_within,
    )


def directory(settings: Settings) -> Directory | None:
    """The civil servants."""
    asked = settings.directory
    if asked is None:
        return None
    return catalogue.directory(
        name=asked.name,
        servers=asked.servers,
        ca_file=asked.ca_file,
        bind_dn=asked.bind_dn,
        bind_password=asked.bind_password,
        base=asked.base,
        people=asked.people_filter,
        disabled_values=asked.disabled_values,
        within=asked.answers_within,
        attributes={name: getattr(asked, f"{name}_attribute") for name in ATTRIBUTES},
    )


def sms_gateway(settings: Settings) -> SmsGateway:
    """Who sends text messages."""
    if settings.sms_gateway == "none":
        return NoSms()
    cloud, inbox = settings.sms_account, {"url": settings.sms_url, "key": settings.sms_key}
    return catalogue.sms_gateway(settings.sms_gateway, **(cloud.model_dump() if cloud else inbox))


def _platform(exchange: Exchange) -> dict[str, Any]:
    names = ("rid", "app_key", "prefix", "ca_file")
    return {"base_url": exchange.url, **{name: getattr(exchange, name) for name in names}}
