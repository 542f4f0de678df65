"""Telling the national hash of name and number to a client that may know it."""

from datetime import datetime

from idp.oauth import liveness
from idp.oauth.claims import REGISTRY_LEVEL, Claims
from idp.oauth.collaborators import OAuth
from idp.oauth.liveness import Known
from idp.persons import cert_keys
from idp.storage.base import new_id
from idp.storage.prepared import Statement

KEEP = Statement(
    """
    insert into cert_keys (id, person_id, value_sealed, basis, origin, at)
    values (:id, :person, :value, :basis, :origin, :now)
    on conflict (person_id) do update set id = excluded.id, value_sealed = excluded.value_sealed,
        basis = excluded.basis, origin = excluded.origin, at = excluded.at
    returning id
    """
)


def told(oauth: OAuth, known: Known, now: datetime) -> Claims:
    """
    What is kept of somebody, as long as it is the hash of the name and document they have now.

    Else it is made anew where the national function is at hand, and nothing is told where it is not. Below
    the level of real names nobody has one: a hash of what somebody typed would join them to somebody else.
    """
    of = _verified(oauth, known)
    if of is None:
        return {}
    kept = liveness.cert_key_of(oauth.prepared, known.person_id)
    if kept and kept.basis in cert_keys.bases(oauth.vault, *of):
        return {"cert_key": oauth.vault.open(kept.value, "cert_keys", "value", kept.id).decode()}
    if oauth.cert_key is None:
        return {}
    _, number, name = of
    value, row = oauth.cert_key(name, number), new_id()
    made = {
        "id": row,
        "person": known.person_id,
        "value": oauth.vault.seal(value.encode(), "cert_keys", "value", row),
        "basis": cert_keys.basis(oauth.vault, *of),
        "origin": cert_keys.COMPUTED,
        "now": now,
    }
    oauth.prepared.one(KEEP, made)
    return {"cert_key": value}


def _verified(oauth: OAuth, known: Known) -> tuple[str, str, str] | None:
    """Kind, number and name, once an authority has confirmed them."""
    document, name = known.document, known.name
    if document is None or name is None or known.evidence is None or known.evidence.level < REGISTRY_LEVEL:
        return None
    number = oauth.vault.open(document.number, "documents", "number", document.id).decode()
    return document.kind, number, oauth.vault.open(name, "persons", "name", known.person_id).decode()
