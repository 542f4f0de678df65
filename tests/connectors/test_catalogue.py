"""Names in the settings."""

import pytest

from connectors import catalogue
from connectors.simulator.credentials import registry_values


def test_an_unknown_name_lists_the_known_ones():
    """
    A typing error in the settings is explained.
    """
    with pytest.raises(ValueError, match="public_security"):
        catalogue.person_registry("public-security")
    with pytest.raises(ValueError, match="inbox"):
        catalogue.sms_gateway("outbox")


def test_self_service_needs_its_registered_operator():
    """
    A registry that could never be asked by the public is a fault of the settings.
    """
    with pytest.raises(ValueError, match="self-service"):
        catalogue.person_registry(
            "public_security", **{**registry_values("https://x.example"), "operators": {}}
        )
