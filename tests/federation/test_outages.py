"""The province slow, broken or talking nonsense never stops the city's own sign-in."""

import pytest

from federation.simulator.faults import Lie
from idp.simulator.mischief import Line
from tests.federation.stage import City


@pytest.mark.parametrize(
    ("fault", "step"),
    [
        (Line.ERROR_500, "oidc.token"),
        (Line.DROP, "oidc.token"),
        (Lie.GARBAGE, "oidc.token"),
        (Lie.HUGE, "oidc.token"),
        (Line.ERROR_500, "oidc.userinfo"),
        (Lie.GARBAGE, "oidc.userinfo"),
    ],
)
def test_an_outage_leads_back_to_the_sign_in_page(town: City, fault: str, step: str) -> None:
    """Which says so and offers everything else."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(fault, step)
    visitor.comes_back(address, "nameless").arrives()

    assert "/sign-in" == visitor.path
    assert 200 == visitor.status
    assert "没有通过“陕西政务服务网”登录" in visitor.text
    assert "用本地方式登录" in visitor.text


def test_a_no_there_is_no_fault(town: City) -> None:
    """Somebody who turned back hears just that."""
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(Lie.DENIED, "oidc.authorize")
    visitor.comes_back(address, "nameless").arrives()

    assert "您在那里没有完成登录" in visitor.text


def test_local_sign_in_goes_on(town: City) -> None:
    """In the very same interaction."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller()
    address = visitor.departs()
    town.lies(Line.DROP, "oidc.token")
    visitor.comes_back(address, persona.key).arrives()
    visitor.fill(login=persona.phone, password="three quiet herons")

    assert "/account" == visitor.path
