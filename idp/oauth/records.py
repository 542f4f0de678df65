"""What lives for a minute between two requests of one flow."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from idp.assurance import Level
from idp.interaction.record import Acting


@dataclass(frozen=True)
class AuthorizationCode:
    """What a code stands for; everything that `/oauth/token` must know, so that it need not ask again."""

    authorization_id: UUID
    """Made at authorize, so that a reuse can be recorded before the first redemption is."""
    client_id: str
    redirect_uri: str
    scopes: frozenset[str]
    nonce: str | None
    challenge: str | None
    """The S256 challenge (RFC 7636 §4.2); None only for a confidential client excused from it."""
    person_id: UUID
    session_id: UUID
    sub: str
    authenticated_at: datetime
    ial: int
    aal: int
    amr: frozenset[str]
    issued_at: datetime
    realm: str = "citizen"
    acting: Acting | None = None
    """For which organisation; `sub` is then the organisation's."""
    act_sub: str | None = None
    """The person's own subject, where they act for an organisation."""
    details: str = ""
    """The granted authorization details, as JSON; empty for none."""

    @property
    def reached(self) -> Level:
        """The levels of the sign-in this code comes from."""
        return Level(self.ial, self.aal)
