"""What happens to organisations, as the trail keeps it: by id and code; both are public."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class OrganisationEvent(Event):
    """Something about one organisation; `person_id` is who did it, or nobody where a registry did."""

    organisation: str


@dataclass(frozen=True, kw_only=True)
class OrganisationRegistered(OrganisationEvent):
    """It came into being here; nobody acts for it yet."""

    topic = "organisation.registered"
    authority: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class RepresentativeConfirmed(OrganisationEvent):
    """A registry, or two members of staff, confirmed who represents it."""

    topic = "representative.confirmed"
    authority: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class RepresentativeLeft(OrganisationEvent):
    """The registry does not confirm its representative any more."""

    topic = "representative.left"
    reason: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class OrganisationStandingChanged(OrganisationEvent):
    """What it can do here changed."""

    topic = "organisation.standing_changed"
    before: str
    after: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class OrganisationRecordChanged(OrganisationEvent):
    """The registry has another state, name, term or authority for it; `what` names which."""

    topic = "organisation.record_changed"
    what: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class OrganisationRefused(Event):
    """A registration came to nothing."""

    topic = "organisation.refused"
    code: str
    reason: str
    registry_request_id: str = ""


@dataclass(frozen=True, kw_only=True)
class OrganisationReviewed(Event):
    """A review was opened, approved by one, approved, refused or withdrawn; the actor decided."""

    topic = "organisation.reviewed"
    review: str
    code: str
    kind: str
    outcome: str
    grade: str = ""
