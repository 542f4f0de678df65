"""Who confirmed each fact about the person: `verified_claims` says (OpenID Identity Assurance 1.0 §5)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from examples.relying_party.language import Language

CHINA = timezone(timedelta(hours=8))
PERSONAL = ("name", "gender", "birthdate", "id_number", "phone_number", "address")
RECORDED = ("ial", "auth_time", "amr", "sub")
METHODS = {
    "pwd": ("密码", "password"),
    "sms": ("短信验证码", "SMS code"),
    "otp": ("动态口令", "one-time code"),
    "hwk": ("通行密钥", "passkey"),
    "face": ("人脸核验", "face check"),
    "mfa": ("多因素", "several factors"),
    "tel": ("语音验证码", "code read out"),
    "rc": ("恢复码", "recovery code"),
    "mca": ("已登录的另一台设备", "another device"),
    "swk": ("软件证书", "certificate in software"),
    "sc": ("UKey 证书", "certificate on a key"),
    **dict.fromkeys(("fed", "fed2", "fed3"), ("其他平台的账号", "account elsewhere")),
}
AUTHORITIES = {
    "public_security": ("公安机关人口信息库", "Population registry (public security)"),
    "real_person": ("公安机关实人核验", "Face comparison (public security)"),
    "province": ("省级统一身份认证平台", "Provincial identity platform"),
    "cn_gov_identity": ("政务身份核验", "Government identity check"),
    "window": ("办事窗口当面核验", "Checked at a service window"),
}
CODE = re.compile(r"[a-z0-9_.-]+(:.*)?")
"""What a name for machines looks like: one we have no words for is not shown to anybody."""
GENDERS = {"male": ("男", "male"), "female": ("女", "female")}


class StatedBy(StrEnum):
    """Who stands for a fact: an authority, the provider's own record, an SMS code, or only the person."""

    AUTHORITY = "authority"
    PLATFORM = "platform"
    PHONE = "phone"
    PERSON = "person"


@dataclass(frozen=True)
class Origin:
    """Who stands for a fact; for an authority also its name, and when it confirmed it."""

    stated_by: StatedBy
    authority: str = ""
    at: str = ""


@dataclass(frozen=True)
class Fact:
    """One row of the table: a claim in the person's words, and whose word it is."""

    claim: str
    value: str
    origin: Origin


def explain(claims: Mapping[str, Any], language: Language) -> list[Fact]:
    """Return the facts worth showing, in a fixed order, verified values first where there are two."""
    origins: dict[str, Origin] = {}
    verified: dict[str, Any] = {}
    for statement in statements(claims):
        origin = origin_of(statement.get("verification", {}), language)
        for claim, value in statement.get("claims", {}).items():
            origins[claim] = origin
            verified[claim] = value
    known = {**claims, **verified}
    return [
        Fact(claim, in_words(claim, known[claim], language), origins.get(claim) or unconfirmed(claim, claims))
        for claim in PERSONAL + RECORDED
        if known.get(claim)
    ]


def statements(claims: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield what was verified together; the provider sends one object, or a list when authorities differ."""
    stated = claims.get("verified_claims", [])
    yield from [stated] if isinstance(stated, Mapping) else stated


def origin_of(verification: Mapping[str, Any], language: Language) -> Origin:
    """Name the source in the evidence; the trust framework when the evidence names none."""
    evidence = verification.get("evidence", [])
    sources = [one.get("record", {}).get("source", {}).get("name") for one in evidence]
    authority = next(filter(None, sources), verification.get("trust_framework", ""))
    column = 1 if language == "en" else 0
    return Origin(
        StatedBy.AUTHORITY, authority_in_words(authority)[column], local_time(verification.get("time", ""))
    )


def authority_in_words(named: str) -> tuple[str, str]:
    """In both languages; nothing for a code without words, so that the page says "an authority"."""
    known = AUTHORITIES.get(named.partition(":")[0])
    return known or (("", "") if CODE.fullmatch(named) else (named, named))


def unconfirmed(claim: str, claims: Mapping[str, Any]) -> Origin:
    """Say whose word a fact is that no authority confirmed."""
    if claim in RECORDED:
        return Origin(StatedBy.PLATFORM)
    proven = claim == "phone_number" and claims.get("phone_number_verified") is True
    return Origin(StatedBy.PHONE if proven else StatedBy.PERSON)


def in_words(claim: str, value: Any, language: Language) -> str:
    """Say a value as a person would, covering the middle of numbers on a screen others may see."""
    column = 1 if language == "en" else 0
    match claim:
        case "gender":
            return str(GENDERS.get(value, (value, value))[column])
        case "phone_number":
            return covered(str(value).removeprefix("+86"), 3, 4)
        case "id_number":
            return covered(str(value), 1, 1)
        case "sub":
            return covered(str(value), 6, 4)
        case "address":
            return str(value.get("formatted", "")) if isinstance(value, Mapping) else str(value)
        case "auth_time":
            return datetime.fromtimestamp(value, CHINA).strftime("%Y-%m-%d %H:%M")
        case "amr":
            return ("、", ", ")[column].join(
                METHODS.get(method, (method, method))[column] for method in value
            )
    return str(value)


def covered(text: str, first: int, last: int) -> str:
    hidden = max(len(text) - first - last, 0)
    return text[:first] + "*" * min(hidden, 8) + text[len(text) - last :]


def local_time(stated: str) -> str:
    """Show an ISO 8601 time as China reads it, or as it came when it is none."""
    try:
        at = datetime.fromisoformat(stated)
    except ValueError:
        return stated
    return at.replace(tzinfo=at.tzinfo or UTC).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
