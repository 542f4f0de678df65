"""What two accounts become when they are one person's, and what each is again if they are not.

The account that stays keeps what it has of everything of which a person has one: name, phone, login,
password. The other's fill what it lacks. Whatever its person does meanwhile (withdraws, ends, changes) is not
undone.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from idp.authenticators.models import Credential
from idp.consents.models import Consent
from idp.evidence.models import Method
from idp.keys.vault import Vault
from idp.persons import belongings, lookup, moving
from idp.persons.models import CertKey, Document, Guardianship, Person, PhoneIndex
from idp.persons.moving import Holding, Moved

TEXTS = ("name", "address", "birth_date")
GUARDIANS = "guardianships.guardian_id"
OF_THE_PHONE = Holding("evidence", "person_id", lambda table, _to: table.c.method == Method.PHONE_CODE)


@dataclass
class Manifest:
    """Everything that joining changed, for the way back; sealed wherever it is kept."""

    moved: Moved = field(default_factory=dict)
    filled: dict[str, str] = field(default_factory=dict)
    """What the account that stays did not have, and was given."""
    least_aal: int | None = None
    """What it asked for before, where the other asked for more."""
    superseded: list[str] = field(default_factory=list)
    """Consents towards clients that both accounts had agreed to."""

    @property
    def rows(self) -> int:
        """How many records moved."""
        return sum(map(len, self.moved.values()))

    def text(self) -> str:
        """As it is kept."""
        return json.dumps(asdict(self), separators=(",", ":"))


def read(text: str) -> Manifest:
    """A manifest as it was kept."""
    return Manifest(**json.loads(text))


def join(db: Session, vault: Vault, survivor: Person, merged: Person, now: datetime) -> Manifest:
    """Give everything of one account to the other. Both are held, and nobody is in either any more."""
    manifest = Manifest(superseded=_supersede(db, survivor.id, merged.id, now))
    manifest.moved = moving.move(db, merged.id, survivor.id)
    _remember_whose(db, manifest.moved, merged.id)
    _digest_anew(db, vault, manifest.moved, merged.id, survivor.id)
    _fill(db, vault, survivor, merged, manifest)
    if merged.least_aal > survivor.least_aal:
        manifest.least_aal, survivor.least_aal = survivor.least_aal, merged.least_aal
    survivor.version += 1
    db.flush()
    return manifest


def part(
    db: Session,
    vault: Vault,
    survivor: Person,
    merged: Person,
    manifest: Manifest,
    since: datetime,
    now: datetime,
) -> None:
    """Give back what is still where it was put; `since` is when they were joined. Both are held.

    Consents given meanwhile covered what two people had agreed to, so they count for neither.
    """
    db.execute(
        update(Consent)
        .where(
            Consent.person_id == survivor.id,
            Consent.client_id.is_not(None),
            Consent.at >= since,
            Consent.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=now)
    )
    moving.put_back(db, manifest.moved, merged.id, survivor.id)
    _digest_anew(db, vault, manifest.moved, survivor.id, merged.id)
    db.execute(
        update(Consent)
        .where(Consent.id.in_([UUID(one) for one in manifest.superseded]), Consent.superseded_at == since)
        .values(superseded_at=None)
    )
    _empty(db, vault, survivor, merged, manifest)
    if manifest.least_aal is not None:
        survivor.least_aal = manifest.least_aal
    survivor.version += 1
    merged.version += 1
    db.flush()


def erase(db: Session, merged: Person) -> None:
    """What was left of the joined account; the row stays, for subjects and the trail name it."""
    db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == merged.id))
    db.execute(delete(CertKey).where(CertKey.person_id == merged.id))
    db.execute(delete(Document).where(Document.person_id == merged.id))
    db.execute(
        update(Credential).where(Credential.person_id == merged.id).values(secret="", handle=None)  # noqa: S106 - erased
    )
    merged.name = merged.phone = merged.address = merged.birth_date = None
    merged.sex = merged.login_name = None


def _supersede(db: Session, survivor_id: UUID, merged_id: UUID, now: datetime) -> list[str]:
    """Towards one client a person has one consent in force: that of the account that stays."""
    in_force = (Consent.withdrawn_at.is_(None), Consent.superseded_at.is_(None))
    agreed = select(Consent.client_id).where(
        Consent.person_id == survivor_id, Consent.client_id.is_not(None), *in_force
    )
    both = list(
        db.scalars(
            select(Consent.id).where(Consent.person_id == merged_id, Consent.client_id.in_(agreed), *in_force)
        )
    )
    db.execute(update(Consent).where(Consent.id.in_(both)).values(superseded_at=now))
    return [str(one) for one in both]


def _remember_whose(db: Session, moved: Moved, merged_id: UUID) -> None:
    """A passkey names the account it was made for (WebAuthn §5.4.3, user.id) and always will."""
    for key in moved.get("credentials.person_id", ()):
        credential = db.get_one(Credential, UUID(key))
        if credential.kind == "passkey":
            credential.details = {"made_for": merged_id.hex, **credential.details}


def _digest_anew(db: Session, vault: Vault, moved: Moved, before: UUID, after: UUID) -> None:
    """A guardianship's digest covers the guardian, so that nobody lists one child twice."""
    for key in moved.get(GUARDIANS, ()):
        link = db.get(Guardianship, UUID(key))
        if link is None or link.guardian_id != after:
            continue
        for document in db.get_one(Person, link.ward_id).documents:
            number = belongings.claim_of(document).key
            if link.digest in vault.digests("guardianship", f"{before}|{number}").values():
                link.digest = vault.digest("guardianship", f"{after}|{number}")


def _fill(db: Session, vault: Vault, survivor: Person, merged: Person, manifest: Manifest) -> None:
    filled = manifest.filled
    for name in TEXTS:
        if getattr(survivor, name) is None and (text := getattr(merged, name)) is not None:
            filled[name] = text
            setattr(survivor, name, text)
    if survivor.sex is None and merged.sex is not None:
        filled["sex"] = survivor.sex = merged.sex
    if survivor.login_name is None and merged.login_name is not None:
        filled["login_name"], merged.login_name = merged.login_name, None
        db.flush()
        survivor.login_name = filled["login_name"]
    if survivor.phone is None and merged.phone is not None:
        filled["phone"] = merged.phone
        db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == merged.id))
        belongings.give_phone(db, vault, survivor, filled["phone"])
        for name, keys in moving.move(db, merged.id, survivor.id, (OF_THE_PHONE,)).items():
            manifest.moved.setdefault(name, []).extend(keys)


def _empty(db: Session, vault: Vault, survivor: Person, merged: Person, manifest: Manifest) -> None:
    """Take back what was filled in, unless it has become something else meanwhile."""
    filled = manifest.filled
    for name in (*TEXTS, "sex"):
        if name in filled and getattr(survivor, name) == filled[name]:
            setattr(survivor, name, None)
    if "login_name" in filled and survivor.login_name == filled["login_name"]:
        survivor.login_name = None
        db.flush()
        merged.login_name = filled["login_name"]
    if "phone" in filled:
        _give_phone_back(db, vault, survivor, merged, filled["phone"])


def _give_phone_back(db: Session, vault: Vault, survivor: Person, merged: Person, phone: str) -> None:
    if survivor.phone == phone:
        db.execute(delete(PhoneIndex).where(PhoneIndex.person_id == survivor.id))
        survivor.phone = None
        db.flush()
    if lookup.by_phone(db, vault, phone) is None:
        belongings.give_phone(db, vault, merged, phone)
    else:
        merged.phone = None
