"""Another instance of ours as a system of this one: a city whose province speaks SAML, and so do we."""

from urllib.parse import urlsplit

import lxml.html
import pytest

from federation import saml_metadata
from federation.saml import Saml
from idp import clock
from idp.interaction.upstream import AssertedIdentity, Begun, Reason, Refused, Wanted
from idp.persons.identifiers import DocumentType
from idp.settings_upstreams import UpstreamTable
from tests.federation.docked import means
from tests.idp.saml.hall import Hall
from tests.idp.saml.party import System


def city(hall: Hall, system: System) -> Saml:
    """The city's side, as the settings and our metadata make it."""
    document = hall.get("/saml/metadata").get_data()
    table = UpstreamTable.model_validate(
        {
            "protocol": "saml",
            "title": "省政务服务网",
            "issuer": hall.saml.entity_id,
            "client_id": system.entity_id,
            "trust": {"levels": {"3": 3}},
        }
    )
    provider = saml_metadata.read(document, hall.saml.entity_id)
    return Saml("province", table, provider, means().once, lambda: system.party.signer)


@pytest.mark.parametrize("silent", [False, True])
def test_a_city_is_told_who_came(hall: Hall, silent: bool) -> None:
    """Both sides read the standard alike: request, signature, conditions, names, level, and the sign-out."""
    system, registered = hall.system()
    upstream, somebody = city(hall, system), hall.world.known(registered)
    begun = upstream.begin(Wanted(system.consumer, silent=silent), clock.now())
    assert isinstance(begun, Begun)
    [form] = lxml.html.fromstring(hall.ask(urlsplit(begun.url).query, somebody).text).forms
    received = {str(name): str(value) for name, value in form.fields.items()}
    said = upstream.finish(begun.kept, received, clock.now())
    assert isinstance(said, AssertedIdentity), said
    leaving = upstream.leave(said.kept, "")
    assert isinstance(leaving, str)

    assert (3, "王小明", DocumentType.RESIDENT_ID) == (said.level.ial, said.name, said.kind)
    assert said.number and said.phone
    assert hall.get(f"/saml/slo?{urlsplit(leaving).query}").status_code in (200, 303)
    assert Refused(Reason.UNBELIEVED, "replayed") == upstream.finish(begun.kept, received, clock.now())


def test_a_city_that_asks_silently_is_told_nobody(hall: Hall) -> None:
    """NoPassive is a no, not a fault."""
    system, _ = hall.system()
    upstream = city(hall, system)
    begun = upstream.begin(Wanted(system.consumer, silent=True), clock.now())
    assert isinstance(begun, Begun)
    [form] = lxml.html.fromstring(hall.ask(urlsplit(begun.url).query).text).forms
    received = {str(name): str(value) for name, value in form.fields.items()}
    answer = upstream.finish(begun.kept, received, clock.now())

    assert isinstance(answer, Refused)
    assert Reason.DECLINED is answer.reason
