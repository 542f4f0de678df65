"""What the trail says of departments that verify somebody."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class VerificationAsked(Event):
    """A department asked whether a name and a number belong together, of a person or an organisation."""

    topic = "verification.asked"
    about: str
    matter: str
    purpose: str
    outcome: str
    reused: bool
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class StatementIssued(Event):
    """A department got a signed statement about somebody."""

    topic = "statement.issued"
    matter: str
    purpose: str
    statement: str
