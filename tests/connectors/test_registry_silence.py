"""Whatever registries send beyond what is asked stays in the reader: no log, no value, no page has it."""

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from connectors.simulator.credentials import SANDBOX
from connectors.simulator.market_office import ADDRESS, CAPITAL, SCOPE, MarketOffice
from connectors.simulator.registered import Register
from tests.connectors.organisations import (
    ORGANISATIONS,
    claim,
    four_elements,
    registry,
    represented_by,
)
from tests.connectors.stage import PATIENT, POPULATION, Stage, simulated

SURPLUS = (ADDRESS, CAPITAL, SCOPE, "示范主管单位", "示范省民政厅", "示范省人民政府办公厅")
ISSUED = (SANDBOX.app_key, SANDBOX.market_authcode, SANDBOX.base_secret)
FAULTS = ("clear", "garbage", "wrong_signature", "error_500", "drop", "mismatch", "not_found")
KEYS = ("company-01", "business-01", "association-01", "institution-01", "law-firm-01")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with simulated() as running:
        yield running


def test_the_registries_do_send_it() -> None:
    """A search for what was never there would prove nothing."""
    office = MarketOffice(Register(POPULATION), "code")
    purpose = {"requestId": "r", "system": "s", "matter": "m", "operator": "o"}
    one = ORGANISATIONS["company-01"]
    record = office.query({**purpose, "uniscid": one.credit_code, "authcode": "code"}, None)
    compared = office.verify({**purpose, "uniscid": one.credit_code, "entname": "?", "name": "?"}, None)

    assert all(surplus in str(record) for surplus in (ADDRESS, CAPITAL, SCOPE, "周雅琳"))
    assert f"'out_val': '{one.name}'" in str(compared) and "'out_val': '周雅琳'" in str(compared)


@pytest.mark.parametrize("without", [(), ("market_query", "market_four_elements")])
def test_nothing_surplus_is_logged_or_answered(
    stage: Stage,
    without: tuple[str, ...],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Nor any name or number of a representative, right or wrong, on either side of the wire."""
    caplog.set_level(logging.DEBUG)
    man, answers = represented_by("man"), []
    with structlog.testing.capture_logs() as events:
        for fault in FAULTS:
            known = registry(stage, replace(PATIENT, attempts=1), without=without)
            for key in KEYS:
                stage.order("clear")
                stage.order(fault, key) if fault != "clear" else None
                answers += [known.verify(four_elements(key)), known.verify(claim(key, representative=man))]
    written = (
        f"{events} {caplog.text} {capfd.readouterr()} {stage.get('/control')} {stage.get('/control/calls')}"
    )
    people = [POPULATION.persona(ORGANISATIONS[key].representative) for key in (*KEYS, "company-03")]
    personal = [text for person in people for text in (person.name, person.number)]

    assert "exchange.called" in written and "registry.answer_refused" in written
    assert [] == [secret for secret in (*SURPLUS, *ISSUED, *personal) if secret in f"{written} {answers!r}"]


def test_a_wrong_name_learns_nothing_of_the_right_one(stage: Stage) -> None:
    """``out_val`` has the true name and the true representative; the answer has neither."""
    comparing = registry(stage, without=("market_query", "market_four_elements", "base"))
    wrong = claim("company-01", name="另一家有限公司", representative=represented_by("man"))
    said = repr(comparing.verify(wrong))

    assert "周雅琳" not in said and ORGANISATIONS["company-01"].name not in said
