"""The window of the sandbox: an approved card reader and three operators, whose keys anybody may have."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.clients import onboarding
from idp.clients.models import ClientClass, ClientRow
from idp.crypto import jose
from idp.crypto.jose import SigningKey
from idp.departments import tree
from idp.persons import staff
from idp.windows import operators
from idp.windows.models import WindowOperator

DEVICE, READER = "window-reader", "SN-20260001"
CLERKS = {"W-0101": "luo_jie", "W-0102": "he_xiuying", "W-0103": "gao_wenbin"}
"""One opens a case, another approves it, a third undoes it; civil servants where there is a directory."""
DEPARTMENT = "210100-sj"


def settle(db: Session, told: Mapping[str, Any], now: datetime) -> dict[str, list[dict[str, str]]]:
    """Make device and operators with the keys they were told before; gives `devices` and `operators`."""
    keys = {one.get("client_id"): one.get("private_key_pem") for one in told.get("devices", [])}
    device = _key(DEVICE, keys.get(DEVICE))
    _ensure_device(db, device, now)
    known = {one.get("number"): one.get("private_key_pem") for one in told.get("operators", [])}
    witnesses = {number: _key(number, known.get(number)) for number in CLERKS}
    for number, key in witnesses.items():
        _ensure_operator(db, number, key, now)
    return {
        "devices": [{"client_id": DEVICE, "reader": READER, **_shown(device)}],
        "operators": [
            {"number": number, "login": CLERKS[number], **_shown(key)} for number, key in witnesses.items()
        ],
    }


def appoint(db: Session) -> None:
    """Say which civil servants they are, so that they can witness at `/staff/window`, where the reader is."""
    at = db.get_one(ClientRow, DEVICE).department_id
    for number, login in CLERKS.items():
        row = db.scalars(select(WindowOperator).where(WindowOperator.number == number)).one()
        known = staff.by_login(db, login)
        row.person_id, row.department_id = known.person_id if known else None, at


def _ensure_device(db: Session, key: SigningKey, now: datetime) -> None:
    details = {
        "client_name": "窗口读卡器",
        "client_name#en": "Card reader at a window",
        "purpose": "当面核验证件",
        "purpose#en": "To verify documents in person",
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"],
        "jwks": {"keys": [key.public]},
        "window_device": True,
    }
    row = db.get(ClientRow, DEVICE)
    if row is None:
        department = tree.find(db, DEPARTMENT)
        onboarding.create(db, details, ClientClass.GOVERNMENT, now, department=department, client_id=DEVICE)
    elif {**row.details, "sector": None} != {**details, "sector": None}:
        onboarding.change(db, DEVICE, details, now)


def _ensure_operator(db: Session, number: str, key: SigningKey, now: datetime) -> None:
    row = db.scalar(select(WindowOperator).where(WindowOperator.number == number))
    if row is None:
        operators.add(db, number, "示范操作员", key.public, now)
    elif row.key != key.public:
        row.key = key.public


def _key(kid: str, pem: str | None) -> SigningKey:
    """The key of last time, or a new one."""
    if pem is None:
        return jose.generate("ES256", kid)
    private = load_pem_private_key(pem.encode(), None)
    return SigningKey(kid, "ES256", private)  # type: ignore[arg-type]  # we wrote it ourselves


def _shown(key: SigningKey) -> dict[str, str]:
    pem = key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {"kid": key.kid, "alg": key.alg, "private_key_pem": pem}
