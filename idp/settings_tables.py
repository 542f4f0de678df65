"""Tables among the settings, one for a counterpart that only some instances have."""

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from idp.crypto.certificates import anchors
from idp.zones import host_of

ATTRIBUTE = r"^[A-Za-z][A-Za-z0-9-]*$"
ATTRIBUTE_OR_NONE = r"^([A-Za-z][A-Za-z0-9-]*)?$"


class Certificates(BaseModel):
    """The authority that certifies people, and the ways in which certificates come to us."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    authority: Literal["provincial"] = "provincial"
    """Which adapter asks it."""
    trusted: Path
    """PEM file with its roots, and with authorities below them that people do not send along."""
    crl_urls: list[str] = []
    """Where its revocation lists are; every one must be at hand."""
    ocsp_url: str = ""
    """Its OCSP responder; it must sign its answers with our nonce in them."""
    answers_within: float = Field(4, ge=0.5, le=30)
    """Seconds in which all of them together must have said that a certificate holds."""
    header: str = Field("", pattern=r"^([A-Za-z][A-Za-z0-9]{3,39})?$")
    """Header in which a trusted proxy passes on the TLS client certificate it saw (PEM, percent-encoded);
    letters and digits only, because in a name with dashes an underscore could pass for one. Empty: none."""
    ukey_url: str = Field("", pattern=r"^(https?://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/[!-~]*)?$")
    """Where the service of a UKey listens on the person's own computer; empty: signatures are pasted."""

    @field_validator("trusted")
    @classmethod
    def _has_a_root(cls, value: Path) -> Path:
        try:
            anchors(value.read_bytes())
        except OSError as failure:
            raise ValueError(f"cannot be read: {failure.strerror}") from failure
        except ValueError as failure:
            raise ValueError("holds no root certificate") from failure
        return value

    @model_validator(mode="after")
    def _revocation_can_be_learned(self) -> "Certificates":
        if not self.crl_urls and not self.ocsp_url:
            raise ValueError("name a revocation list (crl_urls) or an OCSP responder (ocsp_url)")
        return self


class NetworkZone(BaseModel):
    """A network besides the issuer's own in which the provider is reached, such as the 政务外网."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    base: str
    """Where endpoints and pages are reached there: an origin, of the issuer's scheme."""
    hosts: list[str] = []
    """More host names it goes by there, with the port if it is not the usual one."""

    @field_validator("base")
    @classmethod
    def _base_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.netloc or parts.path or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must be an origin such as https://id.example.gov.cn, without a path")
        return value


def apart(zones: dict[str, NetworkZone], before: ValidationInfo) -> dict[str, NetworkZone]:
    """Refuse zones that share a host name, or whose scheme is not the issuer's."""
    home = urlsplit(before.data.get("issuer", ""))
    taken = {home.netloc.lower()}
    for name, zone in zones.items():
        if urlsplit(zone.base).scheme != home.scheme:
            raise ValueError(f"{name}: must be {home.scheme} like the issuer")
        own = {host_of(zone.base), *(host.lower() for host in zone.hosts)}
        if own & taken:
            raise ValueError(f"{name}: its host names are another's: {', '.join(sorted(own & taken))}")
        taken |= own
    return zones


class SmsCloud(BaseModel):
    """Our account at a cloud's message service; templates by topic, in another language by `topic.en`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    url: str
    """Where messages are sent: `https://dysmsapi.aliyuncs.com` or `https://sms.tencentcloudapi.com`."""
    key_id: str
    """Id of our key."""
    key: str = Field(repr=False)
    """The key that signs our calls."""
    sign_name: str
    """The approved signature that stands before every message."""
    region: str = ""
    """Region of the service, where it asks for one: `ap-guangzhou`."""
    app_id: str = ""
    """The application's id (Tencent)."""
    templates: dict[str, str]
    """Approved templates: a topic of `idp/notices/wording`, and the template's id."""
    voice_url: str = ""
    """Where calls are made: `https://dyvmsapi.aliyuncs.com` or `https://vms.tencentcloudapi.com`."""
    voice_app_id: str = ""
    """The voice application's id (Tencent)."""
    voice_number: str = ""
    """The number that calls (Aliyun); empty: one of theirs."""
    voice_templates: dict[str, str] = {}
    """Approved templates to be read out: `code.spoken`, and `code.spoken.phone` if there is one."""
    ca_file: str | None = None
    """Certificates that the service's TLS is verified against; empty: the system's."""


