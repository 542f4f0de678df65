"""What completing a step records; the views call these and return to the door."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from idp.clients.metadata import Client
from idp.consents import rules as consents
from idp.consents.models import ConsentKind
from idp.consents.rules import Said
from idp.interaction.policy import next_step
from idp.interaction.record import Demand, Facts, Interaction, Step
from idp.notices.models import Notice
from idp.storage.database import Database

FIRST_USED = "department.first_used"
"""Topic of the inbox notice that stands in for the page."""
ONE_TIME = frozenset({"login", "select_account", "create"})
"""Prompts that proving oneself once answers (OIDC Core §3.1.2.1)."""


def met(interaction: Interaction, facts: Facts | None) -> frozenset[str]:
    """The one-time prompts that are answered: some by a page, the others by a proof given since it began."""
    proven = facts is not None and facts.authenticated_at >= interaction.started_at
    return interaction.met | ONE_TIME if proven else interaction.met


def due(interaction: Interaction, client: Client | None, facts: Facts | None, now: datetime) -> Step:
    """What must still be done before the interaction is answered."""
    notice_only = client is not None and client.is_government
    return next_step(interaction.demand, facts, now, met(interaction, facts), notice_only)


def answered(interaction: Interaction, prompt: str) -> Interaction:
    """The interaction with a one-time prompt answered by a page."""
    return replace(interaction, met=interaction.met | {prompt})


def notice_carried_over(
    database: Database, demand: Demand, facts: Facts, said: Said, now: datetime
) -> Facts | None:
    """The facts after a department's notice needed no page, or None when it needs one.

    The text tells of every department at once; who has been told of the same kinds of information is not
    stopped again, and the first use by this department is recorded beside the others (PIPL Art. 17, 35).
    """
    wanted = demand.scopes - demand.optional
    with database.reading() as db:
        if not wanted <= consents.told_of(db, facts.person_id, said):
            return None
    with database.writing() as db:
        consents.record(
            db,
            facts.person_id,
            ConsentKind.NOTICE,
            said,
            purpose="sign_in",
            now=now,
            client_id=demand.client_id,
            scopes=wanted,
            channel="record",
        )
        db.add(
            Notice(person_id=facts.person_id, topic=FIRST_USED, details={"client": demand.client_id}, at=now)
        )
    return replace(facts, consented=facts.consented | wanted)


def agreed(
    db: Session,
    interaction: Interaction,
    person_id: UUID,
    step: Step,
    said: Said,
    now: datetime,
    chosen: frozenset[str],
) -> Interaction:
    """Record the notice or consent towards the client, and the prompt as answered.

    `chosen` are the optional scopes the person ticked; the required ones are agreed to as a whole.
    """
    demand = interaction.demand
    scopes = (demand.scopes - demand.optional) | (chosen & demand.optional)
    consents.record(
        db,
        person_id,
        ConsentKind.NOTICE if step is Step.NOTICE else ConsentKind.PROVISION,
        said,
        purpose="sign_in",
        now=now,
        client_id=demand.client_id,
        scopes=scopes,
    )
    return replace(interaction, met=interaction.met | {"consent"})
