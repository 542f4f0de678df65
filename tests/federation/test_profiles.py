"""A dialect is data: what comes with the product can be played, and what cannot is refused when read."""

import pytest

from federation import profiles
from federation.placeholders import fill
from federation.profiles import ProfileFault
from idp.interaction.upstream import Reason
from idp.persons.identifiers import DocumentType

SMALLEST = """
title = "一个省"
[person.begin]
path = "/login"
query = { app = "{client_id}", back = "{back}" }
state = "address"
[person.returns]
ticket = "ticket"
[[person.calls]]
path = "/user"
form = { ticket = "{ticket}", sign = "{sign}" }
signs = { sign = { scheme = "md5", over = "{client_id}{client_secret}{compact}" } }
error = "code"
[[person.tells]]
subject = ["id"]
name = "name"
number = "number"
[errors]
[documents]
[levels]
"""


@pytest.mark.parametrize("name", profiles.known())
def test_what_comes_with_the_product_can_be_played(name: str) -> None:
    """And every kind of document and reason in it is one of ours."""
    profile = profiles.read(name)

    assert profile.title
    assert set(profile.documents.values()) <= set(DocumentType)
    assert set(profile.errors.values()) <= set(Reason)


def test_the_five_dialects() -> None:
    assert ["guangdong", "liaoning", "national", "shaanxi", "zhejiang"] == profiles.known()


def test_the_smallest_profile() -> None:
    """A deployment may bring its own."""
    assert "一个省" == profiles.parse(SMALLEST).title


@pytest.mark.parametrize(
    ("changed", "into", "fault"),
    [
        ("{back}", "{nobody}", "begin: {nobody}"),
        ("{client_id}{client_secret}", "{client_word}", "/user: {client_word}"),
        ('app = "{client_id}"', 'app = "{client_secret}"', "begin: {client_secret}"),
        ('path = "/user"', 'path = "/user"\nquery = { t = "{ticket}" }', "/user: {ticket}"),
        ("{back}", "{back|rot13}", "begin: |rot13"),
        ('"md5"', '"md4"', "/user: scheme md4"),
        ('subject = ["id"]', "subject = []", "tells: nobody"),
        ('error = "code"', 'error = "code"\nbody = {}', "/user: form and body"),
        ("[levels]", '[ways]\na = ["magic"]\n[levels]', "ways: magic"),
        ('title = "一个省"', 'title = "一个省"\ncolour = "red"', "colour"),
        ("[levels]", '[levels]\nperson = { "1" = "high" }', "levels.person.1"),
        ('title = "一个省"', "title = ", "Invalid value"),
    ],
)
def test_what_cannot_be_played_is_refused_when_it_is_read(changed: str, into: str, fault: str) -> None:
    """With its place and name, long before anybody signs in; no address may hold a secret or a ticket."""
    with pytest.raises(ProfileFault, match=fault.replace("{", r"\{").replace("|", r"\|")):
        profiles.parse(SMALLEST.replace(changed, into))


def test_an_unknown_dialect_names_the_known_ones() -> None:
    with pytest.raises(ProfileFault, match="is none of: guangdong, liaoning"):
        profiles.read("../secrets")


def test_zhejiangs_levels_of_organisations_run_the_other_way() -> None:
    """1 is a certificate or 电子营业执照, the highest there is; 4 is nobody's real name."""
    levels = profiles.read("zhejiang").levels

    assert {"1": 5, "2": 4, "3": 3, "4": 1} == levels.organisation
    assert {"1": 1, "2": 3, "3": 4} == levels.person


def test_guangdongs_levels() -> None:
    """L0 is 可信等级二级, L1 三级, L2 四级, L3 五级."""
    assert {"L0": 2, "L1": 3, "L2": 4, "L3": 5} == profiles.read("guangdong").levels.person


def test_a_value_is_never_a_placeholder() -> None:
    """What an upstream or a browser sent is put in once, whatever it looks like."""
    assert "{client_secret} e3gK" == fill("{a} {b|b64}", {"a": "{client_secret}", "b": "{x\n"})
