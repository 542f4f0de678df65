"""Who came, and for whom, is the same whichever protocol told it."""

from typing import Any

from examples.relying_party.on_behalf import as_told, nested, on_behalf

CLAIMS: dict[str, Any] = {
    "sub": "b2",
    "acr": "ial3.aal2",
    "organisation": {"code": "91210100MA0000001X", "name": "示范贸易有限公司", "status": "live"},
    "act": {"sub": "a1", "name": "王小明", "role": "agent", "mandate": "m-1"},
}
FLAT = {
    "acr": "ial3.aal2",
    "organisation_code": "91210100MA0000001X",
    "organisation_name": "示范贸易有限公司",
    "organisation_status": "live",
    "act_sub": "a1",
    "act_name": "王小明",
    "act_role": "agent",
    "act_mandate": "m-1",
}


def test_flat_attributes_say_what_claims_say() -> None:
    """CAS and SAML attributes are read as the claims of a token are."""
    assert (on_behalf(CLAIMS), as_told(CLAIMS)) == (on_behalf(nested(FLAT)), as_told(nested(FLAT)))


def test_whoever_comes_as_themselves_acts_for_nobody() -> None:
    """Their attributes make no organisation, and no row of one."""
    person = nested({"name": "王小明", "acr": "ial3.aal1"})

    assert on_behalf(person) is None
    assert [("name", "王小明"), ("acr", "ial3.aal1")] == as_told(person)
