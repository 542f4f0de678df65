"""Names in the settings, and the implementation each stands for; the builders take plain values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from types import MappingProxyType
from typing import Any, NoReturn

from connectors import civil_affairs, institutions, legal_person_base, market_regulation
from connectors.aliyun_sms import AliyunSms
from connectors.certificate_authority import ProvincialAuthority
from connectors.civil_affairs import CivilAffairs
from connectors.cloud_sms import CloudSms, SmsAccount
from connectors.gateway import Gateway, Limits, Requester
from connectors.institutions import Institutions
from connectors.legal_person_base import Account, LegalPersonBase
from connectors.market_regulation import MarketRegulation, Services
from connectors.organisations import Adapter, Registries
from connectors.population_base import Asker, Office, Operator
from connectors.public_security import PublicSecurity
from connectors.real_person import RealPerson
from connectors.registry_changes import RegistryChanges
from connectors.signing import PREFIX
from connectors.sms import InboxSms
from connectors.tencent_sms import TencentSms
from connectors.working_secret import Shelf
from idp.authenticators.certificate_authority import CertificateAuthority
from idp.authenticators.directory import Directory
from idp.calling.wire import Wire
from idp.crypto import certificates
from idp.notices.sms import SmsGateway
from idp.organisations.registry import ChangeFeed, OrganisationRegistry
from idp.persons.likeness import LikenessService
from idp.persons.registry import PersonRegistry

IDENTITY_CHECK = "identity_check"
"""The key in `sids` of the service code for the population base's identity check."""
REAL_PERSON = "real_person"
"""The key in `sids` of the service code for comparing faces."""
MARKET = ("market_query", "market_individual", "market_verify", "market_four_elements")
"""The keys in `sids` of market regulation's services."""
CIVIL_AFFAIRS = {"1": "associations", "2": "social_services", "3": "foundations"}
"""The keys of civil affairs' services, by the category each knows."""
INSTITUTIONS, BASE, CHANGES = "institutions", "base", "changes"
"""The keys of 机构编制, of the provincial base of legal persons, and of the list of changes."""
ORGANISATIONS = (*MARKET, *CIVIL_AFFAIRS.values(), INSTITUTIONS, BASE, CHANGES)
"""The keys of all services about organisations."""


def exchange(
    *,
    base_url: str,
    rid: str,
    app_key: str,
    prefix: str = PREFIX,
    ca_file: str | None = None,
    signed_answers: bool = True,
    connect_timeout: float = 3.0,
    limits: Limits | None = None,
    shelf: Shelf | None = None,
) -> Gateway:
    """The data-exchange platform; one gateway serves all registries behind it."""
    return Gateway(
        Wire(base_url, connect_timeout=connect_timeout, ca_file=ca_file),
        Requester(rid, app_key, prefix),
        limits=limits,
        signed_answers=signed_answers,
        shelf=shelf,
    )


def public_security(
    *,
    base_url: str,
    rid: str,
    app_key: str,
    sids: Mapping[str, str],
    ministry: tuple[str, str],
    province_system: tuple[str, str],
    unit: tuple[str, str],
    operators: Mapping[str, tuple[str, str]],
    user: str,
    password: str,
    businesses: Mapping[str, str] | None = None,
    systems: Mapping[str, str] | None = None,
    compares_phone: bool = True,
    namespace: str = "urn:population-base",
    prefix: str = PREFIX,
    ca_file: str | None = None,
    signed_answers: bool = True,
    connect_timeout: float = 3.0,
    limits: Limits | None = None,
    shelf: Shelf | None = None,
) -> PersonRegistry:
    """The population base; pairs are (code, name), operators map a purpose's operator to (number, name)."""
    if "self-service" not in operators:
        raise ValueError("operators must name the registered operator of self-service")
    return PublicSecurity(
        exchange(
            base_url=base_url,
            rid=rid,
            app_key=app_key,
            prefix=prefix,
            ca_file=ca_file,
            signed_answers=signed_answers,
            connect_timeout=connect_timeout,
            limits=limits,
            shelf=shelf,
        ),
        sid=sids[IDENTITY_CHECK],
        asker=Asker(Office(*ministry), Office(*province_system), Office(*unit), user, password, namespace),
        operators={key: Operator(*officer) for key, officer in operators.items()},
        businesses=businesses,
        systems=systems,
        compares_phone=compares_phone,
    )


def provincial(
    *,
    trusted: bytes,
    crl_urls: Sequence[str] = (),
    ocsp_url: str = "",
    total: float = 4.0,
    connect_timeout: float = 2.0,
) -> CertificateAuthority:
    """The provincial certification authority; `trusted` is PEM: its roots, and issuing ones if need be."""
    return ProvincialAuthority(
        certificates.anchors(trusted),
        crl_urls=crl_urls,
        ocsp_url=ocsp_url,
        total=total,
        connect_timeout=connect_timeout,
    )


def real_person(
    *,
    base_url: str,
    rid: str,
    app_key: str,
    sids: Mapping[str, str],
    pages: str,
    prefix: str = PREFIX,
    ca_file: str | None = None,
    signed_answers: bool = True,
    connect_timeout: float = 3.0,
    limits: Limits | None = None,
    shelf: Shelf | None = None,
) -> LikenessService:
    """The comparison of faces; `pages` is the address below which its own pages lie."""
    return RealPerson(
        exchange(
            base_url=base_url,
            rid=rid,
            app_key=app_key,
            prefix=prefix,
            ca_file=ca_file,
            signed_answers=signed_answers,
            connect_timeout=connect_timeout,
            limits=limits,
            shelf=shelf,
        ),
        sid=sids[REAL_PERSON],
        pages=pages,
    )


