"""What everybody may read of us: the legal texts at ``/legal/<key>``, and the accessibility statement."""

from datetime import date

from flask import Blueprint, Response, abort

from idp.consents import texts
from idp.web import languages, pages

legal = Blueprint("legal", __name__)
EXAMINED_ON = date(2026, 11, 22)
"""When the accessibility statement was last held against the pages; renewed with every release."""


@legal.get("/legal/<key>")
def show(key: str) -> Response:
    """One text in its present version, in the reader's language; the Chinese prevails."""
    if key not in texts.TEXTS:
        abort(404)
    text = texts.TEXTS[key]
    language = languages.of_request()
    return pages.render(
        "legal/text.html",
        text=text,
        title=text.title_in(language),
        blocks=list(texts.blocks(texts.text(key, language))),
        translated=language != texts.ORIGINAL,
        texts=[(other.key, other.title_in(language)) for other in texts.TEXTS.values() if other is not text],
    )


@legal.get("/accessibility")
def accessibility() -> Response:
    """Which standards the pages keep, where they fall short, and whom to tell (WCAG 2.2 AA; GB/T 37668)."""
    return pages.render("legal/accessibility.html", examined_on=EXAMINED_ON)
