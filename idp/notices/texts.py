"""What messages to phones say: short, without links, and without anybody's name or number.

The words stand in ``wording/sms.<language>.txt``, a line ``topic: words`` each. A topic without words here is
told in the inbox alone, where the templates have them.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from idp.notices.sms import Channel, Message

WORDING = Path(__file__).parent / "wording"
CHINESE = "zh-Hans"
SIGNATURE = {CHINESE: "【一通】", "en": "[Yitong] "}
"""Who speaks, first in every message, by language."""
LONGEST = {CHINESE: 70, "en": 160}
"""Characters of one message: UCS-2 for Chinese, the GSM alphabet for English."""
SPOKEN = "code.spoken"
"""The topic of a code that is read out; its words are for ears. What guards the account has words of its own,
`code.spoken.<purpose>`, which name it: whoever hears them knows what somebody else may be about to do."""


@cache
def words(language: str) -> Mapping[str, str]:
    """Topic → words, in a language or else in Chinese."""
    lines = (WORDING / f"sms.{_known(language)}.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines if line)


def has_text(topic: str) -> bool:
    """Whether a topic is told to phones at all."""
    return topic in words(CHINESE)


def message(topic: str, language: str, **values: str) -> Message:
    """The text message of a topic; KeyError if it has none."""
    language = _known(language)
    return Message(topic, SIGNATURE[language] + words(language)[topic].format(**values), language, values)


def code(
    purpose: str, digits: str, lifetime: float, language: str, channel: Channel = Channel.TEXT
) -> Message:
    """The message that carries a one-time code; `lifetime` is in seconds."""
    if channel is Channel.TEXT:
        return message(f"code.{purpose}", language, code=digits, minutes=str(int(lifetime // 60)))
    language = _known(language)
    own = f"{SPOKEN}.{purpose}"
    topic = own if own in words(language) else SPOKEN
    said = words(language)[topic].format(code=" ".join(digits))
    return Message(topic, said, language, {"code": digits}, Channel.VOICE)


def _known(language: str) -> str:
    return language if language in SIGNATURE else CHINESE
