"""How a wizard knows its browser: a cookie limited to its path holds the handle of its record."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import redirect, request
from werkzeug.wrappers import Response

from idp.account.desk import desk
from idp.authenticators.sms import Asking, NotSent
from idp.crypto.handles import new_handle
from idp.interaction.record import Interaction
from idp.notices import texts
from idp.services import current
from idp.storage.state import Collection
from idp.web import csrf, languages, showing
from idp.web.request_scope import source
from idp.web.session_cookie import HANDLE

T = TypeVar("T")

STATUS = {NotSent.TOO_OFTEN: 429, NotSent.UNAVAILABLE: 503}


@dataclass(frozen=True)
class Wizard(Generic[T]):
    """One wizard: its name is its path, its cookie and the purpose of its codes."""

    name: str

    @property
    def path(self) -> str:
        """Where it lives."""
        return f"/{self.name}"

    @property
    def cookie(self) -> str:
        """Named as the session's, so that prefixes and ports are right."""
        return current().cookies.session_name.replace("session", self.name).replace("__Host-", "__Secure-")

    @property
    def handle(self) -> str | None:
        """The handle this browser sent, if it has the form of one."""
        value = request.cookies.get(self.cookie, "")
        return value if HANDLE.fullmatch(value) else None

    def keep(self, response: Response, handle: str) -> Response:
        """Bind the record of this handle to the browser."""
        response.set_cookie(
            self.cookie,
            handle,
            path=self.path,
            secure=current().cookies.secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def forget(self, response: Response) -> Response:
        """Take the cookie away; the record was taken before."""
        response.delete_cookie(
            self.cookie, path=self.path, secure=current().cookies.secure, httponly=True, samesite="Lax"
        )
        return response

    def begin(self) -> str:
        """A handle for the first form's token: what the browser has, or a new one."""
        return self.handle or new_handle()

    def open(self, records: Collection[T]) -> tuple[str, T] | None:
        """The wizard of this browser with its handle."""
        handle = self.handle
        record = records.find(handle)
        return None if handle is None or record is None else (handle, record)

    def token(self, handle: str, step: str) -> str:
        """The token of a step's form."""
        return csrf.form_token(current().csrf_key, handle, f"{self.name}.{step}")

    def token_fits(self, handle: str | None, step: str) -> bool:
        """Whether the posted form was shown to this browser at this step."""
        token = request.form.get("csrf_token")
        return handle is not None and csrf.token_matches(
            token, current().csrf_key, handle, f"{self.name}.{step}"
        )

    def send_code(self, handle: str, phone: str, locale: str) -> NotSent | None:
        """Send a code to the phone, whoever it belongs to."""
        codes = desk().codes

        def words(digits: str) -> str:
            return texts.code(self.name, digits, codes.limits.lifetime, locale)

        return codes.send(Asking(self.name, phone, handle), source(), words)

    def code_is_right(self, handle: str, phone: str, typed: str) -> bool:
        """Whether the phone's last code came back."""
        return desk().codes.check(Asking(self.name, phone, handle), typed)

    def step(self, name: str = "") -> Response:
        """On to a step of this wizard."""
        return redirect(f"{self.path}/{name}" if name else self.path, 303)


def asked_interaction() -> str | None:
    """The handle of the sign-in this was begun in, if the address names one."""
    handle = request.args.get("interaction", "")
    return handle if HANDLE.fullmatch(handle) else None


def surroundings(handle: str | None) -> dict[str, Any]:
    """What a page of a wizard shows of where it leads: the service, its languages, where forms may end."""
    interaction = current().interactions.find(handle)
    client = current().clients.find(interaction.demand.client_id) if interaction else None
    if interaction is None or client is None:
        return {"destination": None}
    return {
        "destination": showing.destination(interaction, client),
        "ui_locales": interaction.demand.ui_locales,
        "posts_to": showing.origins(interaction, client),
    }


def language(handle: str | None) -> str:
    """The language somebody is being served in; it becomes theirs."""
    interaction: Interaction | None = current().interactions.find(handle)
    return languages.of_request(interaction.demand.ui_locales if interaction else ())


def carried(handle: str | None) -> str:
    """The query that carries an interaction along."""
    return f"?interaction={handle}" if handle else ""


def masked(phone: str) -> str:
    """A phone as its owner recognises it: `138****0000`, and no more than that."""
    national = phone.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"
