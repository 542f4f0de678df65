"""What must be known before a password is hashed: whom it is about, an older account, a hash for strangers.

Everything comes by one statement, the same for who is known and who is not: nobody is answered sooner.
"""

# ruff: noqa: S608 – statements are joined from constants here, never from input

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from uuid import UUID

from idp.authenticators import password
from idp.keys.vault import Vault
from idp.moving import arriving
from idp.moving.arriving import Old
from idp.persons import lookup
from idp.persons.lookup import Typed
from idp.storage.columns import identifier, moment
from idp.storage.prepared import Prepared, Statement

SECRET = f"""
    (select c.secret from credentials c
      where c.person_id = p.id and c.kind = '{password.KIND}' and c.ended_at is null)
"""


@dataclass(frozen=True)
class Found:
    """Somebody who has an account."""

    person_id: UUID
    status: str
    secret: str | None = field(repr=False)
    proofs_count_from: datetime | None


@dataclass(frozen=True)
class Recalled:
    """Whom what was typed leads to, here and in older systems, and a hash for strangers."""

    person: Found | None
    old: Old | None
    decoy: str | None = field(repr=False)


def recall(prepared: Prepared, vault: Vault, typed: Typed, who: str) -> Recalled:
    """Everything about what was typed; `who` is its blind digest (`lookup.who`)."""
    keys, olds = lookup.keys(vault, typed), arriving.logins(vault, typed.text)
    values: dict[str, object] = {**password.decoy_values(who), **arriving.decoy_values(who)}
    for place, (_, sent) in enumerate(keys):
        values |= {f"{name}{place}": value for name, value in sent.items()}
    values |= {f"old{place}": digest for place, digest in enumerate(olds)}
    row = prepared.one(statement(tuple(way for way, _ in keys), len(olds)), values)
    if row is None:
        raise LookupError("the database gave no row back")
    person = Found(identifier(row[0]), row[1], row[2], moment(row[3]) if row[3] else None) if row[0] else None
    return Recalled(person, Old(identifier(row[4]), row[5]) if row[4] else None, row[6] or row[7])


@cache
def statement(ways: tuple[str, ...], olds: int) -> Statement:
    """The statement for these ways to a person and so many digests of an old login, each numbered."""
    people = [_numbered(lookup.PERSON_BY[way], place) for place, way in enumerate(ways)]
    wanted = [f"login_digest = :old{place}" for place in range(olds)]
    wanted += [f"{way}_digest = :digest{place}" for place, way in enumerate(ways) if way != "login"]
    return Statement(
        f"""
        select p.id, p.status, {SECRET}, p.proofs_count_from, o.id, o.secret, d.secret, e.secret
          from (select 1 as one) x
          left join persons p on p.id = coalesce({", ".join(f"({one})" for one in people)}, null)
          left join ({arriving.first_of(wanted)}) o on 1 = 1
          left join ({password.DECOY}) d on 1 = 1
          left join ({arriving.DECOY}) e on 1 = 1
        """
    )


def _numbered(sql: str, place: int) -> str:
    return (
        sql.replace(":generation", f":generation{place}")
        .replace(":digest", f":digest{place}")
        .replace(":login", f":login{place}")
    )
