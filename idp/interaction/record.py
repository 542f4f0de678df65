"""What an application demands of a person, what is known about the browser, and the step between them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from idp.assurance import NOTHING, Level

OWN_PAGES = ""
"""Instead of a client's id: a person's own pages ask for somebody to sign in, the way a portal does."""
OLD_ACCOUNT = "old_account"
"""In `Interaction.kept`: the imported account whose old password was typed; registering shows whose it is."""

COMES_FOR = "comes_for"
"""In `Interaction.kept`: the credit code of the organisation whose sign-in elsewhere its person came by."""


class Step(StrEnum):
    """What a browser must do next; the values are the pages' paths under `/interaction/<id>/`."""

    SIGN_IN = "sign-in"
    REGISTER = "register"
    SECOND_FACTOR = "second-factor"
    NEW_PASSWORD = "new-password"  # noqa: S105 - a path
    CAPACITY = "capacity"
    STEP_UP = "step-up"
    NOTICE = "notice"
    CONSENT = "consent"
    DONE = "done"


@dataclass(frozen=True)
class Wish:
    """One thing an application says somebody comes to do (RFC 9396, type ``urn:yitong:matter``)."""

    matter: str
    action: str
    project: str | None = None
    region: str | None = None
    amount: int | None = None
    """Fen."""


@dataclass(frozen=True)
class OnBehalf:
    """As what people may come, where an application lets them come for others at all."""

    oneself: bool = True
    """Whether they may come as themselves too."""
    others: bool = True
    """Whether they may come for an organisation."""
    organisation: str | None = None
    """The credit code of the one that is meant."""
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Acting:
    """For which organisation somebody acts, by which mandate, as it stood when that was settled."""

    organisation_id: UUID
    code: str
    name: str
    status: str
    role: str
    mandate_id: UUID
    """By which the organisation says yes."""
    mandate_version: int
    ends_at: datetime
    """When the first mandate on the way ends."""
    through_id: UUID | None = None
    """The person's own mandate, where another organisation stands between."""
    through_version: int | None = None
    sub: str | None = None
    """The subject this client's sector knows the organisation by; None before the first time."""


@dataclass(frozen=True)
class Chosen:
    """As what a person last came to this application in this session."""

    organisation_id: UUID | None
    """None: as themselves."""
    sub: str | None = None


@dataclass(frozen=True)
class Demand:
    """What must be true before the application is answered; the same for every protocol."""

    client_id: str = OWN_PAGES
    scopes: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    """Those of `scopes` the application can do without; what is granted is `scopes` as far as agreed to."""
    level: Level = NOTHING
    """The least level, the client's minimum already included."""
    max_age: int | None = None
    """Seconds since the person last proved themselves; None: any age."""
    prompt: frozenset[str] = frozenset()
    """`login`, `consent`, `select_account`, `create`: asked once, then met (see `Interaction.met`)."""
    login_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    subject: str | None = None
    """The `sub` an id_token_hint names: nobody else may answer."""
    realms: tuple[str, ...] = ("citizen",)
    """Whose people the application admits; the first is asked for unless somebody chooses another."""
    on_behalf: OnBehalf | None = None
    """None: people come as themselves, and nothing is asked about it."""
    own: bool = False
    """Whether only one's own means count towards the level, and no word of an upstream or another device."""
    elsewhere: bool = True
    """Whether somebody may begin at an upstream."""
    hops: tuple[str, ...] = ()
    """The issuers of the identity providers a request came through, if the application is one itself."""


@dataclass(frozen=True)
class Facts:
    """What is known of the browser when a demand is looked at; everything comes from one read."""

    session_id: UUID
    person_id: UUID
    authenticated_at: datetime
    reached: Level
    amr: frozenset[str]
    sub: str | None
    """The subject this client's sector knows the person by; None before the first time."""
    consented: frozenset[str]
    """Scopes that a live consent or notice covers for this client."""
    person_version: int = 1
    last_seen_at: datetime | None = None
    own_minimum: Level = NOTHING
    """What the person asks of themselves, wherever they sign in."""
    let_in: bool = False
    """Whether means that a hold has spent let them through that, though they reach it no more."""
    realm: str = "citizen"
    """Whose session it is."""
    password_due: bool = False
    """Whether a civil servant without a directory must change their password before anything else."""
    may_act: bool = False
    """Whether anybody lets them act; known only where the application does."""
    chosen: Chosen | None = None
    acting: Acting | None = None
    """For whom they act here, once that is settled."""
    capacity_due: bool = False
    """Whether that must still be asked, or is refused."""
    refusal: str = ""
    """Why what the application asked for is not allowed (`mandates.rules.Reason`)."""

    @property
    def is_half(self) -> bool:
        """Whether the person's own second step is still missing (`lifecycle.is_half`)."""
        return self.reached.aal < self.own_minimum.aal and not self.let_in


@dataclass(frozen=True)
class Interaction:
    """A demand on its way to being met, kept in the state store and bound to one browser."""

    demand: Demand
    resume: str
    """Which protocol is called back, for example ``oauth``."""
    request: Mapping[str, str]
    """The protocol's own request, opaque here."""
    started_at: datetime
    realm: str = "citizen"
    """Whose session counts here: citizens' and civil servants' are kept apart."""
    returns_to: str = ""
    """Where the answer will be sent; pages show its host, and their forms may end there."""
    kept: Mapping[str, str] = field(default_factory=dict)
    """What the pages of a way of signing in note between two requests, each under names of its own."""
    unfinished: str = ""
    """The page of a way to come back to once somebody has proven themselves; below the interaction's path."""
    met: frozenset[str] = field(default_factory=frozenset)
    """Which one-time prompts a page has answered: `consent`; the others are answered by a proof."""
