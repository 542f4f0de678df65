"""What the pages of an interaction show: where one is going, what is asked, masked."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from idp.clients.metadata import Client
from idp.clients.scopes import OFFLINE_ACCESS, OPENID, SCOPES, STAFF
from idp.consents import texts
from idp.consents.models import ConsentKind
from idp.consents.rules import Said
from idp.departments.models import Department
from idp.interaction.record import Facts, Interaction
from idp.oauth import claims, liveness
from idp.oauth.collaborators import Lifetimes
from idp.persons.identifiers import mask
from idp.persons.models import Document, Person, Realm
from idp.services import current
from idp.sign_in import arrivals
from idp.web import languages
from idp.web.pages import Asked, Destination

TEXTS = {ConsentKind.NOTICE: "duty-notice", ConsentKind.PROVISION: "provision"}
"""Which versioned text stands behind a notice and behind a consent towards a client."""


def destination(interaction: Interaction, client: Client | None) -> Destination | None:
    """The service a person is on the way to; None for their own pages."""
    if client is None:
        return None
    language = languages.of_request(interaction.demand.ui_locales)
    return Destination(
        name=client_name(client, language),
        department=department_name(client, language),
        domain=urlsplit(interaction.returns_to).netloc or None,
        level=_shown_level(interaction),
        reason=client.raw.get("minimum_reason" if language == languages.CHINESE else "minimum_reason#en"),
    )


def _departments(said: Mapping[str, Any], language: str) -> dict[str, str]:
    """What people call the departments that a post names by code; a code that is nobody's here stays."""
    codes = {claim: said[claim] for claim in ("unit", "department") if claim in said}
    with current().database.reading() as db:
        found = db.scalars(select(Department).where(Department.code.in_(codes.values())))
        names = {one.code: _department_named(one, language) for one in found}
    return {claim: names[code] for claim, code in codes.items() if code in names}


def _department_named(department: Department, language: str) -> str:
    english = None if language == languages.CHINESE else department.name_en
    return english or department.name


def _shown_level(interaction: Interaction) -> int | None:
    """The level that is asked for; of a civil servant, whom their office vouches for, none is."""
    return None if interaction.realm == Realm.STAFF else interaction.demand.level.ial or None


def client_name(client: Client, language: str) -> str:
    """The client's name in this language."""
    return client.name if language == languages.CHINESE else client.name_en


def department_name(client: Client, language: str) -> str | None:
    """Who runs the client."""
    if client.department_id is None:
        return None
    with current().database.reading() as db:
        department = db.scalar(select(Department).where(Department.id == client.department_id))
        return None if department is None else _department_named(department, language)


def origins(interaction: Interaction, client: Client | None) -> tuple[str, ...]:
    """
    Where a form of this interaction may end after redirects (CSP form-action).

    That of one's own pages ends here, unless the page that waits leads on to an upstream.
    """
    if client is None:
        return arrivals.beyond(interaction.request.get("next", ""))
    target = urlsplit(interaction.returns_to)
    return (f"{target.scheme}://{target.netloc}",) if target.netloc else ()


def agreement(person: Person, interaction: Interaction, client: Client, facts: Facts) -> dict[str, Any]:
    """The context of the notice and consent pages."""
    language = languages.of_request(interaction.demand.ui_locales)
    demand = interaction.demand
    shown = told_claims(person, language)
    asked = [
        Asked(
            scope=scope,
            claims={claim: shown.get(claim, "") for claim in SCOPES[scope] or (scope,)},
            required=scope not in demand.optional,
            ticked=scope in facts.consented,
        )
        for scope in SCOPES
        if scope in demand.scopes and scope not in {OPENID, OFFLINE_ACCESS}
    ]
    return {
        "destination": destination(interaction, client),
        "asked": asked,
        "away_days": Lifetimes().refresh.days if OFFLINE_ACCESS in demand.scopes else None,
        "purpose": client.purpose if language == languages.CHINESE else client.purpose_en,
        "separate": not client.is_government,
        "first": not facts.consented,
        "retention_days": client.raw.get("retention_days"),
        "contact": client.contacts[0] if client.contacts else None,
        "privacy_url": client.raw.get("policy_uri"),
        "person": masked_name(person.name) or person.login_name or "",
    }


def told_claims(person: Person, language: str) -> Mapping[str, str | None]:
    """What a client would be told of this person, masked; None where there is nothing to tell yet.

    None is shown as that and not left out: an agreement covers what the person registers later, too.
    """
    verified = _verified(person)
    shown = {
        **masked_claims(person),
        "gender": claims.GENDERS.get(person.sex or ""),
        "phone_number_verified": "true" if person.phone else None,
        "address": _masked_address(person.address or ""),
        "id_type": verified.kind if verified else None,
    }
    if person.realm == Realm.STAFF:
        said = claims.of_post(liveness.post_of(current().prepared, person.id))
        said |= _departments(said, language)
        shown |= {claim: said.get(claim) for claim in SCOPES[STAFF]}
    return {claim: value or None for claim, value in shown.items()}


def _masked_address(address: str) -> str:
    """Where it begins: province and city as a rule, and never more than half of it."""
    return f"{address[: min(6, len(address) // 2)]}****" if address else ""


def _verified(person: Person) -> Document | None:
    return next((one for one in person.documents if one.verified_at and one.displaced_at is None), None)


def masked_claims(person: Person) -> Mapping[str, str]:
    """The person's own claims, masked for a page that others may look at."""
    phone = (person.phone or "").removeprefix("+86")
    verified = _verified(person)
    return {
        "name": masked_name(person.name),
        "birthdate": f"{person.birth_date[:4]}-**-**" if person.birth_date else "",
        "phone_number": f"{phone[:-8]}****{phone[-4:]}" if phone else "",
        "id_number": mask(verified.number or "") if verified else "",
    }


def masked_name(name: str | None) -> str:
    """All but the first character hidden, the way counters call people."""
    return name[0] + "*" * min(len(name) - 1, 3) if name else ""


def masked_login(login: str) -> str:
    """A login as its owner recognises it on paper: `ab***f`; of a short one the first character alone."""
    return f"{login[:2]}***{login[-1]}" if len(login) > 5 else f"{login[:1]}***" if login else ""


def said(kind: ConsentKind) -> Said:
    """The text version that stands behind an agreement page."""
    return texts.said(TEXTS[kind])
