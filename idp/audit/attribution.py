"""Who did what an event says, where the scope of its request knows only whence it came.

A request by which nobody is proven has the actor `self` too; so has one of another person or of a service,
and one at an operator's desk has the operator. The trail keeps what the scope said; readers are told this.
"""

from idp.audit.scope import ADMINISTRATOR

SELF, SERVICE = "self", "service"
UNPROVEN = "unproven"
"""Somebody who was refused, or gave something that proves nobody."""
ANOTHER = "another"
"""Another person than whom the event is about."""

NO_STAFF = frozenset({SELF, SERVICE, UNPROVEN, ANOTHER, "worker", "system"})
"""Who else than a member of staff acts."""

READ_AS: dict[str, str] = {
    **dict.fromkeys(("sign_in.refused", "upstream.refused", "recovery.started", "passkey.doubted"), UNPROVEN),
    **dict.fromkeys(("code.reused", "refresh.reused"), UNPROVEN),
    **dict.fromkeys(("displacement.announced", "document.displaced", "phone.reclaimed"), ANOTHER),
    **dict.fromkeys(("verification.asked", "statement.issued", "mandate.asked", "questions.spent"), SERVICE),
    **dict.fromkeys(("import.mapped", "import.subject_told"), SERVICE),
}
"""Topic → who did it, where the scope says `self`."""
THEIR_WORD = frozenset({"visit.begun"})
"""What a person says themselves at an operator's desk, by a code that only they have."""


def who(topic: str, actor: str) -> str:
    """Whom a reader is told: the actor of the scope, or better known."""
    if actor == SELF:
        return READ_AS.get(topic, SELF)
    if topic in THEIR_WORD and actor.startswith(ADMINISTRATOR):
        return SELF
    return actor
