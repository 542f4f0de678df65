"""The comparison service of the simulated population base: its two calls, and the page with the camera.

There is no camera: whoever sits there says whose face it sees. Nothing is kept but whose sitting it is, until
its result was fetched.
"""

import secrets
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import urlencode

from flask import Blueprint, abort, redirect, render_template, request
from flask.typing import ResponseReturnValue

from connectors.real_person import subject
from connectors.simulator.faults import FaultKind
from connectors.simulator.population import Population

MOST = 1000
"""Sittings kept at the same time."""
SEEN = {"holder": ("same", "high"), "somebody_else": ("not_same", "low"), "dark": ("unsure", "middle")}
"""What the page can be told to see, and what a comparison makes of it."""
ORDERED = {
    FaultKind.NOT_SAME: ("not_same", "low"),
    FaultKind.UNSURE: ("unsure", "middle"),
    FaultKind.NO_PHOTO: ("no_photo", ""),
}


@dataclass(frozen=True)
class Chair:
    """One sitting: who is expected, where they go afterwards, and what was seen."""

    reference: str
    number: str = field(repr=False)
    name: str = field(repr=False)
    return_url: str = field(repr=False)
    ordered: tuple[str, str] | None = None
    """A result that stands before anybody sits down."""
    result: tuple[str, str] | None = None
    ticket: str = field(default="", repr=False)


class Studio:
    """All sittings, by their tokens."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._chairs: dict[str, Chair] = {}
        self._lock = threading.Lock()

    def call(self, posted: Mapping[str, str], base: str, fault: FaultKind | None) -> dict[str, object]:
        """Answer one call of the service."""
        reference, number, name = (str(posted.get(key, "")) for key in ("reference", "number", "name"))
        about = {"subject": subject(reference, number, name)}
        ordered = ORDERED.get(fault) if fault else None
        if posted.get("operation") == "begin":
            chair = Chair(reference, number, name, str(posted.get("returnUrl", "")), ordered)
            token = self._seat(chair)
            return {"code": "200", "data": {**about, "token": token, "url": f"{base}likeness/{token}"}}
        taken = self._leave(str(posted.get("token", "")), str(posted.get("ticket", "")))
        if taken is None or taken.result is None:
            return {"code": "404", "message": "无此会话", "data": {}}
        result, band = ordered or taken.result
        about = {"subject": subject(taken.reference, taken.number, taken.name)}
        answer = {**about, "result": result, "band": band, "requestId": str(uuid.uuid4())}
        return {"code": "200", "data": answer}

    def chair(self, token: str) -> Chair | None:
        """A sitting that nobody has sat yet."""
        with self._lock:
            chair = self._chairs.get(token)
        return chair if chair and chair.result is None else None

    def look(self, token: str, seen: str) -> str | None:
        """Compare what the camera is told to see with the photograph on file; gives where to go on."""
        chair = self.chair(token)
        if chair is None or seen not in SEEN:
            return None
        ticket = secrets.token_urlsafe(24)
        done = replace(chair, result=chair.ordered or self._compared(chair, seen), ticket=ticket)
        with self._lock:
            self._chairs[token] = done
        mark = "&" if "?" in chair.return_url else "?"
        return f"{chair.return_url}{mark}{urlencode({'ticket': ticket})}"

    def _compared(self, chair: Chair, seen: str) -> tuple[str, str]:
        resident = self._population.residents.get(chair.number)
        if resident is None or resident.deceased:
            return "no_photo", ""
        return SEEN[seen]

    def _seat(self, chair: Chair) -> str:
        token = secrets.token_urlsafe(24)
        with self._lock:
            self._chairs[token] = chair
            for forgotten in list(self._chairs)[:-MOST]:
                del self._chairs[forgotten]
        return token

    def _leave(self, token: str, ticket: str) -> Chair | None:
        """A result is fetched once, and only with the ticket."""
        with self._lock:
            chair = self._chairs.get(token)
            fits = chair is not None and chair.ticket and secrets.compare_digest(chair.ticket, ticket)
            return self._chairs.pop(token) if fits else None


def likeness_pages(studio: Studio) -> Blueprint:
    """The page that a person's own browser is sent to."""
    routes = Blueprint("likeness", __name__, url_prefix="/likeness")

    @routes.get("/<token>")
    def sit(token: str) -> ResponseReturnValue:
        """Show the camera."""
        if studio.chair(token) is None:
            abort(HTTPStatus.NOT_FOUND)
        return render_template("likeness.html")

    @routes.post("/<token>")
    def look(token: str) -> ResponseReturnValue:
        """Take what is seen (``seen=holder|somebody_else|dark``) and send the browser back."""
        onward = studio.look(token, request.form.get("seen", ""))
        if onward is None:
            abort(HTTPStatus.NOT_FOUND)
        return redirect(onward, HTTPStatus.SEE_OTHER)

    return routes
