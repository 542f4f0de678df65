"""What data cannot say."""

import pytest

from federation.hooks import guangdong_level


@pytest.mark.parametrize(
    ("claimed", "ways", "real", "level"),
    [
        ("L1", "L0@MM@||L1@GW@", True, "L1"),
        ("L3", "L2@YSS@…||L3@GW@…", True, "L3"),
        ("L3", "L1@GW@", True, "L1"),
        ("L2", "L2@YSS@", False, "L0"),
        ("L2", "", True, ""),
        ("L9", "L9@GW@", True, ""),
        ("", "L1@GW@", True, ""),
    ],
)
def test_a_level_above_its_own_record_is_not_believed(
    claimed: str, ways: str, real: bool, level: str
) -> None:
    """An account counts for its best way of proving, and for little when it is nobody's real name."""
    user = {
        "creditable_level_of_account": claimed,
        "creditable_level_of_account_way_list": ways,
        "isreal": real,
    }

    assert level == guangdong_level(user)
