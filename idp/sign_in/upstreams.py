"""The upstreams on the sign-in page: one button each, and what the last visit to one ended in."""

from collections.abc import Sequence
from dataclasses import dataclass

from federation.desk import Federation
from idp.interaction.record import Interaction
from idp.persons.models import Realm
from idp.sign_in.arrivals import ARRIVED, federation
from idp.sign_in.proof import Proving
from idp.web import languages

AS, ORGANISATION = "as", "organisation"
"""In the address of a visit: its person comes for an organisation."""
LINK, ORGANISATION_PROOF = "upstream-link", "upstream-organisation"
"""The pages that somebody left to prove themselves, and that they come back to after it."""
NOTED = "upstream_failed"
"""Under this name a visit that brought nobody is noted in the interaction: `<upstream>:<reason>`."""


@dataclass(frozen=True)
class Offered:
    """One upstream as the sign-in page shows it."""

    name: str
    title: str
    url: str
    is_down: bool


@dataclass(frozen=True)
class Failed:
    """A visit that brought nobody."""

    name: str
    title: str
    reason: str
    """unavailable, declined, unbelieved, too_old."""


@dataclass(frozen=True)
class Awaited:
    """For what somebody who came from an upstream proves themselves, and the page that asked for it."""

    url: str
    upstream: str
    organisation: str
    """What the upstream calls the organisation they come for; empty where two accounts are linked."""


def offered(proving: Proving) -> list[Offered]:
    """The upstreams somebody may go to from here; citizens alone come from upstreams."""
    desk, interaction = federation(), proving.interaction
    if desk is None or interaction.realm != Realm.CITIZEN or proving.confirms is not None:
        return []
    names = desk.offered(interaction.demand)
    return [_button(desk, name, interaction, proving.path(f"upstream/{name}")) for name in names]


def for_organisations(handle: str, interaction: Interaction) -> list[Offered]:
    """Those with a way of their own for whoever comes for an organisation 法人登录, where one may."""
    desk, wanted = federation(), interaction.demand.on_behalf
    if desk is None or interaction.realm != Realm.CITIZEN or wanted is None or not wanted.others:
        return []
    return [
        _button(desk, name, interaction, f"/interaction/{handle}/upstream/{name}?{AS}={ORGANISATION}")
        for name in desk.for_organisations(interaction.demand)
    ]


def _button(desk: Federation, name: str, interaction: Interaction, url: str) -> Offered:
    return Offered(name, title(desk, name, interaction.demand.ui_locales), url, desk.is_down(name))


def failed(proving: Proving) -> Failed | None:
    """What the last visit ended in."""
    name, _, reason = proving.kept.get(NOTED, "").partition(":")
    desk = federation()
    wished = proving.interaction.demand.ui_locales
    return Failed(name, title(desk, name, wished), reason) if desk and name in desk.tables else None


def awaited(proving: Proving) -> Awaited | None:
    """Why somebody who came from an upstream is on a page of this interaction's sign-in."""
    page, desk = proving.interaction.unfinished, federation()
    if desk is None or page not in {LINK, ORGANISATION_PROOF}:
        return None
    arrival = desk.arrivals.find(proving.kept.get(ARRIVED))
    if arrival is None:
        return None
    said, wished = arrival.asserted, proving.interaction.demand.ui_locales
    named = said.organisation if page == ORGANISATION_PROOF else None
    return Awaited(proving.path(page), title(desk, said.upstream, wished), named.called if named else "")


def registers() -> str:
    """The one upstream whose people may begin an account here; empty where there are several, or none."""
    desk = federation()
    found = [name for name, table in desk.tables.items() if table.trust.may_create] if desk else []
    return found[0] if len(found) == 1 else ""


def title(desk: Federation, name: str, ui_locales: Sequence[str] = ()) -> str:
    """What people know an upstream by, in the reader's language; one that is gone by its name here."""
    table = desk.tables.get(name)
    if table is None:
        return name
    english = table.title_en and languages.of_request(ui_locales) != languages.CHINESE
    return table.title_en if english else table.title
