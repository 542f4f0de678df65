"""The legal texts for everybody to read, at ``/legal/<key>``."""

from flask import Blueprint, Response, abort

from idp.consents import texts
from idp.web import languages, pages

legal = Blueprint("legal", __name__, url_prefix="/legal")


@legal.get("/<key>")
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
