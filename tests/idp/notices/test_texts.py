"""Text messages: short, in both languages, for every topic the same."""

import re

import pytest

from idp.notices import texts

TOPICS = sorted(texts.words("zh-Hans"))


def test_every_topic_has_words_in_both_languages() -> None:
    """A person with English pages gets English messages."""
    assert TOPICS == sorted(texts.words("en"))


@pytest.mark.parametrize("language", sorted(texts.SIGNATURE))
@pytest.mark.parametrize("topic", TOPICS)
def test_a_message_is_one_message(topic: str, language: str) -> None:
    """It fits into one SMS, says who speaks, and holds no link."""
    text = texts.message(topic, language, code="123456", minutes="10").words

    assert len(text) <= texts.LONGEST[language]
    assert text.startswith(texts.SIGNATURE[language])
    assert None is re.search(r"https?:|www\.", text)


def test_a_code_is_the_only_six_digits() -> None:
    """Phones that fill in codes find it, and nothing else looks like one."""
    text = texts.code("register", "012345", 600.0, "zh-Hans").words

    assert ["012345"] == re.findall(r"\d{6}", text)


def test_an_unknown_language_is_chinese() -> None:
    """Whatever a profile says, there are words."""
    assert texts.message("password.changed", "zh-Hans") == texts.message("password.changed", "ug")
