"""A form in whose middle the API asks for more (RFC 9470) is there, as it was, when its person is back."""

import pytest
from requests import Response

from examples.housing_fund.access_tokens import Gate, InsufficientLevel
from examples.relying_party import step_up
from examples.relying_party.signing_keys import SigningKeys
from tests.examples.conftest import AUDIENCE, Issuer


def refusal(challenge: str) -> Response:
    answer = Response()
    answer.status_code = 401
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def test_the_challenge_becomes_the_next_request() -> None:
    """acr_values and max_age are passed on as they are (RFC 9470 §4)."""
    error = InsufficientLevel("ial3.aal2", 900)

    assert {"acr_values": "ial3.aal2", "max_age": "900"} == step_up.asked_by(refusal(error.challenge()))


@pytest.mark.parametrize("challenge", ["", "Bearer", 'Bearer error="invalid_token"', 'Basic realm="x"'])
def test_other_refusals_ask_for_nothing(challenge: str) -> None:
    """Only this error is answered by a new sign-in."""
    assert {} == step_up.asked_by(refusal(challenge))


@pytest.mark.parametrize(
    ("changed", "enough"),
    [
        ({"aal": 2}, True),
        ({"aal": 1}, False),
        ({"aal": 2, "auth_time": 1}, False),
        ({"aal": 2, "auth_time": None}, False),
        ({"aal": 3, "ial": 2}, False),
    ],
)
def test_money_takes_two_ways_and_lately(
    issuer: Issuer, keys: SigningKeys, changed: dict[str, int | None], enough: bool
) -> None:
    """Both axes count, and when the person proved themselves."""
    gate = Gate(issuer.url, AUDIENCE, "profile", 3, keys).stricter(2, 900)

    assert enough == gate.is_enough(issuer.access_claims(**changed))