class Exchange(BaseModel):
    """Our place at the data exchange platform; pairs are (code, name)."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    url: str
    """Base address of the platform."""
    rid: str
    """Our requester id."""
    app_key: str = Field(repr=False)
    """Our long-term key."""
    prefix: str = "gjzwfwpt_"
    """Prefix of the four signing headers."""
    ca_file: str | None = None
    """Certificates that the platform's TLS is verified against; empty: the system's."""
    identity_check: str
    """Service code of the population base's identity check."""
    ministry: tuple[str, str]
    """Requesting ministry."""
    province_system: tuple[str, str]
    """Provincial system."""
    unit: tuple[str, str]
    """Unit of the operator."""
    operator: tuple[str, str] = Field(repr=False)
    """Registered operator of self-service: their own (number, name), as the registry demands."""
    user: str
    """User of the registry's service."""
    password: str = Field(repr=False)
    """Password of the registry's service."""
    compares_phone: bool = True
    """Whether the registry's service compares the phone too; off where it has no element for it."""
    real_person: str = ""
    """Service code of the comparison of faces."""
    real_person_pages: str = ""
    """Address below which that service's own pages lie; people are sent nowhere else."""


class OrganisationServices(BaseModel):
    """Service codes, at the exchange, of the registries of organisations; an empty one is not connected."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    market_query: str = ""
    """Market regulation: companies and cooperatives."""
    market_individual: str = ""
    """Market regulation: individual businesses."""
    market_verify: str = ""
    """Market regulation: comparison of name and code, where companies cannot be queried."""
    market_four_elements: str = ""
    """Market regulation: the four elements, with the representative's name and number."""
    market_authcode: str = Field("", repr=False)
    """Authorisation code of its queries."""
    associations: str = ""
    """Civil affairs: 社会团体."""
    social_services: str = ""
    """Civil affairs: 民办非企业单位 (社会服务机构)."""
    foundations: str = ""
    """Civil affairs: 基金会."""
    institutions: str = ""
    """机构编制: 机关, 事业单位 and 群众团体."""
    base: str = ""
    """The provincial base of legal persons 法人库: all the others, and second source for everybody."""
    base_key: str = ""
    """Our application key there."""
    base_secret: str = Field("", repr=False)
    """Its secret, with which calls to the base are signed."""
    changes: str = ""
    """The list of organisations that changed."""

    @property
    def connected(self) -> bool:
        """Whether any registry can be asked."""
        asked = (self.market_query, self.market_individual, self.market_verify, self.associations)
        return any((*asked, self.social_services, self.foundations, self.institutions, self.base))

    @model_validator(mode="after")
    def _the_base_is_signed_to(self) -> "OrganisationServices":
        if self.base and not (self.base_key and self.base_secret):
            raise ValueError("the base needs base_key and base_secret")
        return self


class StaffDirectory(BaseModel):
    """The directory of civil servants (LDAP); an attribute that is empty is not looked at."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: str = Field("directory", pattern=r"^[a-z0-9_-]{1,32}$")
    """What it is called here; civil servants are remembered under it, so it never changes."""
    servers: list[str] = Field(min_length=1)
    """Addresses, the first that is well is asked: `ldaps://host:636`, or `ldap://host:389` with StartTLS."""
    ca_file: str | None = None
    """Certificates that the servers' TLS is verified against; empty: the system's."""
    answers_within: float = Field(0.9, ge=0.1, le=30)
    """Seconds it has for an answer; a server with another behind it has less than half of them."""
    base: str
    """DN below which civil servants are found."""
    bind_dn: str
    """DN of our service account, which may read the attributes below and nothing else."""
    bind_password: str = Field(repr=False)
    """Its password."""
    people_filter: str = Field("(objectClass=inetOrgPerson)", pattern=r"^\(.+\)$")
    """LDAP filter of the entries that are civil servants."""
    login_attribute: str = Field("uid", pattern=ATTRIBUTE)
    """What they sign in with; it must be unique."""
    id_attribute: str = Field("entryUUID", pattern=ATTRIBUTE)
    """The entry's own id, never given to another: `entryUUID`, or `objectGUID` in Active Directory."""
    name_attribute: str = Field("cn", pattern=ATTRIBUTE)
    """Their name."""
    unit_attribute: str = Field("departmentNumber", pattern=ATTRIBUTE)
    """The code of their unit."""
    post_attribute: str = Field("title", pattern=ATTRIBUTE_OR_NONE)
    """Their post."""
    window_attribute: str = Field("", pattern=ATTRIBUTE_OR_NONE)
    """The counter at which they serve the public."""
    disabled_attribute: str = Field("", pattern=ATTRIBUTE_OR_NONE)
    """What says that an entry is disabled; `userAccountControl` is understood."""
    disabled_values: list[str] = ["TRUE"]
    """The values of it that say so."""
    units: dict[str, str] = {}
    """Code of a unit there → code of its department here, where they differ."""
    locks_after: int = Field(5, ge=3, le=1000)
    """Wrong passwords after which the directory locks an entry; strangers are stopped well before."""
    locks_within: int = Field(900, ge=1)
    """Seconds for which it counts them."""
    refresh: int = Field(60, ge=5)
    """Seconds after which the worker asks again whether somebody is still there."""
