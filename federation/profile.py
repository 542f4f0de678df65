"""
A dialect as data: the types of `dialects/*.toml` (`profiles` reads them, `dialect` plays them).

A profile holds what is the same wherever the dialect is spoken. Addresses, names and secrets that an upstream
issued to a deployment are its settings: `client_id`, `client_secret`, and the `options` and `secrets` named
here. Texts may hold `{placeholders}`: what was issued, what was kept since `begin` (`state`, `back`), what
came back (`ticket`), the moment of a call (`millis`, `seconds`, `compact`, `http_date`), a fresh `nonce`, and
what earlier calls took.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from idp.interaction.upstream import Reason
from idp.persons.identifiers import DocumentType


class Part(BaseModel):
    """A table of a profile; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Begin(Part):
    """Where a browser is sent."""

    path: str
    query: Mapping[str, str]
    state: Literal["parameter", "address"]
    """Whether the upstream gives our state back by itself, or our address must carry it."""
    fresh: Mapping[str, str] | None = None
    """More of the query where somebody must prove themselves anew; none where it cannot be asked."""
    silent: Mapping[str, str] | None = None
    """More of the query where no page may be shown; none where it cannot be asked."""


class Returns(Part):
    """What a browser brings back."""

    ticket: str
    """The parameter that can be exchanged once."""
    error: str = "error"
    """The parameter with the upstream's word for a no."""


class Signing(Part):
    """A signature: by which scheme, over which text, with which key."""

    scheme: str
    over: str
    key: str = ""


class Sealing(Part):
    """A JSON object that travels sealed."""

    scheme: str
    key: str = ""
    content: Mapping[str, str]


class Opening(Part):
    """A JSON object that came sealed, and stands for the whole answer once it is open."""

    field: str
    scheme: str
    key: str = ""


class Signed(Signing):
    """How an answer proves whose and how new it is; `answer.…` and `header.…` read it, `body` is all."""

    by: str
    """The signature it carries."""
    at: str
    """The moment it names."""
    unit: Literal["millis", "seconds"]
    tolerance: int = 300
    """Seconds between its clock and ours."""


class Success(Part):
    """The test of an envelope: which member must say what."""

    field: str
    values: tuple[str, ...]


class Call(Part):
    """One question of ours to the upstream, and what is taken from its answer."""

    method: Literal["GET", "POST"] = "POST"
    path: str
    query: Mapping[str, str] = Field(default_factory=dict)
    form: Mapping[str, str] | None = None
    body: Mapping[str, str] | None = None
    """Members of a JSON object."""
    headers: Mapping[str, str] = Field(default_factory=dict)
    seals: Mapping[str, Sealing] = Field(default_factory=dict)
    """Placeholder → what is sealed in it; made before the signatures."""
    signs: Mapping[str, Signing] = Field(default_factory=dict)
    """Placeholder → the signature in it."""
    success: Success | None = None
    error: str
    """Where an answer names what went wrong."""
    signed: Signed | None = None
    opens: Opening | None = None
    takes: Mapping[str, str] = Field(default_factory=dict)
    """Placeholder → where its value stands in the answer; one that is missing makes no sense of it."""
    agrees: Mapping[str, str] = Field(default_factory=dict)
    """Where the answer must repeat what is known already: an answer about somebody else is refused."""


class ForOrganisation(Part):
    """Where the organisation stands for which somebody came."""

    code: str
    name: str = ""
    level: str = ""


class Tells(Part):
    """Where an upstream's words for ours stand, and when they are meant."""

    when: Success | None = None
    """What the answer must say for this reading to be the right one."""
    subject: tuple[str, ...]
    """One stable id; several together are one where an account is shared and its agents are told apart."""
    name: str
    kind: str = ""
    number: str = ""
    numbers: Mapping[str, str] = Field(default_factory=dict)
    """The upstream's codes of documents → where the number stands, where each kind has a place of its own."""
    phone: str = ""
    level: str = ""
    level_hook: str = ""
    """The function that reads the level where one member does not say it (`federation.hooks`)."""
    way: str = ""
    """How somebody proved themselves there."""
    national: Success | None = None
    """What the answer says of somebody whom the national platform handed down."""
    cert_key: str = ""
    organisation: ForOrganisation | None = None


class Flow(Part):
    """One way there and back."""

    begin: Begin
    returns: Returns
    calls: tuple[Call, ...]
    tells: tuple[Tells, ...]
    """Readings of the last answer; the first that fits counts."""
    keeps: tuple[str, ...] = ()
    """Placeholders that are needed to leave again."""


class Leave(Part):
    """How the upstream's session is ended: in the browser, or by a call with what no browser may see."""

    by: Literal["browser", "call"]
    path: str
    query: Mapping[str, str] = Field(default_factory=dict)
    form: Mapping[str, str] = Field(default_factory=dict)
    state: Literal["address", "none"] = "address"
    """Whether our address may carry a state; without one, a browser that comes back confirms nothing."""


class Levels(Part):
    """The upstream's words for how well it knows somebody, on our scale (domain: IAL 1–5)."""

    person: Mapping[str, int] = Field(default_factory=dict)
    organisation: Mapping[str, int] = Field(default_factory=dict)
    named_from: int = 3
    """The lowest of our levels from which on its name and number are more than somebody's word."""
    sign_in: int = 1
    """The AAL of a sign-in of which it does not say how it was done."""


class Profile(Part):
    """A dialect."""

    title: str
    options: tuple[str, ...] = ()
    """What the upstream issues to whoever relies on it, beside a name and a secret."""
    secrets: tuple[str, ...] = ()
    """What of this kind stands in no address."""
    national: bool = False
    """Whether everybody it asserts was handed down by the national platform."""
    person: Flow
    organisation: Flow | None = None
    """Where somebody who comes for an organisation takes another way."""
    leave: Leave | None = None
    errors: Mapping[str, Reason]
    documents: Mapping[str, DocumentType]
    """The upstream's codes."""
    ways: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """The upstream's codes → `amr`."""
    levels: Levels

    @property
    def flows(self) -> tuple[Flow, ...]:
        return (self.person, self.organisation) if self.organisation else (self.person,)
