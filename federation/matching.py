"""Whom an upstream means here: by the document it proves, else by its own stable id, never by anything else.

A phone or an e-mail is no reason to be anybody: numbers are given to others, addresses are typed by whoever
likes. An account that is here already is entered only after its person has proven themselves with a means of
their own; where upstream and we disagree, nothing is merged and a case is opened. An organisation's sign-in
means nobody, whomever it names: several people may know it, and a session is one person's (domain §4.8).
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from federation.trust import Believed
from idp.interaction.upstream import AssertedIdentity
from idp.persons import names
from idp.settings_upstreams import Trust


class Disagreement(StrEnum):
    """What an operator has to decide."""

    DOCUMENT_OF_ANOTHER = "document_of_another"
    """The upstream's account is linked to one person, and its document is somebody else's here."""
    OTHER_DOCUMENT = "other_document"
    """The linked person has another document of this kind."""
    OTHER_NAME = "other_name"
    """The document is here under another name."""
    OTHER_BIRTH_DATE = "other_birth_date"
    REGISTRY_SAYS_NO = "registry_says_no"
    """The registry does not confirm what the upstream asserts."""
    REGISTRY_KNOWS_NOBODY = "registry_knows_nobody"
    """The registry has no such document. Operators are told; the person reads the same as above."""
    HOLDER_IS_DEAD = "holder_is_dead"
    """The registry knows the holder as deceased."""


class Unwelcome(StrEnum):
    """Why somebody who is new here gets no account."""

    MAY_NOT_CREATE = "may_not_create"
    CHILD = "child"
    """Under fourteen: a guardian registers them (PIPL Art. 31)."""


@dataclass(frozen=True)
class Person:
    """What is known here of somebody, as far as it matters."""

    id: UUID
    name: str = field(repr=False)
    birth_date: date | None = field(default=None, repr=False)
    documents: frozenset[str] = field(default=frozenset(), repr=False)
    """Keys of their verified documents (`lookup.document_key`)."""
    kinds: frozenset[str] = frozenset()
    """Kinds of their verified documents."""


@dataclass(frozen=True)
class Enter:
    """It is this person, as before."""

    person_id: UUID
    raises: bool = False
    """Whether its document is new here and would be theirs."""


@dataclass(frozen=True)
class Prove:
    """This account is here; its person proves themselves once, then both are linked."""

    person_id: UUID


@dataclass(frozen=True)
class Create:
    """Nobody here is meant."""


@dataclass(frozen=True)
class ProveOneself:
    """They came by an organisation's sign-in; who they are, they show here, by a means of their own."""


@dataclass(frozen=True)
class Conflict:
    """Upstream and we disagree."""

    reason: Disagreement
    person_id: UUID | None = None
    other_id: UUID | None = None


Decision = Enter | Prove | Create | ProveOneself | Conflict | Unwelcome


@dataclass(frozen=True)
class Here:
    """Who is here already: whom the upstream's account is linked to, and who holds the document it proves."""

    linked: Person | None = None
    holder: Person | None = None


def decide(
    asserted: AssertedIdentity,
    believed: Believed,
    trust: Trust,
    here: Here,
    *,
    key: str,
    birth_date: date | None = None,
    is_child: bool = False,
) -> Decision:
    """
    Whom the upstream means.

    `key` finds the asserted document, empty where none is believed; `birth_date` is what its number says.
    """
    if asserted.organisation is not None:
        return ProveOneself()
    if here.linked is not None:
        return _linked(believed, here, here.linked, asserted, key) or _raised(
            asserted, trust, here.linked, birth_date
        )
    if here.holder is not None:
        differs = _differs(asserted, trust, here.holder, birth_date)
        return Conflict(differs, here.holder.id) if differs else Prove(here.holder.id)
    if not trust.may_create:
        return Unwelcome.MAY_NOT_CREATE
    return Unwelcome.CHILD if is_child else Create()


def _linked(
    believed: Believed, here: Here, linked: Person, asserted: AssertedIdentity, key: str
) -> Decision | None:
    """None where a document would be theirs that nobody has here."""
    if not believed.proves_document or key in linked.documents:
        return Enter(linked.id)
    if here.holder is not None:
        return Conflict(Disagreement.DOCUMENT_OF_ANOTHER, linked.id, here.holder.id)
    if asserted.kind in linked.kinds:
        return Conflict(Disagreement.OTHER_DOCUMENT, linked.id)
    return None


def _raised(asserted: AssertedIdentity, trust: Trust, linked: Person, birth_date: date | None) -> Decision:
    """A further document must be the same person's: an account never holds those of two."""
    differs = _differs(asserted, trust, linked, birth_date) if linked.kinds else None
    return Conflict(differs, linked.id) if differs else Enter(linked.id, raises=True)


def _differs(
    asserted: AssertedIdentity, trust: Trust, holder: Person, birth_date: date | None
) -> Disagreement | None:
    if "name" in trust.must_match and not names.same(asserted.name, holder.name):
        return Disagreement.OTHER_NAME
    born = {birth_date, holder.birth_date} - {None}
    if "birth_date" in trust.must_match and len(born) > 1:
        return Disagreement.OTHER_BIRTH_DATE
    return None
