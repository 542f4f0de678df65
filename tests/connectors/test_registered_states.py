"""Texts and codes of registries, and the state behind each."""

import pytest

from connectors.registered_states import STATES, state_of
from idp.organisations.registry import RegisteredState

LIVE, GONE, REVOKED = RegisteredState.LIVE, RegisteredState.DEREGISTERED, RegisteredState.LICENCE_REVOKED


@pytest.mark.parametrize(
    ("registered", "state"),
    [
        ("存续（在营、开业、在册）", LIVE),
        ("在营（开业）企业", LIVE),
        ("开业", LIVE),
        ("在册", LIVE),
        ("正常", LIVE),
        ("停业", LIVE),
        ("1", LIVE),
        ("吊销,未注销", REVOKED),
        ("吊销.未注销", REVOKED),
        ("吊销，未注销", REVOKED),
        ("吊销、未注销", REVOKED),
        ("２", REVOKED),
        ("吊销已注销", GONE),
        ("吊销，已注销", GONE),
        ("3", GONE),
        (" 注销 ", GONE),
        ("4", GONE),
        ("撤销", RegisteredState.CANCELLED),
        ("5", RegisteredState.CANCELLED),
        ("迁出", RegisteredState.MOVED_OUT),
        ("6", RegisteredState.MOVED_OUT),
        ("清算", RegisteredState.LIQUIDATION),
        ("9", RegisteredState.UNKNOWN),
        ("7", RegisteredState.UNKNOWN),
        ("8", RegisteredState.UNKNOWN),
        ("", RegisteredState.UNKNOWN),
        ("待核", RegisteredState.UNKNOWN),
    ],
)
def test_every_spelling_has_its_state(registered: str, state: RegisteredState) -> None:
    """Punctuation, width and spaces make no difference; a word nobody has mapped is unknown."""
    assert state is state_of(registered)


def test_no_text_stands_for_unknown() -> None:
    """Unknown is what the table does not have, so that a new word never hides in it."""
    assert RegisteredState.UNKNOWN not in STATES.values()
    assert set(RegisteredState) - {RegisteredState.UNKNOWN} == set(STATES.values())
