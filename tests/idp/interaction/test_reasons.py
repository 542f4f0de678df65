"""Why a second way is asked for: who asks, and what would be enough."""

from dataclasses import replace

import pytest

from idp.assurance import Level
from idp.interaction.reasons import Asker, Missing, second_way
from idp.interaction.record import Demand
from tests.idp.interaction.test_policy import DEMAND, FACTS


def test_nobody_asks_where_one_way_is_enough() -> None:
    """Then there is nothing to explain."""
    assert second_way(DEMAND, FACTS) is None


def test_the_persons_own_setting_is_named_first() -> None:
    """Whoever chose two steps is told so, and the service only if it asks as well."""
    own = replace(FACTS, own_minimum=Level(aal=2))
    alone = second_way(DEMAND, own)
    both = second_way(replace(DEMAND, level=Level(1, 2)), own)
    assert alone and both

    assert ((Asker.SELF,), (Asker.SELF, Asker.SERVICE)) == (alone.askers, both.askers)


def test_own_pages_and_offices_are_not_called_a_service() -> None:
    """Nobody is told that a service wants what a page of their own or their office does."""
    page = second_way(Demand(level=Level(1, 2)), FACTS)
    office = second_way(DEMAND, replace(FACTS, realm="staff", own_minimum=Level(aal=2)))
    assert page and office

    assert ((Asker.PAGE,), (Asker.OFFICE,)) == (page.askers, office.askers)


def test_a_page_of_an_office_gives_one_reason() -> None:
    """Civil servants always prove two things; that the page wants it too adds nothing."""
    servant = replace(FACTS, realm="staff", own_minimum=Level(aal=2))
    page, higher = (second_way(Demand(level=Level(1, aal)), servant) for aal in (2, 3))
    assert page and higher

    assert ((Asker.OFFICE,), (Asker.OFFICE, Asker.PAGE)) == (page.askers, higher.askers)


@pytest.mark.parametrize(
    ("amr", "aal", "missing"),
    [
        ({"pwd"}, 2, Missing.POSSESSION),
        ({"sms"}, 2, Missing.KNOWLEDGE),
        ({"sms", "otp"}, 2, Missing.KNOWLEDGE),
        ({"mca"}, 2, Missing.HERE),
        ({"pwd", "mca"}, 2, Missing.POSSESSION),
        ({"pwd", "sms"}, 3, Missing.KEY),
    ],
)
def test_what_is_missing_is_of_another_kind(amr: set[str], aal: int, missing: Missing) -> None:
    """Two things one has are one kind, and nothing of both makes a key (SP 800-63B §2.2)."""
    why = second_way(replace(DEMAND, level=Level(1, aal)), replace(FACTS, amr=frozenset(amr)))
    assert why

    assert missing is why.missing


def test_a_civil_servant_is_told_of_no_certificate() -> None:
    """They have none here: what is missing is a passkey that stays on one device."""
    servant = replace(FACTS, realm="staff", own_minimum=Level(aal=2), amr=frozenset({"pwd", "otp"}))
    why = second_way(replace(DEMAND, level=Level(1, 3)), servant)
    assert why

    assert Missing.DEVICE_KEY is why.missing
