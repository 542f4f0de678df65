"""Every page leaves through ``render``: in the person's language, uncached, with a strict policy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Flask, Response, render_template, request
from flask_babel import format_date, format_datetime, get_locale
from jinja2 import ChoiceLoader, PackageLoader
from werkzeug.wrappers import Response as AnyResponse

from idp.web import assets, languages
from idp.web.templates import Templates

R = TypeVar("R", bound=AnyResponse)
CARE_COOKIE = "yt-care"
CHOICES = ("lang", "care")
"""What every address of ours takes."""
ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True)
class Site:
    """Who runs this platform, as its pages and legal texts name it: by language where there are words."""

    platform: dict[str, str] = field(
        default_factory=lambda: {languages.CHINESE: "统一身份认证平台", "en": "Unified Identity Service"}
    )
    operator: dict[str, str] = field(
        default_factory=lambda: {
            languages.CHINESE: "政务服务和数据管理局",
            "en": "Government Services and Data Bureau",
        }
    )
    telephone: str = "12345"
    """The help line, at the same place on every page (WCAG 2.2, 3.2.6)."""
    records: tuple[str, ...] = ()
    """Filing numbers the footer must show, such as the ICP record."""


@dataclass(frozen=True)
class Destination:
    """The service a person is on the way to, as the panel beside the steps tells it."""

    name: str
    department: str | None = None
    domain: str | None = None
    """Host of the redirect URI, shown as verified because it matched the registration."""
    level: int | None = None
    """The identity level the service asks for, 1 to 5."""
    reason: str | None = None
    """Why it asks for that level, in the service's own words."""


@dataclass(frozen=True)
class Asked:
    """One scope a service asks for, as the consent and notice pages list it."""

    scope: str
    claims: Mapping[str, str | None]
    """What the scope gives away: claim → its value masked for show, empty if none is shown, None if the
    person has none."""
    required: bool = True
    """Whether the service cannot work without it; others are ticked by the person, never beforehand."""
    ticked: bool = False


@dataclass(frozen=True)
class Me:
    """The person whose own pages these are."""

    name: str = field(repr=False)
    level: int
    sign_out_token: str = field(repr=False)
    sign_out_url: str = "/account/sign-out"
    unread: int = 0
    has_phone: bool = True
    """Whether a phone of theirs is known: level 1 may rest on an account elsewhere alone."""


@dataclass(frozen=True)
class Switches:
    """Links to this very page in the other style and in each language; they work without JavaScript."""

    languages: tuple[tuple[str, str, str], ...]
    """Tag, the language's own name, link."""
    care: str


def install(app: Flask, site: Site | None = None) -> None:
    """Make an application able to ``render``: our templates after its own, languages, assets, dates."""
    own = [app.jinja_loader] if app.jinja_loader else []
    app.jinja_loader = ChoiceLoader([*own, PackageLoader("idp")])
    app.jinja_environment = Templates
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    languages.install(app)
    app.jinja_env.globals.update(asset=assets.address, site=site or Site())
    app.jinja_env.filters.update(day=day, hour=hour, moment=moment)
    app.after_request(keep_nowhere)
    app.after_request(keep_choices)


def render(
    name: str,
    /,
    *,
    status: int = 200,
    ui_locales: Sequence[str] = (),
    posts_to: Sequence[str] = (),
    connects: bool = False,
    **values: object,
) -> Response:
    """
    A page as a response.

    ``ui_locales`` is what the application asked for. ``posts_to`` names the origins at which a form of this
    page may end after redirects, since browsers hold ``form-action`` against them too.
    ``connects`` lets a script of this page ask this site for something.
    """
    language = languages.of_request(ui_locales)
    care = care_is_on()
    with languages.spoken(language):
        body = render_template(
            languages.template(name, language),
            status=status,
            language=language,
            care=care,
            switches=_switches(care),
            **values,
        )
    response = Response(body, status, mimetype="text/html")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = language
    response.headers["Content-Security-Policy"] = policy(posts_to, connects)
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def keep_choices(response: R) -> R:
    """
    Let the browser keep what its address chose, the language and the style, and take it along on a redirect.

    Whoever keeps no such cookie still arrives in the language they asked for.
    """
    if response.location:
        response.location = _taking_along(response.location)
    if "lang" in request.args:
        _keep(response, languages.COOKIE, languages.of_request())
    if "care" in request.args:
        _keep(response, CARE_COOKIE, "on" if care_is_on() else "off")
    return response


def keep_spoken(response: R, ui_locales: Sequence[str]) -> R:
    """Let the person's own pages speak what an application asked for, until the browser closes."""
    language = next(filter(None, map(languages.known, ui_locales)), None)
    if language is not None:
        response.set_cookie(
            languages.SPOKEN_COOKIE, language, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return response


def _keep(response: AnyResponse, cookie: str, value: str) -> None:
    response.set_cookie(
        cookie, value, max_age=ONE_YEAR, secure=request.is_secure, httponly=True, samesite="Lax"
    )


def _taking_along(location: str) -> str:
    """A place on this site with the choices of this address; other sites are none of theirs."""
    if not location.startswith("/") or location.startswith("//"):
        return location
    here = {name: request.args[name] for name in CHOICES if name in request.args}
    if not here:
        return location
    place = urlsplit(location)
    query = dict(parse_qsl(place.query, keep_blank_values=True))
    chosen = {name: value for name, value in here.items() if name not in query}
    return place._replace(query="&".join(filter(None, (place.query, urlencode(chosen))))).geturl()


def keep_nowhere(response: Response) -> Response:
    """Redirects too: a browser going back replays those it kept, with a code that is spent."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def policy(posts_to: Sequence[str] = (), connects: bool = False) -> str:
    """The content security policy of a page: nothing inline, nothing from elsewhere."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            *(["connect-src 'self'"] if connects else []),
            " ".join(("form-action 'self'", *posts_to)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def day(at: date | datetime | None) -> str:
    """A date in the language of the page, in Beijing."""
    return format_date(at, "y年M月d日" if _chinese() else "d MMM y") if at else ""


def moment(at: datetime | None) -> str:
    """A date and time in the language of the page, in Beijing."""
    return format_datetime(at, "y年M月d日 HH:mm" if _chinese() else "d MMM y, HH:mm") if at else ""


def hour(at: datetime) -> str:
    """The time of a day, in Beijing."""
    return str(format_datetime(at, "HH:mm"))


def _chinese() -> bool:
    return str(get_locale()) == languages.LOCALES[languages.CHINESE]


def care_is_on() -> bool:
    """Whether whoever asks reads 关怀版."""
    asked = languages.given(request.args, "care")
    return (languages.given(request.cookies, CARE_COOKIE) if asked is None else asked) == "on"


def _switches(care: bool) -> Switches:
    """Links to this very page with one choice changed; a bare query keeps the path, whatever it is."""
    kept = [(key, value) for key, value in request.args.items(multi=True) if key not in CHOICES]
    here = f"?{urlencode(kept)}&" if kept else "?"
    return Switches(
        languages=tuple((tag, name, f"{here}lang={tag}") for tag, name in languages.LANGUAGES.items()),
        care=f"{here}care={'off' if care else 'on'}",
    )
