"""The platform's signature and its secret."""

import pytest

from connectors import signing


def test_a_call_is_signed_over_sid_rid_and_rtime():
    """
    sign = base64(HmacSHA256(sid + rid + rtime, secret)), in this order.
    """
    signature = signing.sign("s_test_0001", "rid-test-0001", "1700000000000", "test-secret-not-real")

    assert "rv0XJplbBWn0aYgV8veeHqE/dcyi8c0KH0ySKVcL+9c=" == signature


def test_the_four_values_carry_the_prefix_of_the_platform():
    """
    Older platforms use another prefix for the same four values.
    """
    values = signing.signed_values("gjgxjhpt_", sid="s", rid="r", rtime="1", secret="k")

    assert ["gjgxjhpt_rid", "gjgxjhpt_sid", "gjgxjhpt_rtime", "gjgxjhpt_sign"] == list(values)


def test_the_working_secret_comes_back_from_its_wrapping():
    """
    Only the application key opens the working secret.
    """
    wrapped = signing.wrap_secret("working-secret", "app-key")

    assert "working-secret" == signing.unwrap_secret(wrapped, "app-key")
    with pytest.raises(ValueError):
        signing.unwrap_secret(wrapped, "another key")


@pytest.mark.parametrize("wrapped", ["", "no base64!", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA=="])
def test_what_is_no_wrapped_secret_is_refused(wrapped: str):
    """
    Anything that does not decrypt to padded text is a ValueError, never a secret.
    """
    with pytest.raises(ValueError):
        signing.unwrap_secret(wrapped, "app-key")


def test_an_answer_is_signed_with_its_body():
    """
    A changed body changes the signature of the answer.
    """
    one = signing.sign_answer("s", "r", "1", b"yes", "k")

    assert one != signing.sign_answer("s", "r", "1", b"no", "k")


def test_comparing_survives_any_text():
    """
    A header in any characters is unequal, not an error.
    """
    assert not signing.same("abc", "\udcffé")
