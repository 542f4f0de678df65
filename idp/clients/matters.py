"""Which matters are a client's own: those of its department, and those approved by code or group (R3-05)."""

from idp.clients.metadata import Client
from idp.matters.catalogue import Catalogue, Listed

GROUP = "group:"
"""What stands before a group's code among a client's `matters`."""


def own(client: Client, catalogue: Catalogue, code: str) -> Listed | None:
    """The matter of this code, if it is among a client's own."""
    matter = catalogue.find(code)
    return matter if matter is not None and owns(client, matter) else None


def owns(client: Client, matter: Listed) -> bool:
    """Whether a client may ask for a matter, or about it; a part of a split matter is its whole's."""
    if matter.department_id is not None and matter.department_id == client.department_id:
        return True
    return not client.matters.isdisjoint((*matter.lineage, f"{GROUP}{matter.group}"))
