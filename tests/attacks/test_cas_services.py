"""Addresses of CAS services that hide a ticket of somebody else's."""

import pytest

from idp.clients import services

PAGE = "https://app.example.gov.cn/page?a=1"


@pytest.mark.parametrize("name", ["ticket", "%74icket", "tick%65t", "SAMLart", "SAML%61rt"])
def test_no_ticket_hides_in_a_service(name: str) -> None:
    """A service that reads the first of two tickets would take the one that was there before."""
    assert f"{PAGE}&b=2" == services.normalised(f"{PAGE}&{name}=ST-theirs&b=2")


@pytest.mark.parametrize("name", ["Ticket", "%54icket", "tickets"])
def test_other_parameters_stay_as_they_were(name: str) -> None:
    """Names are told apart by case, and the query of a service is its own business."""
    assert f"{PAGE}&{name}=1" == services.normalised(f"{PAGE}&{name}=1")
