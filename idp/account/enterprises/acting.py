"""The person of this request on behalf of one organisation; who does not act for it finds nothing there."""

from dataclasses import dataclass, replace
from uuid import UUID

from flask import abort
from sqlalchemy.orm import Session

from idp.mandates import ending, holdings, roster, rules
from idp.mandates.holdings import Holdings
from idp.mandates.models import Mandate, Role, State
from idp.mandates.rules import Path, Reason, Sides
from idp.mandates.statement import Names, Terms
from idp.organisations.models import Organisation, Standing
from idp.services import current
from idp.web.request_scope import now
from idp.web.signed_in import who

LIST = "/account/organisations"


@dataclass(frozen=True)
class Acting:
    """By which way somebody acts for an organisation, and what that lets them see."""

    organisation: Organisation
    path: Path

    @property
    def role(self) -> Role:
        """What they are to it; through another organisation they are an agent."""
        return self.path.own.role if self.is_direct else Role.AGENT

    @property
    def is_direct(self) -> bool:
        """Whether they belong to it themselves, and not to an organisation that is its agent."""
        return len(self.path.links) == 1

    @property
    def administers(self) -> bool:
        """Whether they see who else acts for it."""
        return self.role in (Role.REPRESENTATIVE, Role.ADMINISTRATOR)

    @property
    def may_grant(self) -> bool:
        """Whether they may appoint anybody, as far as it is theirs to say."""
        return self.is_direct and self.path.own.may_grant

    @property
    def url(self) -> str:
        """The organisation's page."""
        return f"{LIST}/{self.organisation.id}"

    def may_end(self, db: Session, mandate: Mandate) -> bool:
        """Whether a mandate is theirs to end, narrow or take back."""
        return ending.may_end(db, self.path, mandate)


def acting_for(db: Session, organisation_id: UUID) -> Acting:
    """How the person of this request acts for it; not found, whether there is such an organisation or not."""
    known = holdings.towards(current().prepared, who().person_id, organisation_id, now())
    path = way(known, organisation_id)
    organisation = db.get(Organisation, organisation_id)
    if path is None or organisation is None:
        abort(404)
    return Acting(organisation, path)


def administering(db: Session, organisation_id: UUID) -> Acting:
    """The same for its representative and administrators alone."""
    acting = acting_for(db, organisation_id)
    if not acting.administers:
        abort(404)
    return acting


def way(known: Holdings, organisation_id: UUID) -> Path | None:
    """The first way that holds as far as people and mandates go: whatever the organisation itself may do now,
    its people see its page."""
    sides = _as_if_active(known.sides)
    ways = known.towards(organisation_id)
    return next((one for one in ways if rules.stands(one, sides, now()) is Reason.ALLOWED), None)


def stands_now(here: Acting) -> bool:
    """Whether the organisation itself lets anybody act at this moment."""
    return here.organisation.standing in (Standing.ACTIVE, Standing.RESTRICTED)


def mandate_of(db: Session, acting: Acting, mandate_id: UUID) -> Mandate:
    """One of the organisation's mandates that is theirs to see: their own, or any if they administer it."""
    mandate = db.get(Mandate, mandate_id)
    if mandate is None or mandate.organisation_id != acting.organisation.id or mandate.state == State.DRAFT:
        abort(404)
    mine = mandate.agent_person_id == who().person_id or mandate.id == acting.path.outer.id
    if not mine and not acting.administers and not acting.may_end(db, mandate):
        abort(404)
    return mandate


def terms_of(organisation: Organisation, mandate: Mandate) -> Terms:
    """A mandate as it is said."""
    return Terms(
        organisation=organisation.name,
        role=Role(mandate.role),
        scope=mandate.scope,
        valid_until=mandate.valid_until,
        may_delegate=mandate.may_delegate,
    )


def names_of(db: Session, *mandates: Mandate) -> Names:
    """What these mandates' codes are called."""
    return roster.names(db, [one.scope for one in mandates])


def _as_if_active(sides: Sides) -> Sides:
    return {key: replace(side, standing=Standing.ACTIVE) for key, side in sides.items()}
