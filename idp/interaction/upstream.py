"""The port behind which others' identity providers stand: the province, and the nation through it.

`begin` gives the address a browser goes to and what must be remembered of it; `finish` judges what comes back
and says whom the upstream asserts. What is believed of that, and which person it is, are rules of
`federation.trust` and `federation.matching`: an assertion is never a proof by itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol, runtime_checkable

from idp.assurance import Level
from idp.persons.identifiers import DocumentType


class Reason(StrEnum):
    """Why an upstream gave nobody."""

    UNAVAILABLE = "unavailable"
    """Not reached in time, or its answer makes no sense; somebody may try again."""
    DECLINED = "declined"
    """Its person said no, or cannot go on there."""
    UNBELIEVED = "unbelieved"
    """Signature, audience, time or state of the answer is wrong: never try to go on with it."""


@dataclass(frozen=True)
class Refused:
    """Nobody is asserted; `code` is the upstream's own word for it, for the trail and never for a page."""

    reason: Reason
    code: str = ""


@dataclass(frozen=True)
class Wanted:
    """What we ask of an upstream."""

    back: str
    """Our callback, registered there."""
    organisation: bool = False
    """Whether somebody means to come for an organisation, where the upstream asks that beforehand."""
    level: Level = Level()
    fresh: bool = False
    """Whether its person must prove themselves anew."""
    silent: bool = False
    """Whether it may show no page."""
    hops: tuple[str, ...] = ()
    """The issuers this request has come through, ours last: nobody on the way sends it back there."""


@dataclass(frozen=True)
class Begun:
    """Where the browser goes; with `fields` it posts them there."""

    url: str
    kept: Mapping[str, str] = field(repr=False)
    """State, nonce, verifier: sealed, bound to this browser and interaction, spent at `finish`."""
    fields: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class AssertedOrganisation:
    """For whom the upstream says somebody signed in: a hint, because mandates are ours to judge, and a reason
    not to take them for the person it names."""

    code: str
    name: str = ""
    level: int = 0
    """How well the upstream knows it, on our scale."""

    @property
    def called(self) -> str:
        """What pages call it: its name, else its code."""
        return self.name or self.code


@dataclass(frozen=True)
class AssertedIdentity:
    """Whom an upstream asserts, in our words; nothing of it is believed yet."""

    upstream: str
    subject: str = field(repr=False)
    """The upstream's stable id of the person."""
    level: Level
    """On our scale, by the upstream's own map; 0 where it has none."""
    at: datetime
    """When the upstream's person proved themselves, or when it said so."""
    name: str = field(default="", repr=False)
    kind: DocumentType | None = None
    number: str = field(default="", repr=False)
    """Of the document, normalised; empty where the upstream gives none."""
    phone: str = field(default="", repr=False)
    amr: frozenset[str] = frozenset()
    organisation: AssertedOrganisation | None = None
    national: bool = False
    """Whether the upstream only hands on what the national platform asserts."""
    cert_key: str = field(default="", repr=False)
    """The national hash of name and number (身份散列值); another purpose than our blind index."""
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What is needed to end the upstream's session: its id token, session index or access token."""


class NotLeft(Enum):
    """What became of a session there, where no browser has to go."""

    ENDED = "ended"
    """A call of ours has ended it."""
    UNREACHED = "unreached"
    """Not reached, or not understood; worth another try."""
    NO_SERVICE = "no_service"
    """It has no sign-out that could be asked for."""


@dataclass(frozen=True)
class Habits:
    """How an upstream is, whoever comes; most are as the defaults say."""

    page: str = ""
    """Where a browser arrives, as far as it is known beforehand."""
    asks_anew: bool = True
    """Whether its people can be made to prove themselves again."""
    signs_organisations_in: bool = False
    """Whether somebody who comes for an organisation takes another way there."""
    leaves_by_call: bool = False
    """Whether its session is ended by a call of ours, without the browser."""
    leaves_with_state: bool = True
    """Whether its sign-out comes back to an address that carries a state of ours."""


class Upstream(Protocol):
    """One identity provider we rely on."""

    @property
    def name(self) -> str:
        """What settings, links and evidence call it."""
        ...

    @property
    def habits(self) -> Habits:
        """In which it differs from others."""
        ...

    @property
    def is_down(self) -> bool:
        """Whether it is left alone for now because it was out of order."""
        ...

    def begin(self, wanted: Wanted, now: datetime) -> Begun | Refused:
        """Where to send the browser."""
        ...

    def finish(
        self, kept: Mapping[str, str], received: Mapping[str, str], now: datetime
    ) -> AssertedIdentity | Refused:
        """Judge what the browser brought to our callback; may call the upstream, within its deadline."""
        ...

    def leave(self, kept: Mapping[str, str], back: str) -> str | NotLeft:
        """The address that ends its session and comes back, or what else became of it."""
        ...


@dataclass(frozen=True)
class Ended:
    """A session at an upstream is over; `sid` names it, or else all of `subject`'s are."""

    jti: str
    sid: str = ""
    subject: str = field(default="", repr=False)


@runtime_checkable
class TellsOfEnd(Protocol):
    """An upstream that tells us itself when a session there is over."""

    def ended(self, token: str, now: datetime) -> Ended | None:
        """Judge what it says; None where that is not to be believed."""
        ...


@runtime_checkable
class ConfirmsEnd(Protocol):
    """An upstream whose browser comes back from its sign-out with a word for how that went."""

    def confirms(self, query: str, address: str) -> bool:
        """Whether the query it came back with says so, in answer to what `leave` has sent to this address."""
        ...
