"""Whom an upstream means: every decision there is."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from federation.matching import (
    Conflict,
    Create,
    Decision,
    Disagreement,
    Enter,
    Here,
    Person,
    Prove,
    Unwelcome,
    decide,
)
from federation.trust import Believed
from idp.interaction.upstream import AssertedIdentity
from idp.persons.identifiers import DocumentType
from idp.settings_upstreams import Trust
from tests.federation.test_trust import SAID

KEY, OTHER = "the document", "another document"
KIND = DocumentType.RESIDENT_ID.value
MINE = Person(UUID(int=1), "林晓云", date(1994, 9, 3), frozenset({KEY}), frozenset({KIND}))
THEIRS = Person(UUID(int=2), "林晓云", date(1994, 9, 3), frozenset({OTHER}), frozenset({KIND}))
BARE = Person(UUID(int=3), "")
SURE, UNSURE = Believed(3, 1, frozenset()), Believed(1, 1, frozenset())


@pytest.mark.parametrize(
    ("here", "believed", "expected"),
    [
        (Here(), SURE, Create()),
        (Here(holder=MINE), SURE, Prove(MINE.id)),
        (Here(linked=MINE, holder=MINE), SURE, Enter(MINE.id)),
        (Here(linked=THEIRS), UNSURE, Enter(THEIRS.id)),
        (Here(linked=BARE), SURE, Enter(BARE.id, raises=True)),
        (
            Here(linked=THEIRS, holder=MINE),
            SURE,
            Conflict(Disagreement.DOCUMENT_OF_ANOTHER, THEIRS.id, MINE.id),
        ),
        (Here(linked=THEIRS), SURE, Conflict(Disagreement.OTHER_DOCUMENT, THEIRS.id)),
        (
            Here(holder=replace(MINE, name="别人")),
            SURE,
            Conflict(Disagreement.OTHER_NAME, MINE.id),
        ),
    ],
)
def test_a_document_or_the_stable_id_decide(here: Here, believed: Believed, expected: Decision) -> None:
    """And where they contradict each other or us, nobody decides but an operator."""
    key = KEY if believed.proves_document else ""

    assert expected == decide(SAID, believed, Trust(), here, key=key)


def test_no_account_holds_the_documents_of_two() -> None:
    """A passport in one name is here; an identity card in another is nobody's further document."""
    linked = replace(MINE, name="别人", documents=frozenset({OTHER}), kinds=frozenset({"prc_passport"}))

    assert Conflict(Disagreement.OTHER_NAME, linked.id) == said(Here(linked=linked), Trust())
    assert Enter(linked.id, raises=True) == said(Here(linked=replace(linked, name=SAID.name)), Trust())


def said(here: Here, trust: Trust, **more: object) -> Decision:
    asserted: AssertedIdentity = SAID
    return decide(asserted, SURE, trust, here, key=KEY, **more)  # type: ignore[arg-type]


def test_what_must_match_is_a_setting() -> None:
    """A name that is spelled otherwise may be ignored knowingly, a birth date asked for."""
    holder = replace(MINE, name="别人", birth_date=date(1990, 1, 1))
    born = {"birth_date": date(1994, 9, 3)}

    assert Prove(MINE.id) == said(Here(holder=holder), Trust(must_match=[]))
    assert Conflict(Disagreement.OTHER_BIRTH_DATE, MINE.id) == said(
        Here(holder=holder), Trust(must_match=["birth_date"]), **born
    )


def test_not_everybody_may_begin_an_account() -> None:
    """Where the settings say no, and children."""
    assert Unwelcome.MAY_NOT_CREATE == said(Here(), Trust(may_create=False))
    assert Unwelcome.CHILD == said(Here(), Trust(), is_child=True)
