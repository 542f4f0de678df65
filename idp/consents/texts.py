"""
The texts people are told and agree to, by version; the Chinese wording is the one that counts.

A text is a file per language in ``wording``: ``# `` begins a heading, ``- `` an item, a line is a paragraph.
Changing a word of the Chinese changes its digest; the version is raised with it, and consent is asked anew
(PIPL Art. 14).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from idp.consents.rules import Said

WORDING = Path(__file__).parent / "wording"
ORIGINAL = "zh-Hans"
DUTY_NOTICE = "duty-notice"
"""The key of what departments tell under their legal duty."""


@dataclass(frozen=True)
class Text:
    """One text in its present version."""

    key: str
    version: str
    title: str
    """In Chinese, as records and receipts name it."""
    english: str

    def title_in(self, language: str) -> str:
        """The title for a page in this language."""
        return self.title if language == ORIGINAL else self.english


TEXTS = {
    text.key: text
    for text in (
        Text("service-agreement", "2026-11", "用户服务协议", "Service agreement"),
        Text("privacy-policy", "2026-11.2", "隐私政策", "Privacy policy"),
        Text(
            "identity-number",
            "2026-11",
            "证件号码处理单独同意书",
            "Consent: document number",
        ),
        Text("real-person", "2026-11", "人脸信息处理单独同意书", "Consent: comparing your face"),
        Text("verification", "2026-11.2", "数据共享核验告知", "Notice: how we verify you"),
        Text("provision", "2026-11", "向第三方提供信息单独同意书", "Consent: third parties"),
        Text(DUTY_NOTICE, "2026-11", "政务部门使用信息告知", "Notice: departments"),
        Text(
            "organisation-verification", "2026-11", "单位登记核验告知", "Notice: how we verify organisations"
        ),
        Text("minors", "2026-11.3", "未成年人个人信息处理规则", "Rules for minors"),
    )
}


@cache
def text(key: str, language: str = ORIGINAL) -> str:
    """The wording in a language, or the Chinese when it has no other."""
    translation = WORDING / f"{key}.{language}.txt"
    original = WORDING / f"{key}.{ORIGINAL}.txt"
    return (translation if translation.exists() else original).read_text(encoding="utf-8").strip() + "\n"


@cache
def digest(key: str) -> str:
    """SHA-256 of the Chinese wording, in hex: what a consent record points to."""
    return sha256(text(key).encode()).hexdigest()


def said(key: str) -> Said:
    """What to record when somebody was shown the present version."""
    return Said(key, TEXTS[key].version, digest(key))


def blocks(wording: str) -> Iterator[tuple[str, str | list[str]]]:
    """The wording as ``(heading | paragraph, words)`` and ``(items, [words])``, for whoever lays it out."""
    lines = (line.strip() for line in wording.splitlines())
    for kind, run in groupby((line for line in lines if line), key=_kind):
        if kind == "items":
            yield kind, [line[2:] for line in run]
        else:
            yield from ((kind, line.removeprefix("# ")) for line in run)


def _kind(line: str) -> str:
    return {"# ": "heading", "- ": "items"}.get(line[:2], "paragraph")
