"""The national hash of name and number: who is told, and what it must be the hash of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from sqlalchemy import select

from idp import clock
from idp.clients.scopes import CERT_KEY
from idp.persons import cert_keys, lifecycle
from idp.persons.models import CertKey, Person
from tests.idp.oauth.world import EVERYTHING, World

NATIONAL = "tests.idp.oauth.test_cert_keys:national"


def national(name: str, number: str) -> str:
    """Stands for the function that the national system supplies."""
    return sha256(f"{name}|{number}".encode()).hexdigest()


@pytest.fixture
def tell(each_world: World) -> Callable[..., object]:
    """Ask userinfo about somebody, with a function plugged in or without."""

    def told(person: UUID, scope: str = CERT_KEY, named: str = NATIONAL) -> object:
        function = cert_keys.function(named)
        world = World(replace(each_world.oauth, cert_key=function))
        portal = world.client(scope=f"{EVERYTHING} {CERT_KEY}")
        signed_in = world.sign_in(person_id=person)
        world.agree(signed_in, portal, f"{EVERYTHING} {CERT_KEY}")
        token = world.tokens(portal, signed_in, scope=f"openid {scope}")
        answer = world.userinfo(token["access_token"])
        assert answer.json is not None, answer.text
        return answer.json.get("cert_key")

    return told


def hand_down(world: World, person: UUID, value: str, name: str = "王小明") -> None:
    with world.oauth.database.writing() as db:
        document = db.get_one(Person, person).documents[0]
        of = (document.kind, document.number or "", name)
        cert_keys.keep(db, person, value, of, "province", clock.now())


def kept(world: World, person: UUID) -> CertKey | None:
    with world.oauth.database.reading() as db:
        return db.scalar(select(CertKey).where(CertKey.person_id == person))


def test_only_its_own_scope_tells_it(each_world: World, tell: Callable[..., object]) -> None:
    """Neither the name's scope nor the document's gives it away, though it is made of both."""
    person = each_world.person()

    assert tell(person) is not None
    assert tell(person, "profile identity_document phone address") is None


def test_what_is_made_is_kept_and_sealed(each_world: World, tell: Callable[..., object]) -> None:
    """The function is asked once for a name and number; nothing of the answer is readable at rest."""
    person = each_world.person()
    said, again = tell(person), tell(person, named="")
    row = kept(each_world, person)

    assert row is not None and isinstance(said, str)
    assert said == again
    assert cert_keys.COMPUTED == row.origin
    assert said.encode() not in row.value_sealed + row.basis


def test_what_an_upstream_handed_down_is_told(each_world: World, tell: Callable[..., object]) -> None:
    """As it came, without any function here."""
    person = each_world.person()
    hand_down(each_world, person, "a-hash-of-the-nation")

    assert "a-hash-of-the-nation" == tell(person, named="")


def test_the_hash_of_another_name_is_not_theirs(each_world: World, tell: Callable[..., object]) -> None:
    """After a change of name the old hash joins nobody; the function makes the new one."""
    person = each_world.person()
    hand_down(each_world, person, "a-hash-of-the-nation", name="王小草")

    assert tell(person, named="") is None
    assert tell(person) not in (None, "a-hash-of-the-nation")


def test_below_real_names_nobody_has_one(each_world: World, tell: Callable[..., object]) -> None:
    """A hash of what somebody typed would join them to somebody else."""
    assert tell(each_world.person(2)) is None


def test_nobody_is_told_where_nobody_knows(each_world: World, tell: Callable[..., object]) -> None:
    """The claim is left out, not made up."""
    assert tell(each_world.person(), named="") is None


def test_it_goes_with_the_account(each_world: World, tell: Callable[..., object]) -> None:
    """Closing erases it with name and number."""
    person = each_world.person()
    tell(person)
    with each_world.oauth.database.writing() as db:
        closing = db.get_one(Person, person)
        lifecycle.begin_closing(db, closing, "own", clock.now(), timedelta())
        db.flush()
        db.refresh(closing)
        lifecycle.finish_closing(db, closing, clock.now())

    assert kept(each_world, person) is None


@pytest.mark.parametrize("named", ["nowhere:f", "hashlib:nothing", "hashlib:__doc__"])
def test_a_function_that_is_not_there_is_said_at_the_start(named: str) -> None:
    """Not when the first client asks."""
    with pytest.raises(ValueError, match="cert_key: "):
        cert_keys.function(named)
