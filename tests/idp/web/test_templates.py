"""A template compiled in one language says what it says when its texts are looked up as it is drawn."""

import pytest

from idp.web import languages
from idp.web.templates import Templates
from tests.idp.web.gallery import gallery

SENTENCES = [
    "{{ _('登录') }}",
    "{{ _('登录', unused=1) }}",
    "{{ _('一份、共 %(share)s%%', share='<b>') }}",
    "{{ _(name) }} {{ gettext('登录') }}",
    "{% trans telephone=number %}需要帮助？请拨打 <b>{{ telephone }}</b>{% endtrans %}",
    "{% trans telephone=_('登录') %}需要帮助？请拨打 <b>{{ telephone }}</b>{% endtrans %}",
    "{% trans number=2 %}{{ number }} 项{% pluralize number %}{{ number }} 项{% endtrans %}",
    "{% macro link(words) %}<a href='{{ number }}'>{{ words }}</a>{% endmacro %}{{ link(_('登录')) }}",
    "{% autoescape false %}{{ _('登录 & %(name)s', name='<i>') }}{% endautoescape %}",
]


@pytest.mark.parametrize("language", languages.LANGUAGES)
@pytest.mark.parametrize("source", SENTENCES)
def test_what_is_said_stays_the_same(source: str, language: str) -> None:
    """Values are escaped, per cent signs doubled in the catalogue stand alone, other calls are left alone."""
    app = gallery()
    templates, values = app.jinja_env, {"name": "登录", "number": "12345<"}
    assert isinstance(templates, Templates)
    with app.test_request_context(), languages.spoken(language):
        drawn = templates.from_string(source).render(values)
        say = languages.Catalogues().of(language).gettext
        compiled = templates.spoken(language, say).from_string(source).render(values)

    assert drawn == compiled


def test_languages_are_kept_apart() -> None:
    """One provider answers everybody in turn: nobody gets the page of who came before in another language."""
    app = gallery()
    with app.test_request_context():
        pages = [languages.template("_ways.html", language) for language in ("en", "zh-Hans", "en")]
        said = [str(page.module.way_name("sign-in")) for page in pages]  # type: ignore[attr-defined]

    assert ["Password", "密码", "Password"] == said
