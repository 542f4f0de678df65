"""The languages of the pages: which one a person gets, and the catalogues, read at start-up."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import cast

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, request
from flask_babel import Babel, Domain, force_locale, get_domain, get_locale
from jinja2 import Template

from idp.web.templates import Templates

CHINESE = "zh-Hans"
LANGUAGES = {CHINESE: "中文", "en": "English"}
"""BCP 47 tag → the language's own name. Chinese is the source, the others catalogues in ``idp/locale``."""
LOCALES = {CHINESE: "zh_Hans", "en": "en"}
PARSED = {language: Locale.parse(locale) for language, locale in LOCALES.items()}
BY_PRIMARY = {language.split("-")[0]: language for language in LANGUAGES}
COOKIE = "yt-lang"
SPOKEN_COOKIE = "yt-spoken"
"""What an application asked for at the last sign-in of this browser: a wish, and so no choice (`COOKIE`)."""
CATALOGUES = Path(__file__).parent.parent / "locale"


def choose(switch: str | None, kept: str | None, ui_locales: Iterable[str], accepted: Iterable[str]) -> str:
    """
    The language of a page: what was just asked for, what this browser keeps, what the application asked
    (OpenID Connect Core §3.1.2.1), what the browser prefers, and Chinese when none of them names ours.
    """
    for wish in (switch, kept, *ui_locales, *accepted):
        if language := known(wish):
            return language
    return CHINESE


def known(tag: str | None) -> str | None:
    """The language of ours that a BCP 47 tag finds: ``zh-CN`` and ``zh-Hant`` Chinese, ``en-GB`` English."""
    return BY_PRIMARY.get(tag.replace("_", "-").split("-")[0].lower()) if tag else None


def of_request(ui_locales: Iterable[str] = ()) -> str:
    """The language for the request being answered; an earlier sign-in's comes before the browser's own."""
    asked, kept = request.args, request.cookies
    wished = (*ui_locales, *asked_for(asked), given(kept, SPOKEN_COOKIE) or "")
    return choose(given(asked, "lang"), given(kept, COOKIE), wished, request.accept_languages.values())


def given(values: Mapping[str, str], name: str) -> str | None:
    """What stands under a name; `get` of what Werkzeug gives builds an HTTP error for each one missing."""
    return values[name] if name in values else None  # noqa: SIM401 - see above


def asked_for(values: Mapping[str, str]) -> tuple[str, ...]:
    """The languages an address asks for: `lang`, a person's choice, before `ui_locales`, an application's."""
    return tuple(" ".join(given(values, name) or "" for name in ("lang", "ui_locales")).split())


class Catalogues(Domain):  # type: ignore[misc]  # Flask-Babel has no types
    """The message catalogues in memory, in place of the compiled files Flask-Babel looks for."""

    def __init__(self, folder: Path = CATALOGUES) -> None:
        super().__init__()
        self.by_locale = {place.parent.name: read(place) for place in folder.glob("*/LC_MESSAGES")}

    def get_translations(self) -> NullTranslations:
        """The catalogue of the current locale; Chinese is the source and has none."""
        return self.by_locale.get(str(get_locale()), SOURCE)

    def of(self, language: str) -> NullTranslations:
        """The catalogue of a language."""
        return self.by_locale.get(LOCALES[language], SOURCE)

    @contextmanager
    def spoken(self, language: str) -> Iterator[None]:
        """Draw in this language: a page has a hundred texts, and its catalogue is looked for once."""
        drawn = _drawn.set(self.of(language))
        try:
            with force_locale(PARSED[language]):
                yield
        finally:
            _drawn.reset(drawn)

    def here(self) -> NullTranslations:
        """The catalogue of the page that is drawn, or else of the current locale."""
        return _drawn.get() or self.get_translations()


SOURCE = NullTranslations()
_drawn: ContextVar[NullTranslations | None] = ContextVar("catalogue", default=None)


@cache
def read(place: Path) -> Translations:
    """A catalogue as translators left it, a file a room, without a compiling step to forget; read once."""
    whole = Catalog(locale=place.parent.name)
    for file in sorted(place.glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale=place.parent.name):
                whole[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


def spoken(language: str) -> AbstractContextManager[None]:
    """Draw what follows in this language."""
    catalogues: Catalogues = get_domain()
    return catalogues.spoken(language)


def template(name: str, language: str) -> Template:
    """A template as it is drawn in this language."""
    templates, catalogues = cast(Templates, current_app.jinja_env), cast(Catalogues, get_domain())
    return templates.spoken(language, catalogues.of(language).gettext).get_template(name)


def install(app: Flask) -> None:
    """Give an application's templates ``_``, ``ngettext`` and dates, in the chosen language, Beijing time."""
    babel = Babel(
        app,
        default_locale=LOCALES[CHINESE],
        default_timezone="Asia/Shanghai",
        locale_selector=lambda: LOCALES[of_request()],
    )
    catalogues = babel.domain_instance = Catalogues()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of its extension
        gettext=lambda text: catalogues.here().gettext(text),
        ngettext=lambda one, many, count: catalogues.here().ngettext(one, many, count),
        newstyle=True,
    )
