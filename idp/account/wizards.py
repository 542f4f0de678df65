"""How a wizard goes from step to step: its record lives for minutes, and only its own browser can go on."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.account.binding import Binding
from idp.account.desk import Desk, desk
from idp.account.records import Recovery, Registration
from idp.interaction.record import OLD_ACCOUNT, Interaction
from idp.services import current
from idp.storage.state import Collection
from idp.web import forms, languages, showing
from idp.web.pages import render
from idp.web.request_scope import now, patience
from idp.web.session_cookie import HANDLE

T = TypeVar("T", Registration, Recovery)


@dataclass(frozen=True)
class Wizard(Binding, Generic[T]):
    """One wizard: its name is its path, its cookie, its folder of pages and the purpose of its codes."""

    kept: Callable[[Desk], Collection[T]]
    """Where its records are."""
    ways: Callable[[T], tuple[str, ...]]
    """The steps a record may be at; the first is where it has come to."""

    @property
    def records(self) -> Collection[T]:
        """Every record of this wizard, by its handle."""
        return self.kept(desk())

    def at(
        self, step: str
    ) -> Callable[[Callable[["Visit[T]"], ResponseReturnValue]], Callable[[], ResponseReturnValue]]:
        """Show a view only to who has come as far as this step, and lead anybody else to where they are."""

        def guard(view: Callable[[Visit[T]], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
            @wraps(view)
            def guarded() -> ResponseReturnValue:
                handle = self.handle
                record = self.records.find(handle)
                if handle is None or record is None or _is_over(record):
                    return self.to()
                ways = self.ways(record)
                return view(Visit(self, step, handle, record)) if step in ways else self.to(ways[0])

            return guarded

        return guard

    def to(self, step: str = "") -> Response:
        """On to a step, or to the beginning."""
        return redirect(f"{self.path}/{step}" if step else self.path, 303)


@dataclass(frozen=True)
class Visit(Generic[T]):
    """A wizard at one of its steps, in the browser it belongs to."""

    wizard: Wizard[T]
    step: str
    handle: str
    record: T

    @property
    def is_stale(self) -> bool:
        """Whether the posted form is not the one that this browser was shown here."""
        return not self.wizard.token_fits(self.handle, self.step)

    @property
    def surroundings(self) -> dict[str, Any]:
        """What a page shows of where it leads, in the language this was begun in."""
        return {**surroundings(self.record.interaction), "ui_locales": (self.record.locale,)}

    def show(self, form: forms.Fields, refusal: str = "", status: int = 200, **values: Any) -> Response:
        """The page of this step."""
        return render(
            f"{self.wizard.name}/{self.step}.html",
            status=status,
            form=form,
            refusal=refusal,
            csrf_token=self.wizard.token(self.handle, self.step),
            action=f"{self.wizard.path}/{self.step}",
            **self.surroundings,
            **values,
        )

    def go_on(self, record: T, step: str) -> Response:
        """Remember what was found here, and go on to a step."""
        self.wizard.records.revise(self.handle, record)
        return self.wizard.to(step)

    def take(self) -> T | None:
        """The record for whoever finishes first; the wizard is over."""
        return self.wizard.records.take(self.handle)

    def leave(self, page: str, **values: Any) -> Response:
        """The last page of a wizard that is over; its browser is forgotten."""
        last = render(f"{self.wizard.name}/{page}.html", **self.surroundings, **values)
        return self.wizard.forget(last)

    def check_messages(self) -> Response:
        """The end that is the same for everybody; what happened is in the messages of somebody's phone."""
        self.take()
        back = sign_in_url(self.record.interaction)
        return self.leave("check_messages", phone=masked(self.record.phone), back_url=back)


def minutes() -> int:
    """How long a wizard takes at most."""
    return current().settings.interaction_lifetime * patience() // 60


def _is_over(record: Registration | Recovery) -> bool:
    lifetime = timedelta(seconds=current().settings.interaction_lifetime)
    return now() - record.started_at > lifetime * patience()


def asked_interaction() -> str | None:
    """The handle of the sign-in this was begun in, if the address names one."""
    handle = request.args.get("interaction", "")
    return handle if HANDLE.fullmatch(handle) else None


def surroundings(handle: str | None) -> dict[str, Any]:
    """What a page of a wizard shows of where it leads: the service, its languages, where forms may end."""
    interaction = current().interactions.find(handle)
    client = current().clients.find(interaction.demand.client_id) if interaction else None
    if interaction is None:
        return {"destination": None, "ui_locales": ()}
    return {
        "destination": showing.destination(interaction, client),
        "ui_locales": interaction.demand.ui_locales,
        "posts_to": showing.origins(interaction, client),
    }


def ui_locales(handle: str | None) -> tuple[str, ...]:
    """The languages that a sign-in was asked for in."""
    interaction: Interaction | None = current().interactions.find(handle)
    return interaction.demand.ui_locales if interaction else ()


def old_account(handle: str | None) -> UUID | None:
    """The account of another system whose password was typed before this was begun."""
    interaction = current().interactions.find(handle)
    noted = interaction.kept.get(OLD_ACCOUNT) if interaction else None
    return UUID(noted) if noted else None


def language(handle: str | None) -> str:
    """The language somebody is being served in; it becomes theirs."""
    return languages.of_request(ui_locales(handle))


def carried(handle: str | None, **more: str) -> str:
    """The query that carries an interaction along, the language of this address, and what else is named."""
    return _query(({"interaction": handle} if handle else {}) | more)


def sign_in_url(handle: str | None) -> str:
    """Where one signs in instead: in the interaction this was begun in, or at our own page."""
    return (f"/interaction/{handle}/sign-in" if handle else "/sign-in") + _query({})


def _query(values: dict[str, str]) -> str:
    tongue = {name: request.args[name] for name in ("lang", "ui_locales") if name in request.args}
    return f"?{urlencode(values | tongue)}" if values or tongue else ""


def masked(phone: str) -> str:
    """A phone as its owner recognises it: `138****0000`, and no more than that."""
    national = phone.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"
