"""Refusals of the SAML endpoints, by who is told.

Unanswerable       the person sees it: there is no address it may safely be sent to
Refused            the system gets it, as a status at an address of its own that has matched
"""

from enum import StrEnum


class Fault(StrEnum):
    """Why a message is shown to the person instead of being answered; pages have a text for each."""

    UNREADABLE = "saml_message"
    UNKNOWN_SYSTEM = "saml_entity"
    UNKNOWN_CONSUMER = "saml_consumer"
    SIGNATURE = "saml_signature"
    DESTINATION = "saml_destination"
    TIME = "saml_time"


class Second(StrEnum):
    """Second-level status codes (SAML Core §3.2.2.2)."""

    NO_PASSIVE = "NoPassive"
    NO_CONTEXT = "NoAuthnContext"
    NAME_ID_POLICY = "InvalidNameIDPolicy"
    UNSUPPORTED_BINDING = "UnsupportedBinding"
    UNSUPPORTED = "RequestUnsupported"
    DENIED = "RequestDenied"
    UNKNOWN_PRINCIPAL = "UnknownPrincipal"


REQUESTERS = frozenset({Second.NAME_ID_POLICY, Second.UNSUPPORTED_BINDING, Second.UNSUPPORTED})
"""Those that are the requester's doing; the others are ours to answer for."""


class Unanswerable(Exception):
    """Nothing leaves this site."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Refused(Exception):
    """A status for the system."""

    def __init__(self, second: Second) -> None:
        super().__init__(str(second))
        self.second = second

    @property
    def top(self) -> str:
        """The first-level status code."""
        return "Requester" if self.second in REQUESTERS else "Responder"
