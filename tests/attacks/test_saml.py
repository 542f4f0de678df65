"""Messages of SAML systems that somebody on the way has added to, and systems reached in two networks."""

from base64 import b64encode

import pytest

from idp.saml import documents
from idp.saml.documents import Untrusted
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


FAR = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z"]
"""Times that a zone or a skew leads out of the calendar."""


@pytest.mark.parametrize("at", FAR)
def test_no_time_leads_out_of_the_calendar(hall: Hall, at: str) -> None:
    """Whoever writes one is answered as everybody who sends something unreadable."""
    system, _ = hall.system()

    assert 400 == hall.ask(system.query(system.request(IssueInstant=at))).status_code


@pytest.mark.parametrize("at", [*FAR, "2026-03-02T09:30:00", "soon", ""])
def test_a_time_has_a_zone_and_a_year(at: str) -> None:
    """For requests and for the answers of upstreams alike."""
    with pytest.raises(Untrusted):
        documents.moment(at)


def test_strangers_keep_no_long_requests_here(hall: Hall) -> None:
    """An unsigned request needs nothing but a name everybody knows, and is kept for hours."""
    system, _ = hall.system({"requests_signed": False})
    message = (system.request() + " " * 20_000).encode()
    answers = [
        hall.world.http.post("/saml/sso", data={"SAMLRequest": b64encode(sent).decode()})
        for sent in (message.strip(), message)
    ]

    assert [303, 400] == [answer.status_code for answer in answers]
