"""Typed settings, read once from the environment and an optional file; every fault is reported together.

Environment variables carry the prefix `IDP_`; the file is TOML, named by `IDP_SETTINGS`
(default `var/settings.toml` below the home folder). The environment wins.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from idp.settings_faults import sentences, unknown
from idp.settings_tables import (
    Certificates,
    Exchange,
    NetworkZone,
    OrganisationServices,
    SmsCloud,
    StaffDirectory,
    apart,
)
from idp.settings_upstreams import Mode, UpstreamTable, misplaced


class SettingsFault(Exception):
    """The configuration cannot be used; `faults` says everything that is wrong with it.

    `sound` is what remains when every setting in `unsound` is left at its default, so that the rest can still
    be looked at.
    """

    def __init__(self, faults: list[str], sound: "Settings", unsound: frozenset[str] = frozenset()) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults
        self.sound = sound
        self.unsound = unsound


TABLES = (
    "zones",
    "exchange",
    "organisation_services",
    "directory",
    "certificates",
    "sms_account",
    "upstreams",
)
"""Settings that are tables."""
UPSTREAM_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class Settings(BaseSettings):
    """Everything an operator may decide. Attribute docstrings become the reference page."""

    model_config = SettingsConfigDict(
        env_prefix="IDP_", extra="forbid", use_attribute_docstrings=True, enable_decoding=False
    )

    home: Path = Path("var")
    """Folder of the embedded database, the master key and other files of this instance."""
    issuer: str = "http://127.0.0.1:8000"
    """The one public address of this provider; tokens carry it and it never comes from a request."""
    zones: Annotated[dict[str, NetworkZone], AfterValidator(apart)] = {}
    """Other networks in which this provider is reached, by name: `[zones.extranet]`. The issuer stays the
    same; discovery, pages and redirects there are at the zone's own address."""
    name: str = "统一身份认证平台"
    """The name people see on every page."""
    name_en: str = "Unified Identity Service"
    """The same in English."""
    listen_host: str = "127.0.0.1"
    """Address the server binds to."""
    listen_port: int = Field(8000, ge=1, le=65535)
    """Port the server binds to."""
    metrics_port: int = Field(0, ge=0, le=65535)
    """Loopback port for `/metrics`; 0 leaves it off."""
    workers: int = Field(2, ge=1, le=64)
    """Server processes."""
    threads: int = Field(8, ge=1, le=64)
    """Threads at work in each process; as many again may wait for a store."""
    trusted_proxies: list[str] = []
    """Networks whose forwarded headers are believed, for example `["10.0.0.0/8"]`."""

    database_url: str = ""
    """SQLAlchemy URL; empty means SQLite in the home folder. PostgreSQL: `postgresql+psycopg://…`."""
    state_url: str = ""
    """Where minutes-long state lives: empty (SQLite file, or the PostgreSQL database), or one Redis (`redis://…`,
    `rediss://…`, `unix://…`), a Sentinel's (`redis+sentinel://…`) or a Cluster (`redis+cluster://…`)."""
    redis_protocol: Literal[2, 3] = 3
    """RESP version; set 2 for proxies that do not know HELLO."""
    redis_prefix: str = Field("yitong:", pattern=r"^[!-z|~]{0,64}$")
    """What every key begins with, for a Redis shared with others."""
    redis_durable: bool = False
    """Say true only where a restarted or promoted Redis is sure to have lost nothing: people in mid-flow then
    stay there. Otherwise what was not yet spent when it went away can no longer be."""
    master_key_file: Path | None = None
    """The master key; default `master.key` in the home folder."""

    registry: Literal["public_security", "none"] = "none"
    """The authority on natural persons; `none` leaves everybody at level 2 until a window proves them."""
    exchange: Exchange | None = Field(None, validate_default=True)
    """How the data exchange platform is reached; needed by every registry."""
    cert_key: str = Field("", pattern=r"^([A-Za-z_][\w.]*:[A-Za-z_]\w*)?$")
    """The function of the national system that makes the 身份散列值 out of name and number, as
    `package.module:function`; empty: only what an upstream handed down is told (scope `gov.certkey`)."""
    likeness: Literal["real_person", "none"] = Field("none", validate_default=True)
    """Who compares faces for level 4; `none` leaves windows and certificates. Never the only way up."""
    organisation_services: OrganisationServices | None = None
    """The registries of organisations behind the exchange."""
    organisation_registry: Literal["exchange", "none"] = Field("none", validate_default=True)
    """Who knows organisations; `none` leaves every organisation to a member of staff who sees its papers."""
    directory: StaffDirectory | None = None
    """The directory in which civil servants prove themselves; without it there are none."""
    certificates: Certificates | None = None
    """The provincial certification authority; without it nobody signs in by certificate."""
    sms_gateway: Literal["inbox", "aliyun", "tencent", "none"] = "none"
    """Who sends text messages, and makes calls that read codes out."""
    sms_account: SmsCloud | None = None
    """Our account at `aliyun` or `tencent`."""
    sms_url: str = ""
    """Address of a sandbox's inbox."""
    sms_key: str = Field("", repr=False, validate_default=True)
    """Key that signs our calls to that inbox."""

    mode: Mode = "spoke"
    """What this instance is among others: `hub`, the province; `spoke`, a city that registers its
    people itself (分建); `broker`, a city whose people register at the province (统分); `tenant`, a province
    whose cities have no instance and are departments with administrators of their own (统建)."""
    upstreams: dict[str, UpstreamTable] = Field({}, validate_default=True)
    """Other identity providers whose people may come here, each under the name it is remembered by."""

    session_idle: int = Field(1800, ge=60)
    """Seconds after which an unused session ends."""
    session_absolute: int = Field(36000, ge=300)
    """Seconds after which any session ends."""
    interaction_lifetime: int = Field(1800, ge=60)
    """Seconds a person has for one sign-in or registration."""
    code_lifetime: int = Field(60, ge=10, le=600)
    """Seconds an authorization code lives."""
    access_token_lifetime: int = Field(300, ge=30, le=3600)
    """Seconds an access token lives."""
    refresh_token_lifetime: int = Field(2_592_000, ge=300)
    """Seconds a refresh token lives when it is not used."""
    sms_code_lifetime: int = Field(600, ge=60, le=1800)
    """Seconds a code sent by text message lives."""
    displacement_hold: int = Field(86400, ge=1)
    """Seconds before proof at a higher level takes a document from its holder."""
    admin_hosts: list[str] = []
    """Host names at which the console answers, with the port if it is not the usual one; other names get 404
    there, and these names lead nowhere else. Empty: at the issuer's."""
    admin_proof_age: int = Field(43200, ge=60)
    """Seconds after which an administrator proves themselves again."""
    admin_fresh_age: int = Field(900, ge=60)
    """The same before acts that matter most."""
    closing_days: int = Field(15, ge=1)
    """Days in which a closed account can be taken back."""
    real_person_days: int = Field(365, ge=1, le=1825)
    """Days for which having shown one's face keeps level 4."""
    import_kept_days: int = Field(730, ge=30)
    """Days an account of another system waits for its holder before it is deleted."""
    security_log_days: int = Field(400, ge=180)
    """Days the audit trail is kept; the law asks for six months at least."""

    subject_changes_days: int = Field(400, ge=30)
    """Days for which a client can ask which of its subjects were joined, parted or split."""

    limit_source_per_minute: int = Field(60, ge=1)
    """Sign-in and registration attempts one network address may make a minute."""
    limit_person_failures: int = Field(5, ge=1)
    """Wrong passwords for one person before each further attempt is delayed."""
    limit_verifications_per_day: int = Field(5, ge=1)
    """Registry checks of one number in a day."""
    limit_client_verifications_per_day: int = Field(10_000, ge=1)
    """Questions of one client in a day that a registry is asked, about people and organisations each."""
    limit_client_mandate_questions_per_day: int = Field(100_000, ge=1)
    """Questions of one client in a day about who may act for organisations."""
    organisation_checks_per_minute: int = Field(60, ge=1, le=6000)
    """Organisations of which registries are asked again in a minute, as the worker goes round."""
    import_checks_per_minute: int = Field(60, ge=0, le=6000)
    """Imported accounts of which the population registry is asked in a minute, as the worker goes round."""
    limit_real_person_per_day: int = Field(5, ge=1)
    """Comparisons of one person's face in a day."""
    limit_codes_per_hour: int = Field(5, ge=1)
    """Codes sent to one phone in an hour."""
    limit_codes_per_day: int = Field(20, ge=1)
    """Codes sent to one phone in a day."""
    limit_wrong_codes_per_day: int = Field(9, ge=1)
    """Wrong codes for one phone in a day, a third of them kept for places where its holder is known. So many
    guesses in a million are what an attacker has a day."""
    limit_source_wrong_codes_per_day: int = Field(9, ge=1)
    """Wrong codes from one network address in a day, whosever phones; those that were mended do not count. So
    many in a million is the chance of an attacker who cares for no phone in particular."""
    limit_source_codes_per_hour: int = Field(60, ge=1)
    """Codes one network address may have sent in an hour; more for a service hall behind one address."""
    password_hashes: int = Field(1, ge=1, le=64)
    """Password hashes one process computes at the same time (19 MiB each); beyond its share of the cores they
    slow each other down."""

    sandbox: bool = False
    """A training instance: loopback addresses allowed for portals, simulated registries, no real people."""
    allow_private_callbacks: bool = False
    """Whether logout notices may go to private and loopback addresses."""

    @field_validator("trusted_proxies", "admin_hosts", *TABLES, mode="before")
    @classmethod
    def _lists_and_tables_are_json_in_the_environment(cls, value: object) -> object:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except ValueError as failure:
            raise ValueError(f"must be JSON ({failure})") from failure

    @field_validator("issuer")
    @classmethod
    def _issuer_is_an_origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if (
            parts.scheme not in {"http", "https"}
            or not parts.hostname
            or parts.path
            or parts.query
            or parts.fragment
        ):
            raise ValueError("must be an origin such as https://id.example.gov.cn, without a path")
        if parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
            raise ValueError("plain http is for loopback only; use https")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: list[str]) -> list[str]:
        for network in value:
            ip_network(network)
        return value

    @field_validator("database_url")
    @classmethod
    def _database_is_supported(cls, value: str) -> str:
        if value.startswith("postgresql://"):
            value = value.replace("postgresql://", "postgresql+psycopg://", 1)
        if value and not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError("only sqlite:/// and postgresql:// are supported")
        return value

    @field_validator("state_url")
    @classmethod
    def _state_store_is_supported(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "redis+", "unix://")):
            raise ValueError(
                "redis://, rediss:// or unix:// for one server, redis+sentinel:// or redis+cluster:// "
                "for several; or empty"
            )
        return value

    @field_validator("exchange")
    @classmethod
    def _registry_is_reached_by_the_exchange(
        cls, value: Exchange | None, before: ValidationInfo
    ) -> Exchange | None:
        if value is None and before.data.get("registry", "none") != "none":
            raise ValueError("the registry needs the exchange platform's settings")
        return value

    @field_validator("likeness")
    @classmethod
    def _faces_are_compared_by_the_exchange(cls, value: str, before: ValidationInfo) -> str:
        exchange = before.data.get("exchange")
        if value != "none" and not (exchange and exchange.real_person and exchange.real_person_pages):
            raise ValueError("needs the exchange's real_person and real_person_pages")
        return value

    @field_validator("organisation_registry")
    @classmethod
    def _organisations_are_known_behind_the_exchange(cls, value: str, before: ValidationInfo) -> str:
        services = before.data.get("organisation_services")
        if value != "none" and not (before.data.get("exchange") and services and services.connected):
            raise ValueError("needs the exchange, and a service code in organisation_services")
        return value

    @field_validator("upstreams")
    @classmethod
    def _upstreams_fit_the_mode(
        cls, value: dict[str, UpstreamTable], before: ValidationInfo
    ) -> dict[str, UpstreamTable]:
        strange = [name for name in value if not UPSTREAM_NAME.fullmatch(name)]
        faults = [f"{name}: a name has small letters, digits and dashes" for name in strange]
        faults += misplaced(before.data.get("mode", "spoke"), before.data.get("issuer", ""), value)
        if faults:
            raise ValueError("; ".join(faults))
        return value

    @field_validator("sms_key")
    @classmethod
    def _gateway_has_address_and_key(cls, value: str, before: ValidationInfo) -> str:
        chosen, inbox = before.data.get("sms_gateway", "none"), before.data.get("sms_url") and value
        if not {"none": True, "inbox": inbox}.get(chosen, before.data.get("sms_account")):
            raise ValueError("the SMS gateway needs both sms_url and sms_key, or else sms_account")
        return value

    @model_validator(mode="after")
    def _fill_what_follows_from_home(self) -> "Settings":
        self.home = self.home.absolute()
        self.database_url = self.database_url or f"sqlite:///{self.home / 'yitong.db'}"
        self.master_key_file = self.master_key_file or self.home / "master.key"
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Given values first, then the environment."""
        return init_settings, env_settings

    @property
    def master_key(self) -> Path:
        """Where the master key is."""
        assert self.master_key_file is not None  # noqa: S101 - filled by the validator
        return self.master_key_file

    @property
    def uses_sqlite(self) -> bool:
        """Whether the embedded database is in use."""
        return self.database_url.startswith("sqlite")


NEEDED = {"exchange": "registry", "sms_key": "sms_gateway"}
"""Settings that a choice cannot do without, and the choice."""


def load(**given: Any) -> Settings:
    """Read the settings file and the environment; raises SettingsFault with every fault at once."""
    home = Path(given.get("home") or os.environ.get("IDP_HOME", "var"))
    path = Path(os.environ.get("IDP_SETTINGS", home / "settings.toml"))
    faults, written = [], {}
    try:
        written = tomllib.loads(path.read_text()) if path.is_file() else {}
    except (OSError, ValueError) as failure:
        faults.append(f"{path}: {failure}")
    from_file = {name: value for name, value in written.items() if f"IDP_{name}".upper() not in os.environ}
    values, unsound = {**from_file, **given}, frozenset[str]()
    try:
        settings = Settings(**values)
    except ValidationError as failure:
        faults += sentences(failure, Settings)
        unsound = _fields(failure)
        settings = _without(values, unsound)
    faults += [unknown(f"IDP_{name}", KNOWN_IN_ENVIRONMENT) for name in _strange_names()]
    if faults:
        raise SettingsFault(faults, settings, unsound)
    return settings


def _fields(failure: ValidationError) -> frozenset[str]:
    """The settings that are wrong, and those that cannot be had without them."""
    wrong = {str(fault["loc"][0]) for fault in failure.errors(include_input=False, include_url=False)}
    return frozenset(wrong | {choice for needed, choice in NEEDED.items() if needed in wrong})


def _without(values: Mapping[str, Any], unsound: frozenset[str]) -> Settings:
    """What the rest amounts to; a default that is given outright wins over the environment."""
    kept = {name: value for name, value in values.items() if name not in unsound}
    defaults = {name: field.default for name, field in Settings.model_fields.items() if name in unsound}
    return Settings(**{**kept, **defaults})


def _strange_names() -> list[str]:
    given = (name for name in os.environ if name.startswith("IDP_"))
    return sorted(name.removeprefix("IDP_") for name in given if name not in KNOWN_IN_ENVIRONMENT)


KNOWN_IN_ENVIRONMENT = [
    *(f"IDP_{name}".upper() for name in Settings.model_fields),
    *("IDP_SETTINGS", "IDP_SANDBOX_PORT_BASE"),
]
