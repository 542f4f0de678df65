"""Who may say what a document shows: attacks on the two signatures of a window."""

from typing import Any

import pytest

from idp import clock
from idp.crypto import jose
from idp.windows import operators
from tests.idp.account.stage import Stage, newcomer
from tests.idp.windows.counter import Counter, set_up, told

PERSONA = newcomer(1)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, told(answer)["code"]


def test_a_refusal_is_a_problem_document(counter: Counter) -> None:
    """Programs find the word of the rule that refused (RFC 9457)."""
    answer = counter.post("x", "y")

    assert (403, "application/problem+json") == (answer.status_code, answer.mimetype)


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"assertion":1,"witness":2}', b"\xff", b"[" * 30_000])
def test_anything_else_is_malformed(stage: Stage, body: bytes) -> None:
    """What is no assertion reaches no rule."""
    answer = stage.app.test_client().post("/api/v1/window/assertions", data=body)

    assert (400, "malformed") == code(answer)


def test_another_devices_key_signs_nothing(counter: Counter) -> None:
    """A device speaks for itself alone."""
    assertion = counter.signed(counter.reading(PERSONA), set_up(counter.stage).key)

    assert (403, "bad_signature") == code(counter.post(assertion, counter.witness(assertion)))


def test_a_client_that_is_no_device_is_not_believed(stage: Stage) -> None:
    """Only a registration that says so makes a card reader."""
    counter = set_up(stage, window_device=False)

    assert (403, "unknown_device") == code(counter.visit(PERSONA))


def test_an_assertion_counts_once(counter: Counter) -> None:
    """Neither signature can be used again."""
    assertion = counter.signed(counter.reading(newcomer(2)))
    counter.post(assertion, counter.witness(assertion))

    assert (403, "replayed") == code(counter.post(assertion, counter.witness(assertion)))


@pytest.mark.parametrize("age", [121 + 30, -120])
def test_a_stale_reading_is_nobody_standing_there(counter: Counter, age: int) -> None:
    """Two minutes, and no clock far ahead."""
    reading = counter.reading(PERSONA)
    assertion = counter.signed(reading | {"iat": reading["iat"] - age})

    assert (403, "stale") == code(counter.post(assertion, counter.witness(assertion)))


def test_an_assertion_for_another_provider_is_refused(counter: Counter) -> None:
    """The audience is this issuer and no other."""
    answer = counter.visit(PERSONA, aud="https://id.other.example.gov.cn")

    assert (403, "wrong_audience") == code(answer)


def test_a_client_assertion_is_no_reading(counter: Counter) -> None:
    """Types keep one token from passing for another (RFC 8725 §3.11)."""
    token = jose.sign(counter.reading(PERSONA), counter.key, "JWT")

    assert (403, "bad_signature") == code(counter.post(token, counter.witness(token)))


def test_the_device_cannot_witness_for_itself(counter: Counter) -> None:
    """Two parties, two keys."""
    assertion = counter.signed(counter.reading(PERSONA))

    assert (403, "bad_witness") == code(counter.post(assertion, counter.witness(assertion, key=counter.key)))


def test_a_witness_for_another_reading_is_refused(counter: Counter) -> None:
    """The operator signed for one document in one hand."""
    assertion, other = (counter.signed(counter.reading(persona)) for persona in (PERSONA, newcomer(3)))

    assert (403, "bad_witness") == code(counter.post(assertion, counter.witness(other)))


def test_another_operators_witness_is_refused(counter: Counter) -> None:
    """The device named who stands there."""
    assertion = counter.signed(counter.reading(PERSONA))

    assert (403, "bad_witness") == code(
        counter.post(assertion, counter.witness(assertion, counter.numbers[1]))
    )


@pytest.mark.parametrize(
    "changes",
    [{"agreed": 1}, {"document": "x"}, {"reader": None}, {"purpose": "gift"}, {"jti": "x"}, {"reason": []}],
)
def test_what_is_signed_and_malformed_is_refused(counter: Counter, changes: dict[str, Any]) -> None:
    """A device may err; the provider does not."""
    assert (403, "malformed") == code(counter.visit(PERSONA, **changes))


def test_an_ended_operator_witnesses_nothing(counter: Counter) -> None:
    """Whoever has left the window stands by nothing."""
    with counter.stage.services.database.writing() as db:
        operators.end(db, counter.numbers[0], clock.now())

    assert (403, "unknown_operator") == code(counter.visit(PERSONA))


def test_an_expired_document_proves_nobody(counter: Counter) -> None:
    """A card that ran out yesterday is renewed first."""
    document = counter.reading(PERSONA)["document"] | {"valid_until": "2020-01-01"}

    assert (403, "expired_document") == code(counter.visit(PERSONA, document=document))


def test_a_document_valid_for_good_is_believed(counter: Counter) -> None:
    """The cards of the old have no end (长期)."""
    document = counter.reading(newcomer(4))["document"] | {"valid_until": "long_term"}

    assert 200 == counter.visit(newcomer(4), document=document).status_code


def test_a_made_up_number_is_refused_without_being_repeated(counter: Counter) -> None:
    """No answer says back what was sent."""
    document = counter.reading(PERSONA)["document"] | {"number": "210000199001010000"}
    answer = counter.visit(PERSONA, document=document)

    assert (403, "malformed_document") == code(answer)
    assert "210000199001010000" not in answer.get_data(as_text=True)
