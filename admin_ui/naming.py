"""What the ids and codes in the trail's details are called: one query a page for each kind of them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from admin_ui import administrators
from idp.audit import attribution
from idp.audit.events import ConfigurationChanged
from idp.audit.models import AuditEvent
from idp.clients.metadata import client_of
from idp.clients.models import ClientRow
from idp.mandates import roster
from idp.persons.models import Staff
from idp.web import languages
from idp.web.showing import client_name
from idp.windows.models import WindowOperator

SERVANTS = ("act", "staff", "about")
"""Details that hold a civil servant's person id; the last a citizen's too, who stays an id."""
ON_MACHINE = "operator:"
"""An actor at a command, by the login on the machine; or a window operator at their own page, by number."""
CLIENT = "client:"
"""An actor that is an application."""
CONFIGURED = {"client": "client ", "matter": "matter ", "operator": "window operator "}
"""Kind → how what was configured begins (`ConfigurationChanged.what`)."""


@dataclass(frozen=True)
class Names:
    """What ids and codes are called in the reader's language; who has no name is not in it."""

    servants: Mapping[UUID, str]
    """The logins of civil servants, by their person ids."""
    kinds: Mapping[str, Mapping[str, str]]
    """Kind (`matter`, `client`, `operator`) → code → name."""

    def login(self, person_id: UUID | None) -> str:
        """Of a civil servant; nothing for anybody else."""
        return self.servants.get(person_id, "") if person_id else ""

    def actor(self, event: AuditEvent) -> str:
        """Who acted, as far as the code tells: a word of `attribution`, a login, an application's name."""
        actor = attribution.who(event.topic, event.actor)
        kind, code = _acting(event)
        return self.login(administrators.acting(actor)) or self.kinds.get(kind, {}).get(code) or actor

    def details(self, event: AuditEvent) -> dict[str, str]:
        """Detail → what its value is called, for those that have a name."""
        servants = {detail: self.login(person_id) for detail, person_id in _servants(event)}
        others = {detail: self.kinds[kind].get(code, "") for detail, kind, code in _codes(event)}
        return {detail: name for detail, name in {**servants, **others}.items() if name}


def of(db: Session, events: Sequence[AuditEvent]) -> Names:
    """The names in a page of the trail."""
    people = {event.person_id for event in events} | {administrators.acting(event.actor) for event in events}
    people |= {person_id for event in events for _, person_id in _servants(event)}
    wanted: dict[str, set[str]] = {kind: set() for kind in CONFIGURED}
    for event in events:
        for kind, code in (_acting(event), *((kind, code) for _, kind, code in _codes(event))):
            wanted.setdefault(kind, set()).add(code)
    language = languages.of_request()
    matters = roster.matters(db, wanted["matter"])
    return Names(
        servants=_logins(db, {one for one in people if one}),
        kinds={
            "matter": {code: name.said(language) for code, name in matters.items()},
            "client": _clients(db, wanted["client"], language),
            "operator": _operators(db, wanted["operator"]),
        },
    )


def _servants(event: AuditEvent) -> Iterator[tuple[str, UUID]]:
    for detail in SERVANTS:
        try:
            yield detail, UUID(str(event.details.get(detail, "")))
        except ValueError:
            continue


def _codes(event: AuditEvent) -> Iterator[tuple[str, str, str]]:
    """Detail, kind and code."""
    for detail in ("matter", "operator"):
        if event.details.get(detail):
            yield detail, detail, str(event.details[detail])
    if event.topic == ConfigurationChanged.topic:
        what = str(event.details.get("what", ""))
        for kind, begins in CONFIGURED.items():
            if what.startswith(begins):
                yield "what", kind, what.removeprefix(begins)


def _acting(event: AuditEvent) -> tuple[str, str]:
    """Kind and code of who acted; a window operator came from somewhere, a command does not."""
    if event.actor.startswith(CLIENT):
        return "client", event.actor.removeprefix(CLIENT)
    if event.actor.startswith(ON_MACHINE) and event.source:
        return "operator", event.actor.removeprefix(ON_MACHINE)
    return "", ""


def _logins(db: Session, people: Collection[UUID]) -> Mapping[UUID, str]:
    query = select(Staff.person_id, Staff.login).where(Staff.person_id.in_(people))
    return dict(list(db.execute(query))) if people else {}


def _clients(db: Session, ids: Collection[str], language: str) -> Mapping[str, str]:
    query = select(ClientRow).where(ClientRow.id.in_(ids))
    return {row.id: client_name(client_of(row), language) for row in db.scalars(query)} if ids else {}


def _operators(db: Session, numbers: Collection[str]) -> Mapping[str, str]:
    """The logins of those whom a directory knows."""
    query = select(WindowOperator.number, Staff.login).join(
        Staff, Staff.person_id == WindowOperator.person_id
    )
    return dict(list(db.execute(query.where(WindowOperator.number.in_(numbers))))) if numbers else {}
