"""Whether what a token stands for still holds: one prepared read, on every use.

An authorization is alive while it has not been ended, its person is neither frozen nor closed nor dead, and,
unless it is an offline one, its session lives. No list of forbidden tokens exists that a flushed cache could
empty.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.oauth import acting
from idp.oauth.acting import Authority
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Prepared, Row, Statement

ALIVE_ALONE = """
    a.ended_at is null and p.status in ('active', 'closing')
    and (a.offline or (s.ended_at is null and s.expires_at > :now
                       and (s.aal >= p.least_aal or s.let_in_by <> '')))
"""
"""A condition over authorizations a, persons p and, joined from the left, sessions s: all there is to ask of
one that is `acting.ALONE`."""
ALIVE = f"{ALIVE_ALONE} and {acting.ALIVE}"
"""The same for every authorization."""

LEVEL = """(
    select max(e.level) from evidence e
     where e.person_id = p.id and e.withdrawn_at is null and (e.expires_at is null or e.expires_at > :now))
"""
"""The identity level now: it falls when evidence expires or is withdrawn."""

FROM = """
      from authorizations a
      join persons p on p.id = a.person_id
      left join sessions s on s.id = a.session_id
"""
EVIDENCE = """
      left join evidence v on v.person_id = p.id and v.withdrawn_at is null
                          and (v.expires_at is null or v.expires_at > :now)
"""
DOCUMENTS = """
      left join documents d on d.person_id = p.id and d.verified_at is not null and d.displaced_at is null
"""
OF_CLIENT = "a.client_id is not distinct from :client"
"""No index answers `is not distinct from`, so no plan looks through all that one client was ever given."""
WHERE = f"""
     where a.id = :authorization and {OF_CLIENT} and {ALIVE}
       and not exists (select 1 from revoked_tokens r where r.jti = :jti)
"""
NOT_REVOKED = f"""
      {EVIDENCE}
      left join revoked_tokens r on r.jti = :jti
     where a.id = :authorization and {OF_CLIENT} and {ALIVE_ALONE} and r.jti is null
"""
ONE_BY_ONE = f"{FROM} {NOT_REVOKED}"
"""
One row for each piece of evidence that counts, to be compared here: sorting them, and making ready to look
at mandates that hardly anybody has, would take the database longer than finding them.
"""
PERSON_COLUMNS = """
    p.id, p.name_sealed, p.sex, p.birth_date_sealed, p.phone_sealed, p.address_sealed, p.created_at,
    p.realm, v.level, v.method, v.authority, v.at
"""

IS_ALIVE_ALONE = Statement(f"select {acting.ALONE}, v.level {ONE_BY_ONE}")
IS_ALIVE = Statement(f"select {LEVEL} {FROM} {WHERE}")
WHOLE_ALONE = Statement(f"select {acting.ALONE}, {PERSON_COLUMNS} {ONE_BY_ONE}")
WHOLE_DIRECT = Statement(
    f"""
    select {acting.DIRECT}, {PERSON_COLUMNS}, {acting.DIRECT_COLUMNS}
    {FROM} {acting.DIRECT_FROM} {NOT_REVOKED}
    """
)
"""The same of an authorization for an organisation, whose mandate is told for having been found."""
OF_PERSON = 12
"""How many columns `PERSON_COLUMNS` are."""
NO_DOCUMENT = ("null, null, null", "", "")
VERIFIED_DOCUMENT = ("d.id, d.kind, d.number_sealed", DOCUMENTS, ", d.verified_at desc")
NOTHING_OF_A_DOCUMENT = (None, None, None)
KNOWN = 15
"""How many columns make a `Known`: those of the person, and three of a document."""


def _whole(acts: bool, with_document: bool) -> Statement:
    """Everything that is told, in one read: the strongest evidence comes first, the newest of equals."""
    columns, documents, order = VERIFIED_DOCUMENT if with_document else NO_DOCUMENT
    authority, whom = (f", {acting.WHOM_COLUMNS}", acting.WHOM_FROM) if acts else ("", "")
    return Statement(
        f"""
        select {PERSON_COLUMNS}, {columns} {authority} {FROM} {whom} {EVIDENCE} {documents} {WHERE}
         order by coalesce(v.level, 0) desc, v.at desc {order} limit 1
        """
    )


WHOLE = {
    (acts, with_document): _whole(acts, with_document)
    for acts in (False, True)
    for with_document in (False, True)
}
"""By whether somebody acts for an organisation, and whether their document is told."""
POST = Statement(
    """
    select t.unit_code, d.code, t.post, t."window" from staff t
      left join departments d on d.id = t.department_id where t.person_id = :person
    """
)
CERT_KEY = Statement("select id, value_sealed, basis from cert_keys where person_id = :person")
REVOKED = Statement("select 1 from revoked_tokens where jti = :jti")


@dataclass(frozen=True, slots=True)
class Evidence:
    """The strongest valid verification of a person."""

    level: int
    method: str
    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Document:
    """A verified document; the number still sealed."""

    id: UUID
    kind: str
    number: bytes


@dataclass(frozen=True, slots=True)
class Post:
    """Where a civil servant works: the directory's unit, the department it is here, post and counter."""

    unit: str
    department: str | None
    post: str
    window: str


