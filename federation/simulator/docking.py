"""What the dialects share behind the counter: who may dock where, tickets and tokens, and common lies."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response, abort, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from federation.simulator.faults import Lie
from federation.simulator.people import Citizen
from federation.simulator.province import Application, Province, Seat, Shelf
from idp.persons.identifiers import DocumentType

TICKET_LIFE = timedelta(seconds=60)
CLOCK_SKEW = timedelta(minutes=5)
ABOUT_SOMEBODY = (
    Lie.OTHER_SUBJECT,
    Lie.NO_SUBJECT,
    Lie.NO_DOCUMENT,
    Lie.WRONG_NAME,
    Lie.HIGHEST_LEVEL,
    Lie.UNKNOWN_LEVEL,
)
"""Lies about whom an answer names; `Desk.told` tells them in every dialect alike."""
STATE_DOCUMENTS = {
    DocumentType.RESIDENT_ID: "111",
    DocumentType.FOREIGN_PASSPORT: "414",
    DocumentType.TAIWAN_TRAVEL_PERMIT: "511",
    DocumentType.HK_MACAO_TRAVEL_PERMIT: "516",
    DocumentType.FOREIGN_PERMANENT_RESIDENT: "553",
}
"""Kinds of documents by the state's own code list, which several dialects use."""
PLAIN_LEVELS = {level: str(level) for level in range(1, 6)}
"""The signs of what has none of its own."""
UNKNOWN = 9
"""A level for which no dialect has a sign."""


@dataclass(frozen=True)
class Visit:
    """What a ticket or a token stands for."""

    application: str
    back: str
    at: datetime
    seat: Seat = field(repr=False)
    mark: str = ""
    """What the application called its own session."""


@dataclass(frozen=True)
class Told:
    """Whom an answer names, truly or not."""

    subject: str
    citizen: Citizen = field(repr=False)


