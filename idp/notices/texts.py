"""What text messages say: short, without links, and without anybody's name or number.

The words stand in ``wording/sms.<language>.txt``, a line ``topic: words`` each. A topic without words here is
told in the inbox alone, where the templates have them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

WORDING = Path(__file__).parent / "wording"
CHINESE = "zh-Hans"
SIGNATURE = {CHINESE: "【一通】", "en": "[Yitong] "}
"""Who speaks, first in every message, by language."""
LONGEST = {CHINESE: 70, "en": 160}
"""Characters of one message: UCS-2 for Chinese, the GSM alphabet for English."""


@cache
def words(language: str) -> Mapping[str, str]:
    """Topic → words, in a language or else in Chinese."""
    lines = (WORDING / f"sms.{_known(language)}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def has_text(topic: str) -> bool:
    """Whether a topic is told to phones at all."""
    return topic in words(CHINESE)


def message(topic: str, language: str) -> str:
    """The text message of a topic; KeyError if it has none."""
    return SIGNATURE[_known(language)] + words(language)[topic]


def code(purpose: str, digits: str, lifetime: float, language: str) -> str:
    """The text message that carries a one-time code; `lifetime` is in seconds."""
    return message(f"code.{purpose}", language).format(code=digits, minutes=int(lifetime // 60))


def _known(language: str) -> str:
    return language if language in SIGNATURE else CHINESE
