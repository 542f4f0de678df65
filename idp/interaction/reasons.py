"""Why a second way of proving oneself is asked for: by whom, what has been shown, and what is missing."""

from dataclasses import dataclass
from enum import StrEnum

from idp.assurance import FACTORS, NEVER_SECOND, Kind
from idp.interaction import policy
from idp.interaction.record import OWN_PAGES, Demand, Facts


class Asker(StrEnum):
    """Who asks for more than one way."""

    SELF = "self"
    """The person, who chose two steps for every sign-in."""
    OFFICE = "office"
    """The rule for civil servants."""
    SERVICE = "service"
    """The service one is on the way to."""
    PAGE = "page"
    """A page of the person's own that changes something worth guarding."""


class Missing(StrEnum):
    """What would be enough."""

    POSSESSION = "possession"
    """Something one has: until now there was only what one knows."""
    KNOWLEDGE = "knowledge"
    """What one knows: everything until now is something one has."""
    HERE = "here"
    """A proof in this browser: until now another device said yes."""
    OWN = "own"
    """A means of one's own: until now there was only another provider's word."""
    KEY = "key"
    """A passkey that stays on its device, or a certificate; nothing less reaches AAL 3."""
    DEVICE_KEY = "device_key"
    """The same of a civil servant, who has no certificate here."""


@dataclass(frozen=True)
class SecondWay:
    """Why one more way is asked for."""

    askers: tuple[Asker, ...]
    """Everybody who asks, the person first."""
    proven: tuple[str, ...]
    """The `amr` values this session rests on, as the table of them has their order."""
    missing: Missing


def second_way(demand: Demand, facts: Facts) -> SecondWay | None:
    """Why the proofs of a session are not enough for this demand; None if they are."""
    askers = tuple(_askers(demand, facts))
    if not askers:
        return None
    needed = max(demand.level.aal, facts.own_minimum.aal)
    proven = tuple(method for method in FACTORS if method in facts.amr and method != "mfa")
    return SecondWay(askers, proven, _missing(proven, needed, facts.realm))


def _askers(demand: Demand, facts: Facts) -> list[Asker]:
    asking = []
    if facts.is_half:
        asking.append(Asker.OFFICE if facts.realm == "staff" else Asker.SELF)
    if policy.proven(demand, facts) < demand.level.aal:
        asking.append(Asker.PAGE if demand.client_id == OWN_PAGES else Asker.SERVICE)
    if Asker.OFFICE in asking and demand.level.aal <= facts.own_minimum.aal:
        return [one for one in asking if one is not Asker.PAGE]  # the rule asks every time, whatever the page
    return asking


def _missing(proven: tuple[str, ...], needed: int, realm: str) -> Missing:
    """Two ways count as two only if they rest on different things (SP 800-63B §2.2)."""
    if needed > 2:
        return Missing.DEVICE_KEY if realm == "staff" else Missing.KEY
    kinds = {FACTORS[method].kind for method in proven} - NEVER_SECOND
    if not kinds:
        upstream = any(FACTORS[method].kind is Kind.UPSTREAM for method in proven)
        return Missing.OWN if upstream else Missing.HERE
    return Missing.POSSESSION if Kind.KNOWLEDGE in kinds else Missing.KNOWLEDGE
