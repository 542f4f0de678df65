"""The clients of the sandbox: portals, offices, department systems, and some for whatever tool comes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any

from sqlalchemy.orm import Session

from idp.cli.sandbox.places import Places
from idp.clients import onboarding
from idp.clients.authentication import digest
from idp.clients.metadata import MATTER_DETAILS, client_of
from idp.clients.models import ClientClass, ClientRow
from idp.clients.scopes import SCOPES
from idp.departments import tree
from idp.oauth.security_events import SecurityEvent

CITY_PORTAL = "city-portal"
HOUSING_FUND = "housing-fund"
APPROVALS = "office-approvals"
ARCHIVE = "office-archive"
PENSION = "pension"
PROPERTY = "property-records"
CITY_MATTERS = ("qykb", "qyzx", "sb", "gjj", "sf", "spyp", "rlzy", "gyfw")
"""Groups of matters that the city portal stands for with the bureaus that handle them."""
CODE_GRANTS = ["authorization_code", "refresh_token"]


@dataclass(frozen=True)
class Wanted:
    """A client the sandbox must have."""

    id: str
    client_class: ClientClass
    department: str | None
    details: Mapping[str, Any]


def wanted(places: Places) -> tuple[Wanted, ...]:
    """Every client; the ports of tools stay where they are when the sandbox moves."""
    return (
        Wanted(CITY_PORTAL, ClientClass.GOVERNMENT, "210100-sj", _city_portal(places.city_portal)),
        Wanted(HOUSING_FUND, ClientClass.GOVERNMENT, "210100-gjj", _housing_fund(places.housing_fund)),
        Wanted("tool-one", ClientClass.THIRD_PARTY, None, _tool("开发工具一", "Tool One", 8399)),
        Wanted("tool-two", ClientClass.THIRD_PARTY, None, _tool("开发工具二", "Tool Two", 8398)),
        Wanted("tool-public", ClientClass.THIRD_PARTY, None, _public_tool()),
        Wanted(APPROVALS, ClientClass.GOVERNMENT, "210100-sj", _approvals(places.approvals)),
        Wanted(ARCHIVE, ClientClass.GOVERNMENT, "210100-gjj", _archive(places.archive)),
        Wanted(PENSION, ClientClass.GOVERNMENT, "210100-sj", _pension(places.pension)),
        Wanted(PROPERTY, ClientClass.GOVERNMENT, "210100-sj", _property(places.property_records)),
        Wanted("office-tool", ClientClass.GOVERNMENT, "210100-sj", _office_tool()),
    )


def settle(
    db: Session, places: Places, told: Mapping[str, Any], now: datetime
) -> list[dict[str, str | list[str] | None]]:
    """Load the departments and make every client as wanted; gives what is said of those that speak OIDC."""
    with resources.files("idp.cli.sandbox").joinpath("departments.csv").open(encoding="utf-8") as rows:
        tree.load(db, rows, now)
    secrets = {client.get("client_id"): client.get("client_secret") for client in told.get("clients", [])}
    made = [_ensure(db, one, secrets.get(one.id), now) for one in wanted(places)]
    return [_shown(row, secret) for row, secret in made if client_of(row).protocol == "oidc"]


def _ensure(db: Session, one: Wanted, secret: str | None, now: datetime) -> tuple[ClientRow, str | None]:
    """The client as wanted, with the secret it was told before if that is still its secret."""
    row = db.get(ClientRow, one.id)
    if row is None:
        department = tree.find(db, one.department) if one.department else None
        return onboarding.create(
            db, one.details, one.client_class, now, department=department, client_id=one.id, secret=secret
        )
    if {**row.details, "sector": None} != {**one.details, "sector": None}:
        onboarding.change(db, one.id, one.details, now)
    if row.secret_digest is None:
        return row, None
    if secret is None or digest(secret) != row.secret_digest:
        secret = onboarding.renew_secret(db, one.id, now)
    return row, secret


def _shown(row: ClientRow, secret: str | None) -> dict[str, str | list[str] | None]:
    client = client_of(row)
    return {
        "name": client.name,
        "client_id": client.id,
        "client_secret": secret,
        "token_endpoint_auth_method": client.auth_method,
        "redirect_uris": list(client.redirect_uris),
        "post_logout_redirect_uris": list(client.post_logout_redirect_uris),
        "scopes": sorted(client.scopes),
    }


def _portal(url: str) -> dict[str, Any]:
    """What both portals register alike."""
    return {
        "client_uri": url,
        "redirect_uris": [f"{url}/callback"],
        "post_logout_redirect_uris": [f"{url}/signed-out"],
        "backchannel_logout_uri": f"{url}/backchannel-logout",
        "backchannel_logout_session_required": True,
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": CODE_GRANTS,
    }


def _city_portal(url: str) -> dict[str, Any]:
    return {
        "client_name": "市民门户",
        "client_name#en": "City Portal",
        "purpose": "为您办理市级政务服务事项",
        "purpose#en": "To serve you in the city's matters",
        "scope": "openid profile phone address mandates",
        **_portal(url),
        "grant_types": [*CODE_GRANTS, "client_credentials"],
        "capacities": ["person", "organisation"],
        "authorization_details_types": [MATTER_DETAILS],
        "matters": [f"group:{group}" for group in CITY_MATTERS],
        "events_uri": f"{url}/events",
        "events_requested": [event.value for event in SecurityEvent],
    }


def _housing_fund(url: str) -> dict[str, Any]:
    return {
        "client_name": "住房公积金",
        "client_name#en": "Housing Fund",
        "purpose": "查询您的住房公积金账户",
        "purpose#en": "To show you your own housing fund account",
        "scope": "openid profile",
        "minimum_acr": "ial3.aal1",
        "minimum_reason": "公积金账户关系到您的资金，须先与公安人口库核验身份",
        "minimum_reason#en": "An account holds your money, so the registry must confirm who you are first",
        "resources": [f"{url}/api"],
        **_portal(url),
    }


def _tool(name: str, name_en: str, port: int) -> dict[str, Any]:
    """A client allowed everything, for tests and experiments."""
    return {
        "client_name": name,
        "client_name#en": name_en,
        "purpose": "开发与测试",
        "purpose#en": "Development and tests",
        "redirect_uris": [f"http://127.0.0.1:{port}/callback"],
        "post_logout_redirect_uris": [f"http://127.0.0.1:{port}/signed-out", f"http://127.0.0.1:{port}/"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": [*CODE_GRANTS, "client_credentials"],
        "scope": " ".join(SCOPES),
    }


def _pension(url: str) -> dict[str, Any]:
    """A system that speaks CAS."""
    return {
        "protocol": "cas",
        "client_name": "养老保险",
        "client_name#en": "Pension Insurance",
        "purpose": "查询您的养老保险缴费和待遇",
        "purpose#en": "To show you your own pension insurance",
        "client_uri": f"{url}/",
        "services": [{"prefix": f"{url}/mine"}],
        "scope": "openid profile",
        "capacities": ["person", "organisation"],
    }


def _property(url: str) -> dict[str, Any]:
    """A system behind a proxy; one of its paths asks for two factors."""
    return {
        "protocol": "proxy",
        "client_name": "不动产查询",
        "client_name#en": "Property Records",
        "purpose": "查询您名下的不动产",
        "purpose#en": "To show you your own land and houses",
        "client_uri": f"{url}/",
        "protects": [url],
        "paths": [{"path": "/certificates", "acr": "ial3.aal2"}],
        "scope": "openid profile",
        "capacities": ["person", "organisation"],
    }


def _approvals(url: str) -> dict[str, Any]:
    return {"client_name": "审批系统", "client_name#en": "Approvals", **_office(), **_portal(url)}


def _archive(url: str) -> dict[str, Any]:
    return {"client_name": "档案系统", "client_name#en": "Archive", **_office(), **_portal(url)}


def _office() -> dict[str, Any]:
    """What a department's own system registers: it is for civil servants alone."""
    return {
        "purpose": "办理本部门业务",
        "purpose#en": "The department's own work",
        "scope": "openid profile staff",
        "realms": ["staff"],
    }


def _office_tool() -> dict[str, Any]:
    names = {"client_name": "部门开发工具", "client_name#en": "Office Tool"}
    return {**_public_tool(), **_office(), **names}


def _public_tool() -> dict[str, Any]:
    """A native application: it keeps no secret and lives by PKCE, on any port of the loopback."""
    return {
        **_tool("公共客户端", "Public Tool", 8399),
        "application_type": "native",
        "redirect_uris": ["http://127.0.0.1:8399/callback", "http://127.0.0.1:8397/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": CODE_GRANTS,
        "scope": "openid profile phone offline_access",
    }
