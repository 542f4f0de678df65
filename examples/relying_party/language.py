"""Chinese first, English complete: what each word is in both, and which one this visitor reads."""

from collections.abc import Callable, Mapping
from typing import Literal

from flask import Request

Language = Literal["zh", "en"]
Words = Mapping[str, tuple[str, str]]

COOKIE = "portal_language"
UI_LOCALES = {"zh": "zh-Hans", "en": "en zh-Hans"}
BY_PRIMARY: Mapping[str, Language] = {"zh": "zh", "en": "en"}
HTML_LANG = {"zh": "zh-CN", "en": "en"}


def language_of(request: Request) -> Language:
    """Follow `?lang=`, then the visitor's last choice, then what the browser prefers; Chinese otherwise."""
    wanted = request.args.get("lang") or request.cookies.get(COOKIE)
    for tag in (wanted,) if wanted else request.accept_languages.values():
        if language := BY_PRIMARY.get(tag.split("-")[0].lower()):
            return language
    return "zh"


def speaker(words: Words, language: Language) -> Callable[[str], str]:
    """Return the function the templates say everything with."""
    column = 1 if language == "en" else 0

    def say(key: str) -> str:
        return words[key][column]

    return say