@dataclass(frozen=True, slots=True)
class CertKey:
    """The national hash of name and number, still sealed, and the digest of what it was made of."""

    id: UUID
    value: bytes
    basis: bytes


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person, texts still sealed: only what a scope gives away is ever opened."""

    person_id: UUID
    name: bytes | None
    sex: str | None
    birth_date: bytes | None
    phone: bytes | None
    address: bytes | None
    created_at: datetime
    realm: str
    evidence: Evidence | None
    document: Document | None


def level_if_alive(
    prepared: Prepared, authorization_id: UUID, client_id: str, jti: str, now: datetime
) -> int | None:
    """The person's identity level now, or None when the token is dead."""
    values = _values(authorization_id, client_id, jti, now)
    rows = prepared.all(IS_ALIVE_ALONE, values)
    if not rows:
        return None
    if _is_alone(rows):
        return max(level or 0 for _, level in rows)
    row = prepared.one(IS_ALIVE, values)
    return None if row is None else row[0] or 0


def known_if_alive(
    prepared: Prepared,
    authorization_id: UUID,
    client_id: str,
    jti: str,
    now: datetime,
    *,
    acts: bool,
    with_document: bool,
) -> tuple[Known, Authority | None] | None:
    """What is known of the person, and by what authority they act for another; None when it is dead."""
    values = _values(authorization_id, client_id, jti, now)
    if not with_document:
        rows = prepared.all(WHOLE_DIRECT if acts else WHOLE_ALONE, values)
        if not rows:
            return None
        if _is_alone(rows):
            return _strongest(rows), acting.authority(rows[0][1 + OF_PERSON :]) if acts else None
    row = prepared.one(WHOLE[acts, with_document], values)
    if row is None:
        return None
    return _known(row[:KNOWN]), acting.authority(row[KNOWN:]) if acts else None


def post_of(prepared: Prepared, person_id: UUID) -> Post | None:
    """Where somebody works; None for a citizen."""
    row = prepared.one(POST, {"person": person_id})
    return None if row is None else Post(*row)


def cert_key_of(prepared: Prepared, person_id: UUID) -> CertKey | None:
    """The national hash that is kept of somebody."""
    row = prepared.one(CERT_KEY, {"person": person_id})
    return None if row is None else CertKey(identifier(row[0]), row[1], bytes(row[2]))


def is_revoked(prepared: Prepared, jti: str) -> bool:
    """Whether this one token was revoked by itself."""
    return prepared.one(REVOKED, {"jti": jti}) is not None


def _values(authorization_id: UUID, client_id: str, jti: str, now: datetime) -> dict[str, object]:
    return {"authorization": authorization_id, "client": client_id, "jti": jti, "now": now}


def _is_alone(rows: Sequence[Row]) -> bool:
    """Whether nothing else stands behind the authorization, so that it is alive for having been found."""
    return bool(rows[0][0])


def _strongest(rows: Sequence[Row]) -> Known:
    """As `WHOLE` sorts them: the strongest evidence, the newest of equals."""
    return max((_known((*row[1 : 1 + OF_PERSON], *NOTHING_OF_A_DOCUMENT)) for row in rows), key=_strength)


def _strength(known: Known) -> tuple[int, datetime]:
    found = known.evidence
    return (0, known.created_at) if found is None else (found.level, found.at)


def _known(row: Row) -> Known:
    person, name, sex, born, phone, address, created, realm, level, method, authority, at, *document = row
    return Known(
        person_id=identifier(person),
        name=name,
        sex=sex,
        birth_date=born,
        phone=phone,
        address=address,
        created_at=moment(created),
        realm=realm,
        evidence=None if level is None else Evidence(level, method, authority, moment(at)),
        document=None if document[0] is None else Document(identifier(document[0]), document[1], document[2]),
    )
