"""Tables among the settings for other identity providers: one an upstream, and what of it is believed."""

from collections.abc import Mapping
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from idp.zones import LOOPBACK

CLAIMS = {
    "name": "name",
    "kind": "id_type",
    "number": "id_number",
    "phone": "phone_number",
    "level": "ial",
    "organisation_code": "organisation_code",
    "organisation_name": "organisation_name",
    "national": "national",
    "cert_key": "cert_key",
}
"""What we can hear of somebody, in our words → the claim that says it, unless another is named."""

Protocol = Literal["oidc", "dialect", "cas", "saml"]
"""The names of `federation.catalogue.PROTOCOLS`."""
BRING_LEVELS = ("dialect",)
"""Protocols whose profiles know the upstream's signs for levels."""
Mode = Literal["hub", "spoke", "broker", "tenant"]
PROVINCIAL = ("hub", "tenant")
"""The modes of a province's own instance."""
RunBy = Literal["province", "city", "nation", "ministry"]


class Trust(BaseModel):
    """What of an upstream's word is believed."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    levels: dict[str, int] = {}
    """Its sign for how well somebody is known → our identity level, 0 to 5; a sign that is not here counts
    for nothing. Look out for scales that run the other way."""
    highest_level: int = Field(3, ge=0, le=5)
    """The highest identity level that is believed, whatever it says."""
    highest_aal: int = Field(1, ge=1, le=3)
    """The most its sign-in counts for, whatever it says."""
    must_match: list[Literal["name", "birth_date"]] = ["name"]
    """What must agree, beside the document's number, with the account that is here; else a case is opened."""
    ignored: list[Literal["phone", "organisation", "national", "cert_key"]] = ["phone"]
    """What it says and is knowingly not used; with `organisation`, the one somebody signed in for there is
    not proposed to them here."""
    checked: bool = True
    """Whether a registry is asked too, where one is connected; its word wins."""
    may_create: bool = True
    """Whether somebody who is new here gets an account by its word."""
    max_age: int = Field(43200, ge=60)
    """Seconds after which its person must have proven themselves anew there."""
    evidence_days: int = Field(365, ge=1, le=1825)
    """Days for which its word keeps a level."""
    national: bool = False
    """Whether it may say that it only hands on what the national platform asserts (gbTrust)."""

    @field_validator("levels")
    @classmethod
    def _levels_are_ours(cls, value: dict[str, int]) -> dict[str, int]:
        strange = sorted(sign for sign, level in value.items() if not 0 <= level <= 5)
        if strange:
            raise ValueError(f"levels go from 0 to 5: {', '.join(strange)}")
        return value


class UpstreamTable(BaseModel):
    """Another identity provider whose people may come here, such as the province's."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    protocol: Protocol = "oidc"
    """What it speaks: OpenID Connect, a province's own dialect, CAS 3 or SAML 2.0."""
    profile: str = Field("", pattern=r"^[a-z0-9-]{0,32}$")
    """Of a dialect: `shaanxi`, `liaoning`, `guangdong`, `zhejiang` or `national`."""
    title: str = Field(min_length=1, max_length=40)
    """What people know it by: `陕西政务服务网`."""
    title_en: str = Field("", max_length=80)
    """The same in English."""
    run_by: RunBy = "province"
    """Whose it is. Ministries and the nation are docked by the province alone (`mode = "hub"`)."""
    issuer: str
    """Its address, as it calls itself."""
    endpoints: dict[str, str] = {}
    """Addresses it does not publish: `authorization`, `token`, `userinfo`, `jwks`, `end_session`; of a
    dialect `back_end`, where machines ask it at another address than browsers."""
    client_id: str
    """What it calls us."""
    client_secret: str = Field("", repr=False)
    """The secret it issued to us."""
    asks_as: str = Field("", max_length=64)
    """The client id under which its people sign in here, if they do; they are never sent back to it."""
    scopes: list[str] = ["openid", "profile", "identity_document"]
    """What is asked of it."""
    claims: dict[str, str] = {}
    """What we can hear → its claim, where that is not the usual one."""
    kinds: dict[str, str] = {}
    """Its sign for a kind of document → ours, where they differ."""
    options: dict[str, str] = {}
    """What a profile needs besides; for SAML `metadata`, the file its operator gave us."""
    secrets: dict[str, str] = Field({}, repr=False)
    """Keys a profile needs besides."""
    ca_file: str | None = None
    """Certificates that its TLS is verified against; empty: the system's."""
    answers_within: float = Field(1.5, ge=0.1, le=30)
    """Seconds it has to say something before a browser is sent there; where it is silent for longer, people
    stay here and hear so."""
    trust: Trust = Trust()
    """What of its word is believed."""

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_address(cls, value: str) -> str:
        return _address(value)

    @field_validator("endpoints")
    @classmethod
    def _endpoints_are_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        return {name: _address(url) for name, url in value.items()}

    @field_validator("claims")
    @classmethod
    def _claims_are_known(cls, value: dict[str, str]) -> dict[str, str]:
        strange = sorted(set(value) - set(CLAIMS))
        if strange:
            raise ValueError(f"we hear {', '.join(CLAIMS)}; not {', '.join(strange)}")
        return value

    @model_validator(mode="after")
    def _levels_lead_somewhere(self) -> "UpstreamTable":
        nothing_known = not self.trust.levels and self.protocol not in BRING_LEVELS
        if self.trust.highest_level > 0 and self.trust.may_create and nothing_known:
            raise ValueError("trust.levels is empty, so nobody it sends would be known; name its signs")
        return self


def misplaced(mode: str, own_issuer: str, tables: Mapping[str, UpstreamTable]) -> list[str]:
    """What is wrong with which upstreams an instance of this mode has; in words that help."""
    faults = []
    for name, table in tables.items():
        if table.run_by in {"ministry", "nation"} and mode not in PROVINCIAL:
            whose = "a ministry" if table.run_by == "ministry" else "the nation"
            faults.append(
                f"{name} is run by {whose}: its identity provider is docked by the province, and a city "
                'reaches it through the province\'s (only a province, mode = "hub" or "tenant", may name it)'
            )
        if table.issuer.rstrip("/") == own_issuer.rstrip("/"):
            faults.append(f"{name} is this very instance; an upstream is somebody else")
    if mode == "broker" and not any(table.trust.may_create for table in tables.values()):
        faults.append('mode = "broker" registers nobody here, so an upstream must be trusted to (may_create)')
    return faults


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.fragment:
        raise ValueError("must be an address such as https://id.province.example")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise ValueError("plain http is for loopback only; use https")
    return value