def registries(
    *,
    base_url: str,
    rid: str,
    app_key: str,
    sids: Mapping[str, str],
    market_authcode: str = "",
    base_key: str = "",
    base_secret: str = "",
    prefix: str = PREFIX,
    ca_file: str | None = None,
    signed_answers: bool = True,
    connect_timeout: float = 3.0,
    limits: Limits | None = None,
    shelf: Shelf | None = None,
) -> OrganisationRegistry:
    """The registries of organisations; one whose service codes are empty is not connected."""
    gateway = exchange(
        base_url=base_url,
        rid=rid,
        app_key=app_key,
        prefix=prefix,
        ca_file=ca_file,
        signed_answers=signed_answers,
        connect_timeout=connect_timeout,
        limits=limits,
        shelf=shelf,
    )
    query, individual, verify, four_elements = (sids.get(name, "") for name in MARKET)
    market = Services(query, individual, verify, four_elements, market_authcode)
    civil = {category: sids.get(name, "") for category, name in CIVIL_AFFAIRS.items()}
    account = Account(base_key, base_secret)
    adapters: dict[str, Adapter] = {
        market_regulation.AUTHORITY: MarketRegulation(gateway, market),
        civil_affairs.AUTHORITY: CivilAffairs(gateway, civil),
        institutions.AUTHORITY: Institutions(gateway, sids.get(INSTITUTIONS, "")),
        legal_person_base.AUTHORITY: LegalPersonBase(gateway, sids.get(BASE, ""), account),
    }
    return Registries(adapters, gateway.deadline)


def change_list(*, sids: Mapping[str, str], **platform: Any) -> ChangeFeed:
    """The list of organisations that changed; `platform` is what `exchange` takes."""
    return RegistryChanges(exchange(**platform), sids[CHANGES])


def directory(
    *,
    name: str,
    servers: Sequence[str],
    ca_file: str | None,
    bind_dn: str,
    bind_password: str,
    base: str,
    people: str,
    disabled_values: Sequence[str],
    within: float,
    attributes: Mapping[str, str],
) -> Directory:
    """The directory of civil servants, asked for `within` seconds; `attributes` by what they tell."""
    from connectors.directory import LdapDirectory, Shape  # ldap3 is slow to load, and many have no directory
    from connectors.ldap import Servers

    shape = Shape(base=base, people=people, disabled_values=disabled_values, **attributes)
    return LdapDirectory(name, Servers(servers, ca_file, within), shape, bind_dn, bind_password)


ACCOUNT = frozenset(one.name for one in fields(SmsAccount))


def _cloud(gateway: type[CloudSms]) -> Callable[..., SmsGateway]:
    """Builds a cloud's gateway: the values of an account, and those of the way there."""

    def build(**values: Any) -> SmsGateway:
        account = {name: value for name, value in values.items() if name in ACCOUNT}
        return gateway(SmsAccount(**account), **{n: v for n, v in values.items() if n not in ACCOUNT})

    return build


PERSON_REGISTRIES: Mapping[str, Callable[..., PersonRegistry]] = MappingProxyType(
    {"public_security": public_security}
)
LIKENESS_SERVICES: Mapping[str, Callable[..., LikenessService]] = MappingProxyType(
    {"real_person": real_person}
)
ORGANISATION_REGISTRIES: Mapping[str, Callable[..., OrganisationRegistry]] = MappingProxyType(
    {"exchange": registries}
)
SMS_GATEWAYS: Mapping[str, Callable[..., SmsGateway]] = MappingProxyType(
    {"inbox": InboxSms, "aliyun": _cloud(AliyunSms), "tencent": _cloud(TencentSms)}
)

CERTIFICATE_AUTHORITIES: Mapping[str, Callable[..., CertificateAuthority]] = MappingProxyType(
    {"provincial": provincial}
)


def person_registry(name: str, **values: object) -> PersonRegistry:
    """The registry of that name, built from its values; ValueError names the known ones."""
    build = PERSON_REGISTRIES.get(name) or _unknown(name, PERSON_REGISTRIES)
    return build(**values)


def likeness_service(name: str, **values: object) -> LikenessService:
    """The comparison service of that name, built from its values; ValueError names the known ones."""
    build = LIKENESS_SERVICES.get(name) or _unknown(name, LIKENESS_SERVICES)
    return build(**values)


def organisation_registry(name: str, **values: object) -> OrganisationRegistry:
    """The registries of that name, built from their values; ValueError names the known ones."""
    build = ORGANISATION_REGISTRIES.get(name) or _unknown(name, ORGANISATION_REGISTRIES)
    return build(**values)


def sms_gateway(name: str, **values: object) -> SmsGateway:
    """The SMS gateway of that name, built from its values; ValueError names the known ones."""
    build = SMS_GATEWAYS.get(name) or _unknown(name, SMS_GATEWAYS)
    return build(**values)


def certificate_authority(name: str, **values: object) -> CertificateAuthority:
    """The certification authority of that name, built from its values; ValueError names the known ones."""
    build = CERTIFICATE_AUTHORITIES.get(name) or _unknown(name, CERTIFICATE_AUTHORITIES)
    return build(**values)


def _unknown(name: str, known: Mapping[str, object]) -> NoReturn:
    raise ValueError(f"{name!r} is none of: {', '.join(sorted(known))}")
