"""What can happen: one small class per event. Topics are noun.past_participle; no field names a person.

The ids below are opaque. An identity number, name, phone, password or token never becomes a field.
"""

from dataclasses import dataclass, fields
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; subclasses add what an auditor must know."""

    topic: ClassVar[str]
    person_id: UUID | None = None
    client_id: str | None = None
    session_id: UUID | None = None

    def details(self) -> dict[str, str | int | bool | None]:
        """The fields of the subclass, as stored."""
        common = {"person_id", "client_id", "session_id"}
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name not in common}


def topics(kind: type[Event] = Event) -> frozenset[str]:
    """The topics of everything that can happen, as far as its module is loaded."""
    found = (topics(one) for one in kind.__subclasses__())
    own = frozenset({kind.topic}) if "topic" in vars(kind) else frozenset[str]()
    return own.union(*found)


@dataclass(frozen=True, kw_only=True)
class SignedIn(Event):
    """A person proved themselves in a browser."""

    topic = "session.begun"
    method: str
    aal: int


@dataclass(frozen=True, kw_only=True)
class SignInRefused(Event):
    """Somebody failed to prove themselves."""

    topic = "sign_in.refused"
    method: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Event):
    """A session ended before its time."""

    topic = "session.ended"
    reason: str
    participants: int


@dataclass(frozen=True, kw_only=True)
class PersonRegistered(Event):
    """A person came into being here."""

    topic = "person.registered"
    origin: str


@dataclass(frozen=True, kw_only=True)
class IdentityVerified(Event):
    """An authority confirmed a document, and the level rose or stayed."""

    topic = "identity.verified"
    method: str
    authority: str
    registry_request_id: str
    level: int


@dataclass(frozen=True, kw_only=True)
class IdentityRefused(Event):
    """An authority did not confirm a document."""

    topic = "identity.refused"
    reason: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class LikenessCompared(Event):
    """A service compared a face with the photograph on file; nothing of the face came here."""

    topic = "real_person.compared"
    outcome: str
    band: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class NameChanged(Event):
    """An authority confirmed a new name under the number a person holds; its request id finds which."""

    topic = "name.changed"
    authority: str
    registry_request_id: str


@dataclass(frozen=True, kw_only=True)
class VerificationQueued(Event):
    """The authority could not be asked; the check waits in the outbox."""

    topic = "verification.queued"
    reason: str


@dataclass(frozen=True, kw_only=True)
class DocumentDisplaced(Event):
    """A verified document was taken from its holder by proof at a higher level."""

    topic = "document.displaced"
    level: int


@dataclass(frozen=True, kw_only=True)
class DisplacementAnnounced(Event):
    """Proof at a higher level was given for a document somebody else holds; the hold has begun."""

    topic = "displacement.announced"
    level: int


@dataclass(frozen=True, kw_only=True)
class DisplacementLapsed(Event):
    """The hold ended and nothing moved."""

    topic = "displacement.lapsed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class PhoneProven(Event):
    """A person proved that a phone is theirs."""

    topic = "phone.proven"


@dataclass(frozen=True, kw_only=True)
class PhoneReclaimed(Event):
    """A phone left its person, because somebody else proved it together with their identity."""

    topic = "phone.reclaimed"


@dataclass(frozen=True, kw_only=True)
class PasswordChanged(Event):
    """A person set a new password."""

    topic = "password.changed"
    because: str


@dataclass(frozen=True, kw_only=True)
class CredentialAdded(Event):
    """A person added a way of proving themselves."""

    topic = "credential.added"
    kind: str


@dataclass(frozen=True, kw_only=True)
class RecoveryCodesMade(Event):
    """A person made ten new recovery codes; those before are void."""

    topic = "recovery_codes.made"


@dataclass(frozen=True, kw_only=True)
class CredentialEnded(Event):
    """A way of proving oneself was taken away, by its person or for their safety."""

    topic = "credential.ended"
    kind: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class TwoStepsChosen(Event):
    """A person decided whether every sign-in of theirs takes two steps."""

    topic = "two_steps.chosen"
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class PasskeyDoubted(Event):
    """A passkey counted backwards or stood still: two devices may hold the same key."""

    topic = "passkey.doubted"
    count: int


@dataclass(frozen=True, kw_only=True)
class QrConfirmed(Event):
    """A person confirmed on their phone that a screen elsewhere is theirs; its session comes next."""

    topic = "qr.confirmed"
    device: str
    place: str


@dataclass(frozen=True, kw_only=True)
class QrRefused(Event):
    """A person said that a screen is not theirs, or gave other digits than it shows."""

    topic = "qr.refused"
    device: str
    place: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class StaffLinked(Event):
    """A civil servant proved that they are this citizen, or an administrator took that back."""

    topic = "staff.linked"
    staff: str
    ended: bool = False


@dataclass(frozen=True, kw_only=True)
class StaffMoved(Event):
    """A civil servant's unit or post changed in their directory."""

    topic = "staff.moved"
    unit_before: str
    unit_after: str


