"""The page that carries an answer on by POST, also for those who answer thousands of times a second.

For them it is drawn by its template once for each language and style a browser asks for; after that only the
address and the fields are new, and filling them in is joining strings.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request
from markupsafe import escape

from idp.clients.services import origin
from idp.oauth.responses import FormPost
from idp.web import languages
from idp.web.pages import CARE_COOKIE, render

TEMPLATE = "interaction/form_post.html"
MARK = re.compile("\ue000([0-9]+)\ue001")
MOST_KEPT = 256
"""Combinations of what browsers say of languages; whoever invents more makes us draw again."""
_COOKIE = re.compile(rf"(?:^|;\s*)({languages.COOKIE}|{CARE_COOKIE})=([A-Za-z-]{{0,16}})")

Asking = tuple[str, ...]
Drawn = Sequence[str]
"""The page in pieces, its blanks left out: action, then value after value."""


def page(action: str, fields: Mapping[str, str], shown: str | None = None) -> Response:
    """
    The page that posts these fields on, drawn now; `shown` stands in for the address.

    It names where its form may end: browsers hold form-action against the redirects after it too.
    """
    return render(
        TEMPLATE, posts_to=(origin(action),), redirect_uri=shown or action, fields=fields, destination=None
    )


class Carriers:
    """The pages drawn so far."""

    def __init__(self) -> None:
        self._drawn: dict[Asking, Drawn] = {}

    def filled(self, environ: dict[str, Any], answer: FormPost) -> bytes | None:
        """The page for this browser, or None where it must be drawn first."""
        pieces = self._drawn.get(_asking(environ, answer))
        return None if pieces is None else _fill(pieces, answer)

    def draw(self, answer: FormPost) -> Response:
        """The page as a response to the current request, kept for the next ones that ask alike."""
        blanks = {name: f"\ue000{number}\ue001" for number, name in enumerate(answer.fields, 1)}
        response = page(answer.action, blanks, shown="\ue0000\ue001")
        pieces = MARK.split(response.get_data(as_text=True))[::2]
        if len(self._drawn) >= MOST_KEPT:
            self._drawn.clear()
        if not {"lang", "care"} & set(request.args):
            self._drawn[_asking(request.environ, answer)] = pieces
        response.set_data(_fill(pieces, answer))
        return response


def _asking(environ: dict[str, Any], answer: FormPost) -> Asking:
    """What decides how the page reads: the browser's languages, its choices, which fields there are."""
    chosen = _COOKIE.findall(environ.get("HTTP_COOKIE", ""))
    said = (environ.get("HTTP_ACCEPT_LANGUAGE", ""), *("=".join(one) for one in sorted(chosen)))
    return (*said, *answer.fields)


def _fill(pieces: Drawn, answer: FormPost) -> bytes:
    """The blanks in the order of the template: the address, then the fields."""
    page = [pieces[0]]
    for value, piece in zip((answer.action, *answer.fields.values()), pieces[1:], strict=True):
        page += (str(escape(value)), piece)
    return "".join(page).encode("utf-8", "surrogatepass")
