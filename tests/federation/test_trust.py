"""What of an upstream's word is believed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from federation.trust import Believed, Doubt, believe
from idp.assurance import Level
from idp.interaction.upstream import AssertedIdentity
from idp.persons import synthetic
from idp.persons.identifiers import DocumentType
from idp.settings_upstreams import Trust

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SAID = AssertedIdentity(
    upstream="province",
    subject="s",
    level=Level(3, 1),
    at=NOW,
    name="林晓云",
    kind=DocumentType.RESIDENT_ID,
    number=synthetic.resident_id_at(1),
)
TRUST = Trust(highest_level=4, highest_aal=2)


@pytest.mark.parametrize(
    ("said", "trust", "expected"),
    [
        (SAID, TRUST, Believed(3, 1, frozenset())),
        (replace(SAID, level=Level(5, 1)), TRUST, Believed(4, 1, frozenset({Doubt.ABOVE_LIMIT}))),
        (replace(SAID, level=Level(0, 1)), TRUST, Believed(1, 1, frozenset({Doubt.UNKNOWN_SIGN}))),
        (replace(SAID, level=Level(3, 3)), TRUST, Believed(3, 2, frozenset({Doubt.SIGN_IN_ABOVE_LIMIT}))),
        (replace(SAID, level=Level(3, 0)), TRUST, Believed(3, 1, frozenset())),
        (replace(SAID, number="", kind=None), TRUST, Believed(1, 1, frozenset({Doubt.NO_DOCUMENT}))),
        (replace(SAID, name=""), TRUST, Believed(1, 1, frozenset({Doubt.NO_NAME}))),
    ],
)
def test_less_is_believed_than_is_said(said: AssertedIdentity, trust: Trust, expected: Believed) -> None:
    """And never more; every difference has its reason."""
    assert expected == believe(said, trust, NOW)


def test_what_the_nation_says_is_believed_where_that_is_agreed() -> None:
    """The trust flag: a province that only hands on is trusted to do so, or its word is a contact."""
    handed_on = replace(SAID, national=True)

    assert 1 == believe(handed_on, TRUST, NOW).ial
    assert 3 == believe(handed_on, TRUST.model_copy(update={"national": True}), NOW).ial


def test_a_sign_in_of_yesterday_is_none_today() -> None:
    """Its person proves themselves anew there."""
    old = replace(SAID, at=NOW - timedelta(days=1))
    judged = believe(old, TRUST, NOW)

    assert judged.is_too_old
    assert 0 == judged.aal
