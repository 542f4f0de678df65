"""A form token is good for one step of one browser's conversation."""

import pytest

from idp.web.csrf import form_token, token_matches

SECRET = b"k" * 32


def test_a_token_matches_its_step() -> None:
    """What the page carried comes back and is accepted."""
    assert token_matches(form_token(SECRET, "interaction-1", "consent"), SECRET, "interaction-1", "consent")


@pytest.mark.parametrize(
    ("secret", "binding", "step"),
    [
        (b"x" * 32, "interaction-1", "consent"),
        (SECRET, "interaction-2", "consent"),
        (SECRET, "interaction-1", "sign-in"),
        (SECRET, "interaction-1\0consent", ""),
    ],
)
def test_a_token_matches_nothing_else(secret: bytes, binding: str, step: str) -> None:
    """Not under another secret, for another interaction, nor at another step."""
    assert not token_matches(form_token(SECRET, "interaction-1", "consent"), secret, binding, step)


def test_tokens_differ_on_every_page() -> None:
    """Compression of a page tells nothing about its token (BREACH)."""
    assert form_token(SECRET, "a", "b") != form_token(SECRET, "a", "b")


@pytest.mark.parametrize("token", [None, "", "x" * 64, "é" * 64, "!" * 64, "x" * 10_000])
def test_rubbish_is_refused_quietly(token: str | None) -> None:
    """Whatever is posted, the answer is no, never an error."""
    assert not token_matches(token, SECRET, "a", "b")


def test_a_token_has_one_spelling() -> None:
    """A changed character is a changed token, even where base64 has slack."""
    token = form_token(SECRET, "a", "b")

    assert not token_matches(token[:-1] + ("A" if token[-1] != "A" else "B"), SECRET, "a", "b")
