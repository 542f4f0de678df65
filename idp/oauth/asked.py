"""A request to `/oauth/authorize` while it is being checked."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.assurance import NOTHING, Level
from idp.clients.metadata import Client
from idp.clients.scopes import OPENID
from idp.interaction.record import Demand, OnBehalf
from idp.oauth.collaborators import OAuth
from idp.oauth.message import Parameters
from idp.oauth.responses import Mode

PARAMETERS = frozenset(
    "response_type client_id redirect_uri scope state response_mode nonce display prompt max_age ui_locales "
    "id_token_hint login_hint acr_values claims code_challenge code_challenge_method "
    "authorization_details organisation hops".split()
)
"""What we understand, and therefore keep while the person is asked."""
MOST_HOPS = 8
"""Identity providers a request may have come through; four tiers there and back are fewer."""
LONGEST_HOP = 200


@dataclass(slots=True)
class Asked:
    """The parameters, and what the checks have made of them; a field is safe to use after its check."""

    oauth: OAuth
    parameters: Parameters
    now: datetime
    client: Client = field(init=False)
    redirect_uri: str = field(init=False)
    mode: Mode = Mode.QUERY
    scopes: frozenset[str] = frozenset()
    prompt: frozenset[str] = frozenset()
    max_age: int | None = None
    level: Level = NOTHING
    level_is_essential: bool = False
    subject: str | None = None
    on_behalf: OnBehalf | None = None

    def get(self, name: str) -> str | None:
        """A parameter as sent."""
        return self.parameters.get(name)

    @property
    def silent(self) -> bool:
        """Whether no page may be shown (`prompt=none`)."""
        return "none" in self.prompt

    @property
    def optional(self) -> frozenset[str]:
        """What may be left out; of a request for nothing else, nothing: somebody must have been asked."""
        optional = self.scopes & optional_scopes(self.client)
        return optional if optional != self.scopes else frozenset()

    def demand(self) -> Demand:
        """What the interaction must bring about."""
        return Demand(
            client_id=self.client.id,
            scopes=self.scopes,
            optional=self.optional,
            level=self.level,
            max_age=self.max_age,
            prompt=self.prompt - {"none"},
            login_hint=self.get("login_hint"),
            ui_locales=tuple((self.get("ui_locales") or "").split()),
            subject=self.subject,
            realms=self.client.realms,
            on_behalf=self.on_behalf,
            hops=tuple(
                [one for one in (self.get("hops") or "").split() if len(one) <= LONGEST_HOP][:MOST_HOPS]
            ),
        )

    def kept(self) -> dict[str, str]:
        """The request as the interaction keeps it, to be checked again when the person has answered."""
        return {name: value for name, value in self.parameters.values.items() if name in PARAMETERS}


def optional_scopes(client: Client) -> frozenset[str]:
    """What the client's registration says it can do without; the person may leave it out."""
    return frozenset(str(client.raw.get("optional_scope") or "").split()) - {OPENID}
