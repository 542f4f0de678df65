"""Messages of SAML systems that somebody on the way has added to, and systems reached in two networks."""

import pytest

from tests.idp.saml.conftest import hall
from tests.idp.saml.hall import Hall

__all__ = ["hall"]


@pytest.mark.parametrize(
    "added", ["%52elayState=evil", "RelayStat%65=evil", "Relay%53tate=evil&x=", "%53igAlg=", "%53AMLRequest="]
)
def test_a_relay_state_cannot_be_added_in_disguise(hall: Hall, added: str) -> None:
    """The signature covers parameters as they were sent, so a name that is spelt otherwise is none of them.

    Else whoever holds a signed link could choose where the system goes on afterwards.
    """
    system, registered = hall.system()
    somebody = hall.world.known(registered)
    query = system.query(system.request())
    before = hall.ask(query, somebody).status_code
    answers = [hall.ask(f"{query}&{added}", somebody), hall.ask(f"{added}&{query}", somebody)]

    assert 200 == before
    assert [400, 400] == [answer.status_code for answer in answers]
