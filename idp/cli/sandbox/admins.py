"""The administrators of the sandbox: one a role, more where four eyes are needed or all must be seen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from admin_ui import administrators
from admin_ui.models import Role
from idp import clock
from idp.authenticators import password, totp
from idp.cli.admins import url_of
from idp.crypto import passwords
from idp.departments import tree
from idp.persons import local_staff
from idp.services import Services

PEOPLE = (
    ("admin_system", "宋建国", Role.SYSTEM, ""),
    ("admin_security", "冯丽华", Role.SECURITY, ""),
    ("admin_security_2", "邓永强", Role.SECURITY, ""),
    ("admin_audit", "曹雪梅", Role.AUDIT, ""),
    ("admin_operator", "彭小兵", Role.OPERATOR, "210100"),
    ("admin_operator_2", "曾春燕", Role.OPERATOR, "210100"),
    ("admin_operator_all", "贾文静", Role.OPERATOR, ""),
    ("admin_reviewer", "萧志远", Role.REVIEWER, "210100"),
)
"""
Login, name, role and the department at the top of what they see; empty: everything.

One operator sees it all: what an upstream says of somebody who is nowhere here has no division.
"""
CHANGED = ""
"""Told instead of a password or a secret that somebody has changed."""


@dataclass(frozen=True)
class Official:
    """An administrator, and what a newcomer must know to play them."""

    login: str
    password: str = field(repr=False)
    totp_secret: str = field(repr=False)
    role: str
    department: str
    name: str = field(repr=False)
    url: str


def settle(services: Services, told: Mapping[str, Any]) -> list[Official]:
    """Make those who are missing; the others keep what they were told, as far as it still holds."""
    before = {one.get("login"): one for one in told.get("admins", [])}
    return [_settle(services, *one, before.get(one[0], {})) for one in PEOPLE]


def as_told(officials: Sequence[Official]) -> list[dict[str, str]]:
    """What `sandbox.json` says of them."""
    return [dict(vars(one)) for one in officials]


def _settle(
    services: Services, login: str, name: str, role: Role, department: str, before: Mapping[str, str]
) -> Official:
    secret, seed = before.get("password", ""), before.get("totp_secret", "")
    with services.database.reading() as db:
        account = local_staff.find(db, login)
        kept = password.stored(db, account.person_id) if account else None
        app = totp.of(db, account.person_id) if account else None
        seed_kept = app.seed if app else None
    if account is None:
        secret, seed = secret or local_staff.new_password(), seed or pyotp.random_base32()
        hashed = passwords.hash_password(secret)
        with services.database.writing() as db:
            _appoint(db, login, name, role, department, hashed, seed)
    else:
        secret = secret if secret and kept and passwords.verify(kept, secret) else CHANGED
        seed = seed if seed == seed_kept else CHANGED
    return Official(login, secret, seed, role, department, name, url_of(services))


def _appoint(db: Session, login: str, name: str, role: Role, department: str, hashed: str, seed: str) -> UUID:
    """With a password of their own and an app already, so that they can be played at once."""
    top, now = tree.find(db, department) if department else None, clock.now()
    person_id = local_staff.open_account(db, login, name, top.id if top else None, now).person_id
    password.set_hash(db, person_id, hashed, "sandbox", now)
    totp.enrol(db, person_id, seed, 0, "", now)
    administrators.appoint(db, person_id, role, top, now, by=None)
    return person_id