class Desk:
    """Tickets and tokens of one dialect at the province."""

    def __init__(self, province: Province, dialect: str, begins: str = "") -> None:
        """`begins` is how a ticket of this dialect must begin."""
        self._province = province
        self._dialect = dialect
        self._begins = begins
        self._tickets, self._tokens = Shelf[Visit](), Shelf[Visit]()
        self._last = ""

    def receive(
        self, application: str, back: str, parameter: str, *, organisation: bool = False, mark: str = ""
    ) -> AnyResponse:
        """Show the login page where nobody is signed in, then send the browser back with a ticket."""
        known = self._province.applications.get(application)
        if known is None or not known.may_be_answered_at(back.partition("?")[0]):
            abort(HTTPStatus.BAD_REQUEST)
        seat, step = self._province.seat(), f"{self._dialect}.authorize"
        if self._province.lies(step, Lie.DENIED):
            return _back(back, {"error": "access_denied"})
        if seat is None:
            return self._province.asks_to_sign_in()
        if organisation and seat.citizen.firm is None:
            abort(HTTPStatus.FORBIDDEN)
        if self._province.lies(step, Lie.WRONG_STATE):
            back = _with_another_state(back)
        if not self._province.lies(step, Lie.REPLAYED):
            self._last = self._tickets.put(Visit(known.id, back, self._province.now(), seat, mark))
        return _back(back, {parameter: f"{self._begins}{self._last}"})

    def ask_anew(self) -> AnyResponse:
        """Show the login page whoever is signed in, and come back to this request marked as asked `again`."""
        self._province.signs_out()
        onward = f"{request.path}?{urlencode({**request.args, 'again': '1'})}"
        return redirect(f"/login?{urlencode({'next': onward})}", HTTPStatus.SEE_OTHER)

    def exchange(self, ticket: str, application: str) -> tuple[str, Visit] | None:
        """A token for a ticket: once, within a minute, by the application it was made for."""
        visit = self._tickets.take(ticket.removeprefix(self._begins))
        expired = self._province.lies(f"{self._dialect}.token", Lie.EXPIRED)
        if visit is None or visit.application != application or expired:
            return None
        if self._province.now() - visit.at > TICKET_LIFE:
            return None
        return self._tokens.put(visit), visit

    def visit(self, token: str) -> Visit | None:
        """Whom a token is about."""
        return self._tokens.get(token)

    def end(self, token: str) -> None:
        """End the session a token came from."""
        if visit := self._tokens.take(token):
            self._province.signs_out(visit.seat.mark)

    def told(self, visit: Visit) -> Told:
        """Somebody as the answer about them names them, with the lie that was ordered."""
        citizen, lie = visit.seat.citizen, self._province.lies(f"{self._dialect}.user", *ABOUT_SOMEBODY)
        subject = citizen.subject
        if lie == Lie.OTHER_SUBJECT:
            other = next(one for one in self._province.people.all if one.key != citizen.key)
            return Told(other.subject, other)
        if lie == Lie.NO_SUBJECT:
            subject = ""
        changed: dict[str, Citizen] = {
            Lie.NO_DOCUMENT: replace(citizen, number=""),
            Lie.WRONG_NAME: replace(citizen, name="假名"),
            Lie.HIGHEST_LEVEL: replace(citizen, level=5),
            Lie.UNKNOWN_LEVEL: replace(citizen, level=UNKNOWN),
        }
        return Told(subject, changed.get(lie or "", citizen))

    def answered(self, step: str, said: Mapping[str, object], status: int = 200) -> Response:
        """An answer as JSON, or what was ordered instead of one."""
        match self._province.lies(f"{self._dialect}.{step}", Lie.GARBAGE, Lie.HUGE):
            case Lie.GARBAGE:
                return Response("<html>")
            case Lie.HUGE:
                return Response("x" * 4_000_000)
        response = jsonify(said)
        response.status_code = status
        return response

    def signature(self, step: str, right: str) -> str:
        """A signature, as the order leaves it."""
        lie = self._province.lies(f"{self._dialect}.{step}", Lie.FORGED, Lie.UNSIGNED)
        return {Lie.FORGED: secrets.token_hex(32), Lie.UNSIGNED: ""}.get(Lie(lie), "") if lie else right

    def clock(self, step: str) -> datetime:
        """The moment an answer says it was made at."""
        lie = self._province.lies(f"{self._dialect}.{step}", Lie.EXPIRED, Lie.EARLY)
        shift = {Lie.EXPIRED: -timedelta(hours=2), Lie.EARLY: timedelta(hours=2)}
        return self._province.now() + (shift[Lie(lie)] if lie else timedelta())

    def is_new(self, at: datetime) -> bool:
        """Whether a call was made just now."""
        return abs(self._province.now() - at) <= CLOCK_SKEW

    def application(self, name: str) -> Application | None:
        return self._province.applications.get(name)


def attributes(citizen: Citizen) -> dict[str, str]:
    """What CAS and SAML say of somebody beside their name; nothing of what there is not."""
    said = {
        "name": citizen.name,
        "id_type": citizen.kind.value if citizen.number else "",
        "id_number": citizen.number,
        "phone_number": citizen.phone,
        "ial": sign_of(PLAIN_LEVELS, citizen.level),
        "national": "true" if citizen.national else "",
        "organisation_code": citizen.firm.code if citizen.firm else "",
        "organisation_name": citizen.firm.name if citizen.firm else "",
    }
    return {name: value for name, value in said.items() if value}


def sign_of(signs: Mapping[int, str], level: int) -> str:
    """A dialect's sign for a level: of the highest it has that is not above; one nobody knows for none."""
    if level == UNKNOWN:
        return "unknown"
    return signs[max(known for known in signs if known <= level or known == min(signs))]


def compact(said: Mapping[str, object]) -> str:
    """JSON without spaces, in its own characters."""
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _back(back: str, more: Mapping[str, str]) -> AnyResponse:
    glue = "&" if urlsplit(back).query else "?"
    return redirect(f"{back}{glue}{urlencode(more)}", HTTPStatus.SEE_OTHER)


def _with_another_state(back: str) -> str:
    address, _, query = back.partition("?")
    return f"{address}?{urlencode({**dict(parse_qsl(query)), 'state': secrets.token_urlsafe(16)})}"
