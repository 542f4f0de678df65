"""Acting for an organisation, as tokens say it and as every use of them is judged.

`sub` is the organisation's; `act` is the person who acts (RFC 8693 §4.1) with role and mandate;
`organisation` says which. A person's own token has neither. `authority` follows the OpenID Connect
Authority claims extension (draft of the eKYC & IDA group) with one difference: there `sub` is the person,
here it is on whose behalf they act, so `applies_to` describes the subject itself.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from idp.interaction.record import Acting
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Prepared, Row, Statement

COLUMNS = "organisation_id, mandate_id, mandate_version, through_id, through_version, act_sub"
"""Of authorizations, beyond those that every one has."""


STANDS = """
    m.state = 'active' and m.valid_from <= :now and m.valid_until > :now
    and (m.grace_until is null or m.grace_until > :now)
    and o.standing in ('active', 'restricted')
"""
"""A condition over mandates m and their organisations o."""


def holds(mandate: str, version: str) -> str:
    """SQL: the mandate stands as it did; what it was granted under says so on this very row (`ending`).

    A scalar, because PostgreSQL might answer `exists` from a hash of every mandate there is.
    """
    return f"""coalesce((
        select true from mandates m join organisations o on o.id = m.organisation_id
         where m.id = {mandate} and m.version = {version} and {STANDS}), false)"""


ALIVE = f"""
    (a.mandate_id is null or {holds("a.mandate_id", "a.mandate_version")})
    and (a.through_id is null or {holds("a.through_id", "a.through_version")})
    and (a.derived_from is null
         or coalesce((select r.ended_at is null from authorizations r where r.id = a.derived_from), false))
"""
"""A condition over authorizations a; nothing but three looks at empty columns for who acts for nobody."""

ALONE = "(a.mandate_id is null and a.through_id is null and a.derived_from is null)"
"""Whether an authorization needs nothing of `ALIVE`, which costs more to ask than all else."""

WHOM_COLUMNS = """
    o.credit_code, o.name, o.state, m.id, w.role, w.everything, w.matters, w.groups, w.actions, w.valid_from,
    w.valid_until, a.act_sub, w.basis, o.id, a.mandate_version, m.valid_until, m.grace_until, w.grace_until
"""
"""What `authority` is made of."""
MANDATE = "coalesce(a.mandate_id, a.through_id)"
"""
The mandate of an authorization for an organisation, which always has one; said so that no plan walks through
the index of all that rest on mandates instead of looking for the one.
"""
WHOM_FROM = f"""
      join organisations o on o.id = a.organisation_id
      join mandates m on m.id = {MANDATE}
      join mandates w on w.id = coalesce(a.through_id, a.mandate_id)
"""
DIRECT = "(a.through_id is null and a.derived_from is null)"
"""Whether an authorization for an organisation needs nothing of `ALIVE` but its one mandate."""
DIRECT_COLUMNS = WHOM_COLUMNS.replace("w.", "m.")
DIRECT_FROM = f"""
      join mandates m on m.id = {MANDATE} and m.version = a.mandate_version
      join organisations o on o.id = m.organisation_id and {STANDS}
