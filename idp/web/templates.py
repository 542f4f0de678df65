"""Templates, compiled once for each language: there a text is as constant as the tags around it."""

from collections.abc import Callable, MutableMapping
from typing import Any, Self

from flask.sansio.app import App
from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

Say = Callable[[str], str]
"""A sentence of the templates in another language."""


class Templates(Environment):
    """
    An application's templates, and the same ones in each language.

    They share filters and globals, whenever these were added; here itself, texts are looked up as they are
    drawn.
    """

    def __init__(self, app: App, **options: Any) -> None:
        super().__init__(app, **options)
        self.language = ""
        self._spoken: dict[str, Self] = {}
        self._say: Say | None = None

    def spoken(self, language: str, say: Say) -> Self:
        """These templates in one language."""
        if language not in self._spoken:
            spoken = self.overlay()
            spoken.language, spoken._say = language, say
            self._spoken[language] = spoken  # whoever comes second compiles once more, to the same end
        return self._spoken[language]

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """No template brings globals of its own: one dictionary for all is quicker to read than chains."""
        return self.globals if d is None else super().make_globals(d)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        said = source if self._say is None else Saying(self._say).visit(source)
        return super()._generate(said, name, filename, defer_init)


class Saying(NodeTransformer):
    """Says what a template has to say: `_('…')` and `{% trans %}` become the sentence with its places."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - the name Jinja calls it by
        """A call of gettext with a sentence that is written out; all other calls stay as they are."""
        self.generic_visit(node)
        match node:
            case nodes.Call(
                node=nodes.Name(name="_" | "gettext"), args=[nodes.Const(value=str(text))], dyn_kwargs=None
            ):
                sentence = nodes.MarkSafeIfAutoescape(nodes.Const(self._say(text)))
                places = [nodes.Pair(nodes.Const(place.key), place.value) for place in node.kwargs]
                return nodes.Mod(sentence, nodes.Dict(places), lineno=node.lineno)
            case _:
                return node
