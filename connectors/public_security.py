"""
The public-security population base as our `PersonRegistry`.

It knows the documents whose number has the citizen format; every other kind is `Unsupported`. The phone is
compared too, unless a province's service has no element for it. A name with a middle dot is asked for with
the dot and, should the registry deny it, once more without, because registries spell such names either way.
All of one verification shares one deadline.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from connectors.gateway import Fault, Gateway, NoAnswer
from connectors.population_base import (
    Asker,
    Declined,
    Office,
    Operator,
    Question,
    Reading,
    Result,
    operation,
    read,
)
from idp import clock
from idp.calling.wire import Deadline
from idp.persons import names
from idp.persons.identifiers import DocumentType
from idp.persons.registry import (
    IdentityClaim,
    Mismatch,
    MismatchReason,
    Purpose,
    Unavailable,
    UnavailableReason,
    Unsupported,
    Verified,
)
from idp.safe_xml import Untrusted

AUTHORITY = "public_security"
KNOWN = frozenset(
    {
        DocumentType.RESIDENT_ID,
        DocumentType.HK_RESIDENCE_PERMIT,
        DocumentType.MACAO_RESIDENCE_PERMIT,
        DocumentType.TAIWAN_RESIDENCE_PERMIT,
        DocumentType.FOREIGN_PERMANENT_RESIDENT,
    }
)
"""First-generation 15-digit numbers are not among them: since 2013 they find records and prove nothing."""

MISMATCHES = {
    Result.NAME: MismatchReason.NAME,
    Result.NOT_FOUND: MismatchReason.NOT_FOUND,
    Result.DECEASED: MismatchReason.DECEASED,
}
REASONS = {
    Fault.TIMEOUT: UnavailableReason.TIMEOUT,
    Fault.TRANSPORT: UnavailableReason.TRANSPORT,
    Fault.SERVER_ERROR: UnavailableReason.TRANSPORT,
    Fault.QUOTA: UnavailableReason.QUOTA,
    Fault.UNTRUSTED_ANSWER: UnavailableReason.UNTRUSTED_ANSWER,
    Fault.BREAKER_OPEN: UnavailableReason.BREAKER_OPEN,
    Fault.REFUSED: UnavailableReason.REFUSED,
}
log = structlog.get_logger("connectors.public_security")


class PublicSecurity:
    """Asks the population base whether a name belongs to a number and its holder is alive."""

    def __init__(
        self,
        gateway: Gateway,
        *,
        sid: str,
        asker: Asker,
        operators: Mapping[str, Operator],
        businesses: Mapping[str, str] | None = None,
        systems: Mapping[str, str] | None = None,
        compares_phone: bool = True,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """
        `operators` maps a purpose's operator to a registered officer; ``self-service`` must be among them.

        `businesses` and `systems` give the names the registry shows for a purpose's codes.
        """
        self._gateway = gateway
        self._sid = sid
        self._asker = asker
        self._operators = operators
        self._businesses = businesses or {}
        self._systems = systems or {}
        self._compares_phone = compares_phone
        self._now = now

    def verify(self, claim: IdentityClaim) -> Verified | Mismatch | Unavailable | Unsupported:
        """Ask once for each spelling, within one deadline."""
        if claim.kind not in KNOWN:
            return Unsupported()
        deadline = self._gateway.deadline()
        outcome: Verified | Mismatch | Unavailable = Unavailable(UnavailableReason.REFUSED)
        for name in _spellings(claim.name):
            outcome = self._asked(claim, name, deadline)
            if not (isinstance(outcome, Mismatch) and outcome.reason is MismatchReason.NAME):
                break
        return outcome

    def _asked(
        self, claim: IdentityClaim, name: str, deadline: Deadline
    ) -> Verified | Mismatch | Unavailable:
        question = self._question(claim, name)
        if question is None:
            return Unavailable(UnavailableReason.REFUSED)
        try:
            element = operation(self._asker, question)
        except ValueError:  # text that no XML can carry
            return Unavailable(UnavailableReason.REFUSED)
        try:
            answer = self._gateway.soap_query(
                self._sid, element, request_id=question.request_id, deadline=deadline
            )
            return self._answered(read(answer, question), question)
        except NoAnswer as fault:
            return Unavailable(REASONS[fault.reason])
        except Declined as fault:
            return self._unusable(UnavailableReason.REFUSED, question, str(fault))
        except Untrusted as fault:
            return self._unusable(UnavailableReason.UNTRUSTED_ANSWER, question, str(fault))

    def _question(self, claim: IdentityClaim, name: str) -> Question | None:
        """None when the purpose's operator is not registered: nobody asks in another officer's name."""
        purpose: Purpose = claim.purpose
        if (operator := self._operators.get(purpose.operator)) is None:
            log.error("registry.not_asked", reason="operator is not registered")
            return None
        return Question(
            request_id=str(uuid.uuid4()),
            asked_at=self._now(),
            business=Office(purpose.matter, self._businesses.get(purpose.matter, purpose.matter)),
            system=Office(purpose.system, self._systems.get(purpose.system, purpose.system)),
            operator=operator,
            number=claim.number,
            name=name,
            phone=claim.phone if self._compares_phone else None,
        )

    def _answered(self, reading: Reading, question: Question) -> Verified | Mismatch:
        if reading.result is Result.MATCH:
            return Verified(AUTHORITY, question.request_id, self._now(), reading.phone)
        return Mismatch(MISMATCHES[reading.result], AUTHORITY, question.request_id, self._now())

    def _unusable(self, reason: UnavailableReason, question: Question, why: str) -> Unavailable:
        log.warning("registry.answer_refused", request_id=question.request_id, reason=reason.value, why=why)
        return Unavailable(reason)


def _spellings(name: str) -> tuple[str, ...]:
    """What to ask for, in order; nothing when the text cannot be a name at all."""
    try:
        return names.spellings(names.normalise(name))
    except names.MalformedName:
        return ()
