"""What must still be asked. One question serves OIDC `prompt=none`, SAML `IsPassive` and CAS `gateway`."""

from datetime import datetime, timedelta

from idp.assurance import own_level
from idp.interaction.record import Demand, Facts, Step


def next_step(
    demand: Demand,
    facts: Facts | None,
    now: datetime,
    met: frozenset[str] = frozenset(),
    notice_only: bool = False,
) -> Step:
    """What this browser must still do before the application may be answered.

    `met` names the one-time prompts this interaction has already answered; `notice_only` is true for clients
    whose legal duty replaces consent by a notice on first use (government departments, PIPL §13(3), §35).
    """
    if facts is None:
        return Step.REGISTER if "create" in demand.prompt - met else Step.SIGN_IN
    if demand.prompt & {"login", "select_account", "create"} - met:
        return Step.REGISTER if "create" in demand.prompt - met else Step.SIGN_IN
    if "login" not in met and is_too_old(demand, facts, now):
        return Step.SIGN_IN
    if demand.subject is not None and demand.subject != facts.sub:
        return Step.SIGN_IN
    if facts.is_half:  # half a sign-in is told nothing of its person
        return Step.SECOND_FACTOR
    if facts.password_due:
        return Step.NEW_PASSWORD
    if facts.capacity_due:
        return Step.CAPACITY
    if facts.reached.ial < demand.level.ial:
        return Step.STEP_UP
    if proven(demand, facts) < demand.level.aal:
        return Step.SECOND_FACTOR
    if "consent" in demand.prompt - met or not demand.scopes - demand.optional <= facts.consented:
        return Step.NOTICE if notice_only and "consent" not in demand.prompt - met else Step.CONSENT
    return Step.DONE


def proven(demand: Demand, facts: Facts) -> int:
    """The AAL that counts towards this demand."""
    return own_level(facts.amr) if demand.own else facts.reached.aal


def is_too_old(demand: Demand, facts: Facts, now: datetime) -> bool:
    """Whether the last proof is older than the application accepts (OIDC Core §3.1.2.1, max_age).

    A proof given inside the interaction is as fresh as can be had; without that, `max_age=0` would never end.
    """
    return demand.max_age is not None and now - facts.authenticated_at > timedelta(seconds=demand.max_age)
