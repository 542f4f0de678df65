"""Names of natural persons: how they are kept and when two are the same."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.persons.names import MAX_LENGTH, MalformedName, NameFault, comparable, normalise, same, spellings

EXTENSION_B, EXTENSION_H, PRIVATE_USE = "\U00020000", "\U00031350", "\ue000"


@pytest.mark.parametrize("dot", "•‧・．∙⋅･·")
def test_every_look_alike_becomes_the_middle_dot(dot):
    """Names of ethnic minorities carry U+00B7, keyboards offer everything else."""
    assert "阿依古丽·买买提" == normalise(f"阿依古丽{dot}买买提")


@pytest.mark.parametrize("character", [EXTENSION_B, EXTENSION_H, PRIVATE_USE, "䶮", "㛃"])
def test_rare_characters_are_kept(character):
    """A character outside the common sets is a name like any other."""
    assert f"王{character}" == normalise(f" 王{character} ")
    assert character == normalise(character)


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        ("", NameFault.EMPTY),
        (" · ", NameFault.EMPTY),
        ("王" * (MAX_LENGTH + 1), NameFault.TOO_LONG),
        ("王\x00小明", NameFault.CHARSET),
        ("王小明2", NameFault.CHARSET),
        ("<王小明>", NameFault.CHARSET),
    ],
)
def test_what_is_no_name_is_refused(raw, fault):
    """The refusal says why and does not repeat the text."""
    with pytest.raises(MalformedName) as caught:
        normalise(raw)

    assert fault == caught.value.fault
    assert raw.strip() == "" or raw not in repr(caught.value)


def test_fifty_characters_fit():
    """The longest names of minorities have some fifty characters with their dots."""
    name = "·".join(["买买提吐尔逊"] * 8)

    assert name == normalise(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("阿依古丽·买买提", "阿依古丽买买提"),
        ("阿依古丽・买买提", "阿依古丽·买买提"),
        ("SMITH JOHN", "Smith  John"),
        ("ＳＭＩＴＨ", "smith"),
        ("王 小明", "王小明"),
        ("葛󠄀", "葛"),
    ],
)
def test_spelling_does_not_make_another_person(one, other):
    """Dots, spaces, width, case and variation selectors do not count."""
    assert same(one, other)


@pytest.mark.parametrize(("one", "other"), [("王小明", "王晓明"), ("王䶮", "王龑"), ("张伟", "张玮")])
def test_another_character_is_another_name(one, other):
    """A rare character replaced by a common one fails verification."""
    assert not same(one, other)


def test_a_registry_is_asked_with_and_without_the_dot():
    """Some registries lost the dot; both spellings are tried before a name is called different."""
    assert ("阿依古丽·买买提", "阿依古丽买买提") == spellings("阿依古丽·买买提")
    assert ("王小明",) == spellings("王小明")


@given(st.text(min_size=1))
@settings(deadline=None)
def test_a_kept_name_is_final(raw):
    """Normalising twice changes nothing, and the result is NFC."""
    try:
        name = normalise(raw)
    except MalformedName:
        return

    assert name == normalise(name) == unicodedata.normalize("NFC", name)
    assert comparable(raw) == comparable(name)
