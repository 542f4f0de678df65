"""Which language a page is in, and that English says everything Chinese says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from idp.web.languages import CATALOGUES, CHINESE, choose

TEMPLATES = (Path("idp/templates"), Path("admin_ui/templates"))
ENGLISH = CATALOGUES / "en/LC_MESSAGES"
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}


def source() -> Iterator[str]:
    """Every sentence of the templates, as its singular."""
    for folder in TEMPLATES:
        found = extract_from_dir(folder, [("**.html", "jinja2")], {"**.html": OPTIONS})
        for _file, _line, message, _comments, _context in found:
            yield message if isinstance(message, str) else message[0]


def singular(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def messages() -> Iterator[Message]:
    for catalogue in sorted(ENGLISH.glob("*.po")):
        with catalogue.open("rb") as file:
            yield from (message for message in read_po(file) if message.id)


@pytest.fixture(scope="module")
def english() -> dict[str, Message]:
    return {singular(message): message for message in messages()}


def test_no_sentence_is_translated_twice() -> None:
    """Each belongs to one room's catalogue, so that two cannot differ."""
    said = [singular(message) for message in messages()]

    assert [] == sorted({text for text in said if said.count(text) > 1})


def test_every_sentence_has_an_english_one(english: dict[str, Message]) -> None:
    """A page is complete in English, or the English says which sentence is missing."""
    said = {text for text, message in english.items() if all([message.string, not message.fuzzy])}

    assert [] == sorted(set(source()) - said)


def test_no_english_sentence_is_left_over(english: dict[str, Message]) -> None:
    """The catalogue holds what the templates say and nothing they no longer say."""
    assert [] == sorted(set(english) - set(source()))


def test_translations_keep_their_places(english: dict[str, Message]) -> None:
    """A translation names the same values and links as its source, or the page would break or lie."""

    def places(text: str) -> list[str]:
        return sorted(re.findall(r"%\(\w+\)s|\{\}|href=\"[^\"]+\"", text))

    broken = [
        text
        for text, message in english.items()
        for string in ([message.string] if isinstance(message.string, str) else message.string or [])
        if places(text) != places(string or "")
    ]

    assert [] == broken


@pytest.mark.parametrize(
    ("switch", "kept", "ui_locales", "accepted", "expected"),
    [
        ("en", CHINESE, [CHINESE], [CHINESE], "en"),
        (None, "en", [CHINESE], [CHINESE], "en"),
        (None, None, ["en"], [CHINESE], "en"),
        (None, None, ["fr-CA", "en"], ["zh"], "en"),
        (None, None, [], ["de", "en-GB", "zh"], "en"),
        (None, None, [], ["zh-Hant-HK", "en"], CHINESE),
        ("xx", "", ["tlh"], ["*"], CHINESE),
    ],
)
def test_the_nearest_wish_decides(
    switch: str | None, kept: str | None, ui_locales: list[str], accepted: list[str], expected: str
) -> None:
    """Switch, cookie, ui_locales (OIDC Core §3.1.2.1), Accept-Language, Chinese: in this order."""
    assert expected == choose(switch, kept, ui_locales, accepted)
