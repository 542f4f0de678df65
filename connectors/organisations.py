"""
All registries of organisations as one `OrganisationRegistry`: the table of registrations says who is asked.

The registering authority comes first. The second source, the provincial base of legal persons, is asked when

- the first is not connected, has no service for this category, or does not have the organisation;
- the first says that it moved out: another authority keeps it now, under the same code;
- the first confirms it, and its state is one nobody can read;
- the first confirms it, and keeps no number to compare the representative's with.

The base only copies what others register. Its silence denies nobody: where it alone was asked and has no such
organisation, somebody must look at the certificate. One verification has one deadline, whoever is asked.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

import structlog

from idp.calling.wire import Deadline
from idp.organisations.registrations import REGISTRATIONS, Proof
from idp.organisations.registry import (
    Answer,
    Confirmed,
    DenialReason,
    Denied,
    OrganisationClaim,
    RegisteredState,
    RepresentativeMatch,
)
from idp.persons.registry import Unsupported

log = structlog.get_logger("connectors.organisations")


class Adapter(Protocol):
    """One registry."""

    def ask(self, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        """Ask it; `Unsupported` means that it has no service for this code."""
        ...


class Registries:
    """Those that are connected, by the names the table has for them."""

    def __init__(self, adapters: Mapping[str, Adapter], deadline: Callable[[], Deadline]) -> None:
        """`deadline` gives a fresh one for each verification."""
        self._adapters = adapters
        self._deadline = deadline

    def verify(self, claim: OrganisationClaim) -> Answer:
        """Ask who registered it, then the second source where that helps; see the port."""
        registration = REGISTRATIONS.get((claim.credit_code[:1], claim.credit_code[1:2]))
        if registration is None or registration.proof is Proof.WINDOW:
            return Unsupported()
        deadline = self._deadline()
        first = self._ask(registration.adapter, claim, deadline)
        if registration.fallback is None or not _leaves_open(first, claim):
            return _unless_silent(first) if registration.proof is Proof.MANUAL else first
        second = self._ask(registration.fallback, claim, deadline)
        return _together(first, second, registered_by=claim.credit_code[2:8])

    def _ask(self, name: str | None, claim: OrganisationClaim, deadline: Deadline) -> Answer:
        adapter = self._adapters.get(name or "")
        return adapter.ask(claim, deadline) if adapter else Unsupported()


def _leaves_open(first: Answer, claim: OrganisationClaim) -> bool:
    """Whether the second source may know more."""
    match first:
        case Unsupported() | Denied(reason=DenialReason.NOT_FOUND):
            return True
        case Confirmed(state=RegisteredState.MOVED_OUT | RegisteredState.UNKNOWN):
            return True
        case Confirmed(representative=RepresentativeMatch.UNKNOWN):
            return claim.representative is not None
        case _:
            return False


def _together(first: Answer, second: Answer, registered_by: str) -> Answer:
    """What both say; the first one's word on name and state goes before the second's."""
    match first, second:
        case Unsupported(), _:
            return _unless_silent(second)
        case Denied(), Denied(reason=DenialReason.NOT_FOUND) | Unsupported():
            return first
        case Denied(), _:
            return second
        case Confirmed(state=RegisteredState.MOVED_OUT), Confirmed():
            return second if _keeps_it_now(second, first.division or registered_by) else first
        case Confirmed(), Confirmed():
            return _completed(first, second)
        case _:
            return first


def _completed(first: Confirmed, second: Confirmed) -> Confirmed:
    """Fill in what the first left open, and name who confirmed the representative, by which request."""
    known = replace(first, state=second.state) if first.state is RegisteredState.UNKNOWN else first
    unknown = RepresentativeMatch.UNKNOWN
    if first.representative is not unknown or second.representative is unknown:
        return known
    log.info("registry.completed", first=first.request_id, second=second.request_id)
    return replace(
        known,
        authority=second.authority,
        request_id=second.request_id,
        representative=second.representative,
    )


def _keeps_it_now(second: Confirmed, before: str) -> bool:
    """Whether the second source knows the new authority, and not only what was before the move."""
    moved_on = second.state is not RegisteredState.MOVED_OUT
    return moved_on and second.division is not None and second.division != before


def _unless_silent(answer: Answer) -> Answer:
    """A copy that lacks an organisation says nothing about it."""
    silent = isinstance(answer, Denied) and answer.reason is DenialReason.NOT_FOUND
    return Unsupported() if silent else answer
