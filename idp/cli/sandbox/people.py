"""The people of the sandbox: with an account, enrolled by the rules that hold for anybody, or without."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from connectors.simulator import population
from connectors.simulator.personas import Persona
from idp import clock
from idp.authenticators import password
from idp.cli.sandbox import apps, faces, passkeys
from idp.crypto import passwords
from idp.evidence import levels
from idp.keys.vault import Vault
from idp.persons import claim, enrolment, lookup
from idp.persons.checking import identity_claim
from idp.persons.claim import Claim
from idp.persons.enrolment import Applicant
from idp.persons.models import Person
from idp.persons.registry import Unsupported, Verified
from idp.services import Services

LOGINS = {
    "parent": "zhou_yalin",
    "woman": "lin_xiaoyun",
    "man": "zhao_zhiyuan",
    "elder": "sun_guizhen",
    "foreigner": "emma_miller",
    "hong_kong": "chan_kayan",
    "rare_character": "lin_jian",
    "middle_dot": "ayiguli",
    "dot_dropped": "dilinuer",
    "renamed": "wang_yueran",
    "unregistered-20": "not_verified",
    "owner": "gu_mingyuan",
    "accountant": "song_yaqin",
    "manager": "han_lixin",
    "secretary": "tang_wanqing",
    "successor": "liang_siyuan",
    "founder": "ding_guodong",
    "agent": "xu_jianing",
    "bookkeeper": "ye_wenjing",
}
"""Login name of everybody with an account, by persona."""
BELOW_LEVEL_3 = "unregistered-20"
"""The registry knows them and was never asked: whoever plays them can be led from level 2 to level 3."""
CASE_BELOW_LEVEL_3 = "尚未核验身份"
REPRESENTATIVES = frozenset({"owner", "accountant", "manager", "secretary", "successor", "founder"})
"""Who represents organisations here, and therefore has shown their face."""
TURNED_AWAY = frozenset({"child", "deceased"})
"""Registering as one of them is refused; the simulator knows them, nobody is told they may register."""
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without what is easily mistaken."""
MATTER = "registration"
CHANGED = ""
"""Told instead of a password that somebody has changed: nobody but they know the new one."""


class NotEnrolled(Exception):
    """The registry of the sandbox did not confirm one of its own people."""


@dataclass(frozen=True)
class Told:
    """Somebody with an account, and what a newcomer must know to play them."""

    persona: Persona
    case: str
    login: str
    password: str = field(repr=False)
    ial: int
    means: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What a tool can sign in with besides the password, by the name `sandbox.json` has for it."""


def settle(services: Services, told: Mapping[str, Any]) -> list[Told]:
    """Give everybody in LOGINS an account, with the password it was told before if there is one."""
    known = {person.get("persona"): person for person in told.get("persons", [])}
    return [_settle(services, persona, known.get(persona.key, {})) for persona in _with_account()]


def unregistered(services: Services) -> list[Persona]:
    """Who may still register: nobody has verified their document. Those a registry knows come first."""
    free = [one for one in _personas() if one.key not in LOGINS and one.key not in TURNED_AWAY]
    with services.database.reading() as db:
        free = [one for one in free if not _is_known(db, services.vault, one)]
    return sorted(free, key=lambda one: not one.key.startswith("unregistered"))


def _is_known(db: Session, vault: Vault, one: Persona) -> bool:
    return lookup.by_document(db, vault, one.kind, one.number, one.country or None) is not None


def as_told(people: Iterable[Told]) -> list[dict[str, Any]]:
    """What `sandbox.json` says of people with an account."""
    return [
        {
            "persona": one.persona.key,
            "login": one.login,
            "password": one.password,
            **as_free([one.persona])[0],
            "ial": one.ial,
            **one.means,
        }
        for one in people
    ]


def as_free(personas: Sequence[Persona]) -> list[dict[str, str]]:
    """What `sandbox.json` says of people without one."""
    return [
        {"name": one.name, "id_type": one.kind.value, "id_number": one.number, "phone": one.phone}
        for one in personas
    ]


def _personas() -> tuple[Persona, ...]:
    return population.populate(crowd=0).personas


def _with_account() -> list[Persona]:
    return [persona for persona in _personas() if persona.key in LOGINS]


def _settle(services: Services, persona: Persona, before: Mapping[str, Any]) -> Told:
    login, now, told = LOGINS[persona.key], clock.now(), before.get("password")
    with services.database.reading() as db:
        person = _by_login_name(db, login)
        hashed = password.stored(db, person.id) if person else None
    if hashed is None:
        secret = told or _new_password()
        _enrol(services, persona, login, passwords.hash_password(secret), now)
    else:
        secret = told if told and passwords.verify(hashed, told) else CHANGED
    _show_faces(services, persona, now)
    case = CASE_BELOW_LEVEL_3 if persona.key == BELOW_LEVEL_3 else persona.case
    with services.database.reading() as db:
        found = _by_login_name(db, login)
        level = levels.identity_level(db, found.id, now) if found else 0
    means = _means(services, persona, found.id, before) if found else {}
    return Told(persona, case, login, secret, level, means)


def _means(
    services: Services, persona: Persona, person_id: UUID, before: Mapping[str, Any]
) -> dict[str, Any]:
    party, means = services.extras.get("passkeys"), dict[str, Any]()
    with services.database.writing() as db:
        if party is not None and persona.key in passkeys.HOLDERS:
            means["passkey"] = passkeys.settle(db, party, person_id, before.get("passkey"))
        if persona.key in apps.HOLDERS:
            means["totp_secret"] = apps.settle(db, person_id, before.get("totp_secret", ""))
    return means


def _enrol(services: Services, persona: Persona, login: str, hashed: str, now: datetime) -> None:
    """By the rules of registration: claim, ask the registry, enrol, set a password."""
    said = claim.read(persona.kind, persona.number, persona.name, persona.country or None, clock.day(now))
    applicant = Applicant(
        claim=said,
        answer=_answer(services, persona, said),
        phone=persona.phone,
        login_name=login,
        origin="sandbox",
    )
    hold = timedelta(seconds=services.settings.displacement_hold)
    with services.database.writing() as db:
        person = enrolment.enrol(db, services.vault, applicant, now, hold)
        password.set_hash(db, person.id, hashed, "sandbox", now)


def _show_faces(services: Services, persona: Persona, now: datetime) -> None:
    """Whoever represents an organisation is known at level 4."""
    if persona.key in REPRESENTATIVES:
        with services.database.writing() as db:
            person = _by_login_name(db, LOGINS[persona.key])
            if person is not None:
                faces.settle(db, person.id, timedelta(days=services.settings.real_person_days), now)


def _answer(services: Services, persona: Persona, said: Claim) -> Verified | Unsupported:
    if persona.key == BELOW_LEVEL_3:
        return Unsupported()
    answer = services.registry.verify(identity_claim(said, persona.phone, MATTER))
    if not isinstance(answer, Verified):
        raise NotEnrolled(f"{persona.key}: the simulated registry answered {type(answer).__name__}")
    return answer


def _by_login_name(db: Session, login: str) -> Person | None:
    return db.scalar(select(Person).where(Person.login_name == login))


def _new_password() -> str:
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
