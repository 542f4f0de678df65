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
class QuestionsSpent(Event):
    """A client has asked all it may ask in a day about this; it is written once a day."""

    topic = "questions.spent"
    about: str
    most: int


@dataclass(frozen=True, kw_only=True)
class StatementIssued(Event):
    """A department got a signed statement about somebody."""

    topic = "statement.issued"
    matter: str
    purpose: str
    statement: str