@dataclass(frozen=True, kw_only=True)
class RecoveryStarted(Event):
    """Somebody asked for a forgotten password; whether a person was found is not told to them."""

    topic = "recovery.started"


@dataclass(frozen=True, kw_only=True)
class StatusChanged(Event):
    """A person was frozen, unfrozen, closed, reopened or reported dead."""

    topic = "person.status_changed"
    before: str
    after: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ConsentGiven(Event):
    """A person agreed to, or was told, a versioned text."""

    topic = "consent.given"
    kind: str
    text: str
    scopes: str


@dataclass(frozen=True, kw_only=True)
class ConsentWithdrawn(Event):
    """A person took their consent back."""

    topic = "consent.withdrawn"
    authorizations: int


@dataclass(frozen=True, kw_only=True)
class AuthorizationEnded(Event):
    """What a client had been given ended early."""

    topic = "authorization.ended"
    reason: str


@dataclass(frozen=True, kw_only=True)
class CodeReused(Event):
    """A code was presented again by its own client: somebody has both copies."""

    topic = "code.reused"


@dataclass(frozen=True, kw_only=True)
class RefreshReused(Event):
    """An outdated refresh token was presented; its family has ended."""

    topic = "refresh.reused"


@dataclass(frozen=True, kw_only=True)
class PhoneChanged(Event):
    """A person proved another phone in place of the one before."""

    topic = "phone.changed"
    reclaimed: bool


@dataclass(frozen=True, kw_only=True)
class DataExported(Event):
    """A person took everything home that is kept of them."""

    topic = "data.exported"
    kind: str


@dataclass(frozen=True, kw_only=True)
class GuardianLinked(Event):
    """A minor is in a person's care from now on; `ward` is the minor's id."""

    topic = "guardian.linked"
    ward: str
    relation: str
    grade: str


@dataclass(frozen=True, kw_only=True)
class GuardianAsked(Event):
    """A person named a minor of fourteen or more, who is asked if they have an account."""

    topic = "guardian.asked"
    relation: str


@dataclass(frozen=True, kw_only=True)
class GuardianEnded(Event):
    """A minor is no longer in a person's care."""

    topic = "guardian.ended"
    reason: str


@dataclass(frozen=True, kw_only=True)
class IntrusionReported(Event):
    """A person said that somebody else was using their account; everything elsewhere has ended."""

    topic = "intrusion.reported"


@dataclass(frozen=True, kw_only=True)
class ConfigurationChanged(Event):
    """An operator changed a client, key, department or matter."""

    topic = "configuration.changed"
    what: str
    change: str


@dataclass(frozen=True, kw_only=True)
class TrailShortened(Event):
    """Events older than the law asks for were let go; what is left must follow the last of them."""

    topic = "trail.shortened"
    upto: int
    last_digest: str
    events: int


@dataclass(frozen=True, kw_only=True)
class TokensCounted(Event):
    """Routine token events of one worker and one client since the last count (spooled, not one by one)."""

    topic = "tokens.counted"
    what: str
    outcome: str
    count: int
