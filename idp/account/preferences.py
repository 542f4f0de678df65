"""What a person prefers, kept with the account: language and style of their pages, notices by text."""

from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from idp.account import own
from idp.notices import choices
from idp.notices.choices import Channel
from idp.persons.models import Person
from idp.services import current
from idp.web import languages
from idp.web.signed_in import login_required, who

bp = Blueprint("preferences", __name__, url_prefix="/account/preferences")
PAGE = "/account/preferences"
STYLES = ("standard", "care")


@bp.get("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def preferences() -> ResponseReturnValue:
    """Show what is chosen."""
    with current().database.reading() as db:
        person = db.get_one(Person, who().person_id)
        declined = choices.declined(db, person.id)
        style, locale = person.style, person.locale
    return own.show(
        "account/preferences.html",
        style=style or "standard",
        locale=languages.known(locale) if style else languages.of_request(),
        tongues=tuple(languages.LANGUAGES.items()),
        kinds=[(kind, (kind, Channel.SMS) not in declined) for kind in choices.OPEN],
        saved="saved" in request.args,
        csrf_token=own.token("preferences"),
        action=PAGE,
    )


@bp.post("")
@login_required  # type: ignore[untyped-decorator]  # flask-login has no types
def choose() -> ResponseReturnValue:
    """Keep it, and let this browser have it at once."""
    style = request.form.get("style")
    locale = languages.known(request.form.get("locale"))
    if not own.token_fits("preferences") or style not in STYLES or locale is None:
        return redirect(PAGE, 303)
    with current().database.writing() as db:
        person = db.get_one(Person, who().person_id)
        person.style, person.locale = style, locale
        wanted = [kind for kind in choices.OPEN if kind in request.form.getlist("sms")]
        choices.choose(db, person.id, wanted)
    return redirect(f"{PAGE}?{urlencode({'saved': 'yes', **_asked(style, locale)})}", 303)


def place(db: Session, person_id: UUID, path: str) -> str:
    """A place on this site, in the style and language its person has chosen, if they have."""
    person = db.get(Person, person_id)
    if person is None or person.style is None:
        return path
    chosen = urlencode(_asked(person.style, languages.known(person.locale) or languages.CHINESE))
    return f"{path}{'&' if '?' in path else '?'}{chosen}"


def _asked(style: str, locale: str) -> dict[str, str]:
    """The choice as every address of ours takes it."""
    return {"lang": locale, "care": "on" if style == "care" else "off"}
