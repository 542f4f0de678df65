"""Who registered an organisation, as what, and who can confirm it: tables 2 and 3 of GB 32100-2015.

The table is data, `registrations.csv`. Categories 4 and 5 of civil affairs, the village and residents'
committees, are not in the printed standard but on real certificates. `adapter` and `fallback` name the
registries that are asked, where an instance is connected to them (`connectors.organisations`).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from types import MappingProxyType


class Proof(StrEnum):
    """How an organisation of this registration is verified."""

    REGISTRY = "registry"
    """Online, at the registry the route names."""
    MANUAL = "manual"
    """By a member of staff who looks at the certificate."""
    WINDOW = "window"
    """In person only; online registration is refused."""


class Certificate(StrEnum):
    """The paper that shows a registration, for a member of staff to look at."""

    BUSINESS_LICENCE = "business_licence"
    """营业执照."""
    CREDIT_CODE = "credit_code"
    """统一社会信用代码证书."""
    INSTITUTION = "institution"
    """事业单位法人证书."""
    SOCIAL_ORGANISATION = "social_organisation"
    """社会团体法人登记证书."""
    SOCIAL_SERVICE = "social_service"
    """民办非企业单位(社会服务机构)登记证书."""
    FOUNDATION = "foundation"
    """基金会法人登记证书."""
    PRACTICE_LICENCE = "practice_licence"
    """执业许可证."""
    RELIGIOUS_SITE = "religious_site"
    """宗教活动场所登记证."""
    TRADE_UNION = "trade_union"
    """工会法人资格证书."""
    COLLECTIVE = "collective"
    """农村集体经济组织登记证."""
    REPRESENTATIVE_OFFICE = "representative_office"
    """代表机构登记证或批准文件."""
    REGISTRATION = "registration"
    """Any other certificate of the department that registered it 登记证书."""


@dataclass(frozen=True)
class Registration:
    """One pair of registering department and category, and the way to a registry that knows it."""

    department_code: str
    department: str
    category_code: str
    category: str
    route: str
    proof: Proof
    adapter: str | None
    """Who is asked first."""
    fallback: str | None
    """Who is asked when the first does not know it, or is not connected."""
    evidence: Certificate | None
    """What is looked at where no registry can tell; None for whom only a window serves."""


def _read() -> dict[tuple[str, str], Registration]:
    text = files("idp.organisations").joinpath("registrations.csv").read_text(encoding="utf-8")
    entries = map(_registration, csv.DictReader(text.splitlines()))
    return {(entry.department_code, entry.category_code): entry for entry in entries}


def _registration(row: dict[str, str]) -> Registration:
    return Registration(
        department_code=row["department_code"],
        department=row["department"],
        category_code=row["category_code"],
        category=row["category"],
        route=row["route"],
        proof=Proof(row["proof"]),
        adapter=row["adapter"] or None,
        fallback=row["fallback"] or None,
        evidence=Certificate(row["evidence"]) if row["evidence"] else None,
    )


REGISTRATIONS: Mapping[tuple[str, str], Registration] = MappingProxyType(_read())
"""Every known registration by department and category code, the first two characters of a credit code."""

DEPARTMENTS = frozenset(department for department, _ in REGISTRATIONS)
"""The department codes; any other is refused."""
