"""Confirming by a code that is typed: a page asks for it, a judge says what it is worth."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from idp.authenticators.base import Denied, Proven
from idp.authenticators.throttle import Wait
from idp.sign_in import further, proof
from idp.sign_in.proof import Proving
from idp.web.doorway import door
from idp.web.forms import Fields

Judge = Callable[[UUID, str, str | None], Proven | Denied | Wait]
"""Given who must have typed it, the code, and the client on whose behalf (None: a person's own pages)."""


def by_code(way: str, form_of: type[Fields], field: str, judge: Judge) -> Blueprint:
    """The page of such a way, whose form has this field; it confirms and never says who somebody is."""
    bp = Blueprint(f"sign_in_{way.replace('-', '_')}", __name__, url_prefix="/interaction/<handle>")

    def page(proving: Proving, form: Fields, refusal: str, status: int = 200, seconds: int = 0) -> Response:
        return proof.page(proving, way, status=status, form=form, refusal=refusal, seconds=seconds)

    @bp.get(f"/{way}")
    def ask(handle: str) -> ResponseReturnValue:
        proving = proof.asked(handle)
        if not isinstance(proving, Proving):
            return proving
        if proving.confirms is None or not further.is_open(way, proving.confirms):
            return door(handle)
        return page(proving, form_of(), "")

    @bp.post(f"/{way}")
    def prove(handle: str) -> ResponseReturnValue:
        proving = proof.asked(handle)
        if not isinstance(proving, Proving):
            return proving
        if proving.confirms is None or not further.is_open(way, proving.confirms):
            return door(handle)
        form = form_of(request.form)
        if not proof.token_fits(proving, way):
            return page(proving, form, "form_stale", 400)
        if not form.validate():
            return page(proving, form, "", 400)
        client_id = proving.interaction.demand.client_id or None
        outcome = judge(proving.confirms.person_id, form[field].data, client_id)
        return proof.judged(proving, outcome, lambda *said: page(proving, form, *said))

    return bp
