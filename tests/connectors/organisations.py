"""What the suites of the registries of organisations share: claims, who is asked, and canned answers."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from flask import Flask, Response, request

from connectors import catalogue, signing
from connectors.gateway import REFRESH_SECRET, REST_PROXY, Gateway, Limits
from connectors.simulator.credentials import SANDBOX, organisation_values
from connectors.simulator.registered import RegisteredOrganisation, organisations
from idp.organisations.registry import OrganisationClaim, OrganisationRegistry, Representative
from idp.persons.registry import Purpose
from idp.simulator.server import Background
from tests.connectors.stage import PATIENT, POPULATION, Stage

ORGANISATIONS = {one.key: one for one in organisations(POPULATION)}
PURPOSE = Purpose(system="yitong", matter="organisation_registration")


def registry(stage: Stage, limits: Limits = PATIENT, **values: object) -> OrganisationRegistry:
    """All registries of a running simulator; `without` names service codes that are not connected."""
    known = {**organisation_values(stage.url), "limits": limits, **values}
    without = known.pop("without", ())
    assert isinstance(without, tuple)
    sids = {name: sid for name, sid in SANDBOX.sids.items() if name not in without}
    return catalogue.organisation_registry("exchange", **{**known, "sids": sids})


def represented_by(key: str) -> Representative:
    """The persona of that key, who says that they represent something."""
    persona = POPULATION.persona(key)
    return Representative(persona.name, persona.kind.value, persona.number)


def claim(key: str, **changes: Any) -> OrganisationClaim:
    """Code and name of the organisation of that key."""
    one = ORGANISATIONS[key]
    return replace(OrganisationClaim(one.credit_code, one.name, PURPOSE), **changes)


def four_elements(key: str, **changes: Any) -> OrganisationClaim:
    """The same, with its representative's name and number."""
    one: RegisteredOrganisation = ORGANISATIONS[key]
    return claim(key, representative=represented_by(one.representative), **changes)


Reply = Callable[[Mapping[str, Any]], object]


@contextmanager
def replying(reply: Reply) -> Iterator[Gateway]:
    """A platform that signs nothing, with a registry that says what a test wants; gives the way there.

    `reply` has what was posted and gives what is answered as JSON, or bytes as they are.
    """
    app = Flask(__name__)

    @app.post(REFRESH_SECRET)
    def refresh() -> dict[str, object]:
        secret = signing.wrap_secret("secret", SANDBOX.app_key)
        return {"code": "0", "data": {"secret": secret, "secretEndTime": "9999999999000"}}

    @app.post(REST_PROXY)
    def answer() -> Response:
        said = reply(request.get_json(force=True))
        return Response(said if isinstance(said, bytes) else json.dumps(said))

    with Background(app) as server:
        yield catalogue.exchange(
            base_url=server.url, rid=SANDBOX.rid, app_key=SANDBOX.app_key, signed_answers=False
        )
