"""The texts people agree to."""

import pytest

from idp.consents import texts

DIGESTS = {
    ("service-agreement", "2026-11"): "e8e9638799dc244b41a939ddf4277a3e218fcd88430a4e4f33d2b80d3912fb52",
    ("privacy-policy", "2026-11.2"): "5ac10725537cba0abb6420f509cc3317c270324b13c994e761121bb7c54ef66a",
    ("identity-number", "2026-11"): "8a2a5ffaa0f32a0607be1e5441115ad93c127cbb2aa62a5dbdc6c6be34ce6413",
    ("real-person", "2026-11"): "0dc5dc5edf2fb505d4e46b0103848411fe16d4fe98ef8c77756d958c5bc23125",
    ("verification", "2026-11.2"): "ff85da11aa0c9f6dce7c735e9a4a40fecec94ab941bc2e172110d5484bd0135d",
    ("provision", "2026-11"): "2f3c9928f370d531378cab9f646263d972c3e37b8241b3478fb220a201abaaad",
    ("duty-notice", "2026-11"): "2cbc81740c2af19109fd7aa9ba04aaf3bfda4dae5b49910b29207e2303105ca8",
    (
        "organisation-verification",
        "2026-11",
    ): "ad9ed70cc540733f65299f716dde38d47609156c42c1fe8d75c23cdeffd3dfdd",
    ("minors", "2026-11.3"): "f62f0609d88854969750ddf78714111baaae8da7b8c3dc44fe0b95e771715af5",
}


@pytest.mark.parametrize("text", texts.TEXTS.values(), ids=list(texts.TEXTS))
def test_wording_changes_only_with_its_version(text: texts.Text) -> None:
    """Whoever agreed to a version agreed to these very words (PIPL Art. 14): change both, or neither."""
    assert DIGESTS[text.key, text.version] == texts.digest(text.key)


@pytest.mark.parametrize("key", texts.TEXTS)
def test_every_text_is_complete_in_english(key: str) -> None:
    """The translation has the same parts as the original."""
    original, english = (list(texts.blocks(texts.text(key, language))) for language in ("zh-Hans", "en"))

    assert [kind for kind, _words in original] == [kind for kind, _words in english]


def test_an_unknown_language_reads_the_original() -> None:
    """The Chinese is always there."""
    assert texts.text("minors") == texts.text("minors", "fr")
