"""How an answer reaches the client: response modes, and `iss` in every one of them (RFC 9207)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from idp.interaction.record import Step
from idp.oauth.errors import Fault


class Mode(StrEnum):
    """Where the parameters travel (OAuth 2.0 Multiple Response Types §2.1, Form Post §2)."""

    QUERY = "query"
    FRAGMENT = "fragment"
    FORM_POST = "form_post"


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser there."""

    url: str


@dataclass(frozen=True, slots=True)
class FormPost:
    """Show a form that posts these fields there."""

    action: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Begun:
    """The person must be asked; send the browser to this interaction."""

    interaction_id: str
    due: Step

    @property
    def path(self) -> str:
        """Its door; a stranger is at their page at once, for the door would send them nowhere else."""
        page = f"/{self.due}" if self.due is Step.SIGN_IN else ""
        return f"/interaction/{self.interaction_id}{page}"


@dataclass(frozen=True, slots=True)
class Shown:
    """Tell the person what is wrong; nothing leaves this site."""

    fault: Fault


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The interaction is not over: this is the next step."""

    step: Step


Answer = Redirect | FormPost | Begun | Shown
Ending = Redirect | FormPost | Shown


def deliver(
    mode: Mode, redirect_uri: str, values: Mapping[str, str | None], issuer: str
) -> Redirect | FormPost:
    """The answer with these values, the missing ones left out."""
    fields = {name: value for name, value in values.items() if value is not None}
    fields["iss"] = issuer
    if mode is Mode.FORM_POST:
        return FormPost(redirect_uri, fields)
    encoded = "&".join(
        f"{name}={quote(value, safe='', errors='surrogatepass')}" for name, value in fields.items()
    )
    if mode is Mode.FRAGMENT:
        return Redirect(f"{redirect_uri}#{encoded}")
    separator = "&" if "?" in redirect_uri else "?"
    return Redirect(f"{redirect_uri}{separator}{encoded}")