"""
"""The mandate while it stands as it did, joined: it is read once, to be judged and to be told."""
WHOM = Statement(f"select {WHOM_COLUMNS} from authorizations a {WHOM_FROM} where a.id = :authorization")


SPENT = Statement(
    """
    with recursive standing_on(id) as (
        select m.id from authorizations a join mandates m on m.id = a.mandate_id or m.id = a.through_id
         where a.id = :authorization
        union
        select m.granted_under from mandates m join standing_on s on s.id = m.id
         where m.granted_under is not null)
    select 1 from mandates m join standing_on s on s.id = m.id where m.once and m.used_at is not null
    """
)
"""Whether a mandate for one act, on the way or above it, is used up."""


@dataclass(frozen=True, slots=True)
class OnBehalf:
    """For whom a token is, and who acts."""

    acting: Acting
    act_sub: str


@dataclass(frozen=True, slots=True)
class Authority:
    """The mandate behind a token as it is now."""

    on_behalf: OnBehalf
    everything: bool
    matters: frozenset[str]
    groups: frozenset[str]
    actions: frozenset[str]
    valid_from: datetime
    valid_until: datetime
    basis: str


def claims(on_behalf: OnBehalf | None, details: str | None) -> dict[str, Any]:
    """The same in ID token, access token, userinfo and introspection."""
    said: dict[str, Any] = {} if not details else {"authorization_details": json.loads(details)}
    if on_behalf is not None:
        acting = on_behalf.acting
        said["organisation"] = of_organisation(acting.code, acting.name, acting.status)
        said["act"] = {
            "sub": on_behalf.act_sub,
            "role": acting.role,
            "mandate": str(acting.mandate_id),
            "version": acting.mandate_version,
        }
    return said


def of_organisation(code: str, name: str, status: str) -> dict[str, str]:
    """Which organisation: its credit code says who registered it as what (GB 32100)."""
    return {"code": code, "name": name, "type": code[:2], "status": status}


def authority_of(found: Authority) -> Mapping[str, Any]:
    """`authority` within verified claims: to whom it applies, what it permits, on what it rests."""
    acting = found.on_behalf.acting
    permitted = {
        "groups": sorted(found.groups),
        "matters": sorted(found.matters),
        "everything": found.everything,
    }
    return {
        "applies_to": {
            "organization_name": acting.name,
            "registration_number": acting.code,
            "entity_legal_form": acting.code[:2],
            "organization_status": acting.status,
            "legal_jurisdiction": "CN",
        },
        "permission": [
            {
                "role": acting.role,
                "actions": sorted(found.actions),
                "validity": {"from": _day(found.valid_from), "until": _day(found.valid_until)},
                "matters": {name: value for name, value in permitted.items() if value},
            }
        ],
        "granted_by": {"basis": found.basis, "mandate": str(acting.mandate_id)},
    }


def behind(prepared: Prepared, authorization_id: UUID) -> Authority | None:
    """For whom an authorization is and what the mandate allows; None where a person comes as themselves."""
    row = prepared.one(WHOM, {"authorization": authorization_id})
    return None if row is None else authority(row)


def is_spent(prepared: Prepared, authorization_id: UUID) -> bool:
    """Whether the one act an authorization was for has been done: what is in hand runs out by itself."""
    return prepared.one(SPENT, {"authorization": authorization_id}) is not None


def of_row(
    organisation: Row | None, mandate: Any, version: Any, ends_at: Any, role: str | None, act_sub: str | None
) -> OnBehalf | None:
    """Out of columns that another statement has read along."""
    if organisation is None or mandate is None or act_sub is None:
        return None
    found, code, name, status = organisation
    return OnBehalf(
        Acting(
            organisation_id=identifier(found),
            code=code,
            name=name,
            status=status,
            role=role or "",
            mandate_id=identifier(mandate),
            mandate_version=version,
            ends_at=moment(ends_at),
        ),
        act_sub,
    )


def authority(row: Row) -> Authority:
    """The mandate behind an authorization, out of `WHOM_COLUMNS`."""
    (
        code, name, state, mandate, role, everything, matters, groups, actions, begins, ends, act_sub, basis,
        organisation, version, *others,
    ) = row  # fmt: skip
    ends = min(moment(one) for one in (ends, *others) if one is not None)
    found = of_row((organisation, code, name, state), mandate, version, ends, role, act_sub)
    assert found is not None
    return Authority(
        on_behalf=found,
        everything=bool(everything),
        matters=frozenset(matters.split()),
        groups=frozenset(groups.split()),
        actions=frozenset(actions.split()),
        valid_from=moment(begins),
        valid_until=ends,
        basis=basis,
    )


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
