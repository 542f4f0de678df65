"""Cases that an operator decides: what they see, and what is left when it is decided."""

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from click.testing import CliRunner

from federation.models import UpstreamCase
from idp.audit import scope
from idp.cli.upstreams import upstreams
from idp.notices.models import Notice
from tests.federation.stage import City


def idp(town: City, *arguments: str) -> Any:
    """A command on this instance, as a program reads it."""
    services = town.stage.services
    operation = SimpleNamespace(database=services.database, settings=services.settings)
    with scope.within(scope.Scope("test", "operator")):
        done = CliRunner().invoke(upstreams, [*arguments, "--json"], obj=operation)
    return json.loads(done.stdout) if done.exit_code == 0 else done


def test_the_upstreams_are_listed_with_their_links(town: City) -> None:
    """What is trusted, and how many rely on it."""
    town.traveller().enters(town.newcomer().key).agrees()
    (row,) = idp(town, "list")
    names = ("name", "protocol", "highest_level", "linked")

    assert ("province", "oidc", 3, 1) == tuple(row[name] for name in names)


def test_a_case_is_seen_masked_and_closed_once(town: City) -> None:
    """The name and number the upstream asserted are forgotten with the decision."""
    town.traveller().enters("unknown-to-registry").agrees()
    (case,) = idp(town, "cases")
    closed = idp(town, "close", case["id"], "upstream_is_wrong")
    again = idp(town, "close", case["id"], "upstream_is_wrong")
    (row,) = town.rows(UpstreamCase)

    assert ("registry_says_no", "无**") == (case["reason"], case["name"])
    assert "*" in case["number"]
    assert "upstream_is_wrong" == closed["decision"]
    assert 1 == again.exit_code
    assert (None, None) == (row.name_sealed, row.number_sealed)
    assert [] == idp(town, "cases")


def test_the_person_concerned_is_told(town: City) -> None:
    """Another name under their document: they hear of it, and nothing of theirs changes."""
    persona = town.newcomer()
    town.registered(persona)
    object.__setattr__(town.citizen(persona), "name", "别的名字")
    visitor = town.traveller().enters(persona.key)
    opened: Sequence[UpstreamCase] = town.rows(UpstreamCase, UpstreamCase.reason == "other_name")
    person = town.stage.person(persona.number)

    assert 409 == visitor.status
    assert person is not None and [person.id] == [one.person_id for one in opened]
    assert "upstream.disagreed" in {one.topic for one in town.rows(Notice, Notice.person_id == person.id)}
